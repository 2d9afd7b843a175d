use super::*;

/// A scanner that counts the workers inside it, over all jobs that share the counters.
struct Counting {
    inner: Arc<dyn Scan>,
    inside: Arc<AtomicUsize>,
    most_inside: Arc<AtomicUsize>,
}

impl Scan for Counting {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_inside.fetch_max(inside, Ordering::SeqCst);
        let hit = self.inner.scan(first, count);
        self.inside.fetch_sub(1, Ordering::SeqCst);
        hit
    }

    fn lanes(&self) -> u64 {
        self.inner.lanes()
    }

    fn kernel(&self) -> Kernel {
        self.inner.kernel()
    }
}

#[test]
fn a_job_uses_its_maximum_number_of_threads_and_no_more() {
    let pool = pool(4);
    let gate = Gate::new(None);
    let limited = submit_scan(&pool, gate.clone(), threads(2));
    gate.wait_until(|state| state.inside == 2);
    // All four threads are busy now, so a third thread could have joined the first job.
    let other = Gate::new(None);
    let _others = submit_scan(&pool, other.clone(), threads(2));
    other.wait_until(|state| state.inside == 2);
    limited.handle.cancel();
    other.open();
    gate.open();
    assert_eq!(limited.wait(), Outcome::Cancelled);
    assert_eq!(lock(&gate.state).most_inside, 2);
}

#[test]
fn jobs_without_a_thread_limit_never_use_more_than_the_default_threads_together() {
    let pool = pool(2);
    // The pool has grown, so it has more threads than the default.
    let gate = Gate::new(Some(0));
    let wide = submit_scan(&pool, gate.clone(), threads(5));
    gate.wait_until(|state| state.inside == 5);
    gate.open();
    assert!(matches!(wide.wait(), Outcome::Found { nonce: 0, .. }));

    // The jobs wait here until both default threads are inside.
    let both = Gate::new(None);
    let inside = Arc::new(AtomicUsize::new(0));
    let most_inside = Arc::new(AtomicUsize::new(0));
    let jobs: Vec<Submitted> = (0..6)
        .map(|_| {
            let scan = Counting {
                inner: both.clone(),
                inside: Arc::clone(&inside),
                most_inside: Arc::clone(&most_inside),
            };
            let options = SearchOptions {
                max_hashes: Some(100_000),
                ..SearchOptions::default()
            };
            submit_scan(&pool, Arc::new(scan), options)
        })
        .collect();
    both.wait_until(|state| state.inside >= 2);
    both.open();
    for job in &jobs {
        assert_eq!(job.wait(), Outcome::BudgetSpent);
    }
    assert_eq!(most_inside.load(Ordering::SeqCst), 2);
}

#[test]
fn the_pool_grows_to_an_explicit_number_of_threads_while_jobs_run() {
    let pool = pool(1);
    let before = submit(&pool, endless(), SearchOptions::default());
    let gate = Gate::new(None);
    let wide = submit_scan(&pool, gate.clone(), threads(3));
    gate.wait_until(|state| state.inside == 3);
    wide.handle.cancel();
    gate.open();
    assert_eq!(wide.wait(), Outcome::Cancelled);
    assert!(!before.is_settled());
    before.handle.cancel();
    assert_eq!(before.wait(), Outcome::Cancelled);
}

#[test]
fn the_threads_that_were_replaced_end_even_if_no_job_waits() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    let (outcome, _) = solve(&pool, easy(), threads(2));
    assert!(matches!(outcome, Outcome::Found { .. }));
    gate.open();
    let patience = Instant::now() + PATIENCE;
    while !lock(&pool.threads)[0].is_finished() {
        assert!(Instant::now() < patience);
        thread::yield_now();
    }
    assert!(!job.is_settled());
}

#[test]
fn a_number_of_threads_that_is_out_of_range_is_refused() {
    let pool = pool(1);
    for limit in [0, 257] {
        let refused = pool.solve(easy(), threads(limit));
        assert!(matches!(refused, Err(SubmitError::Threads { threads }) if threads == limit));
    }
}
