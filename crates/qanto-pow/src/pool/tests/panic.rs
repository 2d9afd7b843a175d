use super::*;

struct Panicking;

impl Scan for Panicking {
    fn scan(&self, _: u64, _: u64) -> Option<Hit> {
        panic!("the kernel is broken");
    }

    fn lanes(&self) -> u64 {
        1
    }

    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }
}

#[test]
fn a_panicking_kernel_ends_only_its_own_job() {
    let pool = pool(2);
    let bystander = submit(&pool, endless(), SearchOptions::default());
    let job = submit_scan(&pool, Arc::new(Panicking), SearchOptions::default());
    assert_eq!(
        job.wait(),
        Outcome::Panicked("the kernel is broken".to_owned())
    );
    let (next, _) = solve(&pool, easy(), SearchOptions::default());
    assert!(matches!(next, Outcome::Found { .. }));
    assert!(!bystander.is_settled());
}

#[test]
fn a_hit_that_the_reference_rejects_is_reported_as_a_panic_of_the_kernel() {
    let pool = pool(1);
    let gate = Gate::new(Some(0));
    gate.open();
    let (sender, settled) = channel();
    pool.submit_scan(
        endless(),
        gate,
        SearchOptions::default(),
        Box::new(Report(sender)),
    )
    .expect("accepted");
    let (outcome, _) = settled.recv_timeout(PATIENCE).expect("it settles");
    assert!(matches!(outcome, Outcome::Panicked(_)), "{outcome:?}");
}

struct PanickingObserver(Sender<()>);

impl Observer for PanickingObserver {
    fn settled(&self, _: Outcome, _: Effort) {
        self.0.send(()).expect("the test listens");
        panic!("the observer is broken");
    }
}

#[test]
fn a_panicking_observer_does_not_affect_other_jobs() {
    let pool = pool(1);
    let (sender, settled) = channel();
    pool.submit(
        easy(),
        SearchOptions::default(),
        Box::new(PanickingObserver(sender)),
    )
    .expect("accepted");
    settled.recv_timeout(PATIENCE).expect("it settles");
    let (next, _) = solve(&pool, easy(), SearchOptions::default());
    assert!(matches!(next, Outcome::Found { .. }));
}
