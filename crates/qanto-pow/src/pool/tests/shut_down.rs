use super::*;

#[test]
fn shutting_down_settles_every_job_and_refuses_new_ones() {
    let pool = pool(1);
    let jobs = [(); 3].map(|()| submit(&pool, endless(), SearchOptions::default()));
    pool.shut_down();
    for job in &jobs {
        let (outcome, _) = job.settled.try_recv().expect("settled");
        assert_eq!(outcome, Outcome::Cancelled);
    }
    let refused = pool.solve(easy(), SearchOptions::default());
    assert!(matches!(refused, Err(SubmitError::ShutDown)));
}

#[test]
fn shutting_down_waits_for_the_threads() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let _job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    let inside_afterwards = thread::scope(|scope| {
        let shutting_down = scope.spawn(|| {
            pool.shut_down();
            lock(&gate.state).inside
        });
        while !pool.shared.state().shut_down {
            thread::yield_now();
        }
        gate.open();
        shutting_down.join().expect("no panic")
    });
    assert_eq!(inside_afterwards, 0);
}

/// Holds the last reference to the pool, and drops it when its job settles.
struct LastOwner {
    pool: Mutex<Option<Arc<Pool>>>,
    gone: Sender<()>,
}

impl Observer for LastOwner {
    fn settled(&self, _: Outcome, _: Effort) {
        drop(lock(&self.pool).take());
        self.gone.send(()).expect("the test listens");
    }
}

#[test]
fn a_pool_may_be_dropped_on_one_of_its_own_threads() {
    let pool = Arc::new(pool(2));
    let (gone, receiver) = channel();
    let observer = LastOwner {
        pool: Mutex::new(Some(Arc::clone(&pool))),
        gone,
    };
    let gate = Gate::new(Some(0));
    pool.submit_scan(
        easy(),
        gate.clone(),
        SearchOptions::default(),
        Box::new(observer),
    )
    .expect("accepted");
    drop(pool);
    gate.open();
    receiver.recv_timeout(PATIENCE).expect("no deadlock");
}
