//! The engine under scanners that stop, count and panic on command.

use std::sync::Condvar;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::*;
use crate::kernel::{Hit, Kernel};
use crate::{Algorithm, NonceEncoding, NonceField, Priority, Target, Template};

/// A failing test ends instead of hanging; a passing one never waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

fn pool(default_threads: usize) -> Pool {
    Pool::new(PoolConfig {
        default_threads: NonZeroUsize::new(default_threads).expect("not 0"),
        ..PoolConfig::default()
    })
}

fn template(target: Target) -> Template {
    let nonce = NonceField {
        offset: 8,
        encoding: NonceEncoding::U64Le,
    };
    Template::new(Algorithm::Blake3, vec![0; 16], nonce, target).expect("valid")
}

fn endless() -> Template {
    template(Target::from_compact(0x0101_0000).expect("valid bits"))
}

fn easy() -> Template {
    template(Target::MAX)
}

struct Submitted {
    handle: JobHandle,
    settled: Receiver<(Outcome, Effort)>,
}

impl Submitted {
    fn wait(&self) -> Outcome {
        self.wait_with_effort().0
    }

    fn wait_with_effort(&self) -> (Outcome, Effort) {
        self.settled.recv_timeout(PATIENCE).expect("it settles")
    }

    fn is_settled(&self) -> bool {
        match self.settled.recv_timeout(Duration::ZERO) {
            Ok(_) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => panic!("settled before"),
        }
    }
}

fn submit(pool: &Pool, template: Template, options: SearchOptions) -> Submitted {
    let (sender, settled) = channel();
    let handle = pool
        .submit(template, options, Box::new(Report(sender)))
        .expect("accepted");
    Submitted { handle, settled }
}

/// [`Pool::solve`], but not for ever.
fn solve(pool: &Pool, template: Template, options: SearchOptions) -> (Outcome, Effort) {
    submit(pool, template, options).wait_with_effort()
}

fn submit_scan(pool: &Pool, scan: Arc<dyn Scan>, options: SearchOptions) -> Submitted {
    let (sender, settled) = channel();
    let handle = pool
        .submit_scan(easy(), scan, options, Box::new(Report(sender)))
        .expect("accepted");
    Submitted { handle, settled }
}

fn threads(threads: usize) -> SearchOptions {
    SearchOptions {
        threads: Some(threads),
        ..SearchOptions::default()
    }
}

/// A scanner whose workers stop in the middle of a batch until the gate opens; then it reports the hit, or searches
/// endlessly.
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
    hit: Option<u64>,
    endless: Arc<dyn Scan>,
}

#[derive(Default)]
struct GateState {
    open: bool,
    inside: usize,
    most_inside: usize,
}

impl Gate {
    fn new(hit: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            hit,
            endless: kernel::prepare(&endless(), None).expect("the default kernel"),
        })
    }

    fn open(&self) {
        lock(&self.state).open = true;
        self.changed.notify_all();
    }

    fn wait_until(&self, condition: impl Fn(&GateState) -> bool) {
        let (_state, timeout) = self
            .changed
            .wait_timeout_while(lock(&self.state), PATIENCE, |state| !condition(state))
            .expect("not poisoned");
        assert!(!timeout.timed_out());
    }
}

impl Scan for Gate {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        {
            let mut state = lock(&self.state);
            state.inside += 1;
            state.most_inside = state.most_inside.max(state.inside);
        }
        self.changed.notify_all();
        self.wait_until(|state| state.open);
        lock(&self.state).inside -= 1;
        self.changed.notify_all();
        match self.hit {
            Some(nonce) => (first..first + count)
                .contains(&nonce)
                .then_some(Hit { nonce, variant: 0 }),
            None => self.endless.scan(first, count),
        }
    }

    fn lanes(&self) -> u64 {
        1
    }

    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }
}

/// Counts the workers inside at any time, over all jobs that share it, and hashes meanwhile.
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
fn a_waiting_job_that_is_cancelled_settles_before_the_call_returns() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let running = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    let waiting = submit(&pool, easy(), SearchOptions::default());
    waiting.handle.cancel();
    let (outcome, effort) = waiting.settled.try_recv().expect("settled");
    assert_eq!((outcome, effort.hashes), (Outcome::Cancelled, 0));
    running.handle.cancel();
    gate.open();
}

#[test]
fn a_running_job_that_is_cancelled_settles_when_its_worker_has_left() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    job.handle.cancel();
    assert!(!job.is_settled());
    gate.open();
    assert_eq!(job.wait(), Outcome::Cancelled);
    gate.wait_until(|state| state.inside == 0);
}

#[test]
fn a_hit_in_the_batch_under_way_survives_the_cancel() {
    let pool = pool(1);
    let gate = Gate::new(Some(0));
    let job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    job.handle.cancel();
    gate.open();
    assert!(matches!(job.wait(), Outcome::Found { nonce: 0, .. }));
}

#[test]
fn cancelling_twice_or_after_the_end_does_nothing() {
    let pool = pool(1);
    let job = submit(&pool, easy(), SearchOptions::default());
    assert!(matches!(job.wait(), Outcome::Found { .. }));
    job.handle.cancel();
    job.handle.cancel();
    assert!(matches!(
        job.settled.try_recv(),
        Err(std::sync::mpsc::TryRecvError::Empty)
    ));
}

#[test]
fn an_endless_job_can_be_cancelled_while_it_hashes() {
    let pool = pool(2);
    let job = submit(&pool, endless(), SearchOptions::default());
    job.handle.cancel();
    assert_eq!(job.wait(), Outcome::Cancelled);
}

#[test]
fn a_running_job_times_out() {
    let pool = pool(2);
    let timeout = Some(Duration::from_millis(5));
    let options = SearchOptions {
        timeout,
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&pool, endless(), options);
    assert_eq!(outcome, Outcome::TimedOut);
    assert!(effort.elapsed >= Duration::from_millis(5));
}

#[test]
fn a_timeout_of_nothing_times_out_before_any_hash() {
    let pool = pool(1);
    let options = SearchOptions {
        timeout: Some(Duration::ZERO),
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&pool, easy(), options);
    assert_eq!((outcome, effort.hashes), (Outcome::TimedOut, 0));
}

#[test]
fn a_background_job_that_never_gets_a_thread_times_out_all_the_same() {
    let pool = pool(1);
    let busy = submit(&pool, endless(), SearchOptions::default());
    let options = SearchOptions {
        priority: Priority::Background,
        timeout: Some(Duration::from_millis(5)),
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&pool, endless(), options);
    assert_eq!((outcome, effort.hashes), (Outcome::TimedOut, 0));
    assert!(!busy.is_settled());
}

#[test]
fn a_background_job_runs_when_the_normal_ones_are_done() {
    let pool = pool(1);
    let gate = Gate::new(Some(0));
    let normal = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    let options = SearchOptions {
        priority: Priority::Background,
        ..SearchOptions::default()
    };
    let background = submit(&pool, easy(), options);
    assert!(!background.is_settled());
    gate.open();
    assert!(matches!(normal.wait(), Outcome::Found { .. }));
    assert!(matches!(background.wait(), Outcome::Found { .. }));
}

#[test]
fn a_panicking_kernel_ends_its_own_job_only() {
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
fn a_hit_that_the_reference_refuses_is_a_panic_not_an_answer() {
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
fn a_panicking_observer_harms_nobody() {
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

#[test]
fn a_thousand_small_jobs_complete_beside_an_endless_one() {
    let pool = pool(2);
    let endless = submit(&pool, endless(), SearchOptions::default());
    let small = template(Target::from_compact(0x1f7f_ffff).expect("valid bits"));
    let jobs: Vec<Submitted> = (0..1_000)
        .map(|i| {
            let options = SearchOptions {
                start_nonce: i << 32,
                ..SearchOptions::default()
            };
            submit(&pool, small.clone(), options)
        })
        .collect();
    for job in &jobs {
        assert!(matches!(job.wait(), Outcome::Found { .. }));
    }
    assert!(!endless.is_settled());
}

#[test]
fn the_queue_limit_counts_unsettled_jobs() {
    let pool = Pool::new(PoolConfig {
        default_threads: NonZeroUsize::MIN,
        queue_limit: 2,
    });
    let first = submit(&pool, endless(), SearchOptions::default());
    let _second = submit(&pool, endless(), SearchOptions::default());
    let refused = pool.solve(easy(), SearchOptions::default());
    assert!(matches!(refused, Err(SubmitError::QueueFull { limit: 2 })));
    first.handle.cancel();
    assert_eq!(first.wait(), Outcome::Cancelled);
    let _third = submit(&pool, endless(), SearchOptions::default());
}

#[test]
fn a_job_uses_as_many_threads_as_it_may_and_no_more() {
    let pool = pool(4);
    let gate = Gate::new(None);
    let limited = submit_scan(&pool, gate.clone(), threads(2));
    gate.wait_until(|state| state.inside == 2);
    // All four threads are at work somewhere: were a third one to join, it could.
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
fn jobs_without_a_setting_never_exceed_the_default_threads_together() {
    let pool = pool(2);
    // The pool has grown, so there are threads to exceed with.
    let gate = Gate::new(Some(0));
    let wide = submit_scan(&pool, gate.clone(), threads(5));
    gate.wait_until(|state| state.inside == 5);
    gate.open();
    wide.wait();

    let inside = Arc::new(AtomicUsize::new(0));
    let most_inside = Arc::new(AtomicUsize::new(0));
    let jobs: Vec<Submitted> = (0..6)
        .map(|_| {
            let scan = Counting {
                inner: kernel::prepare(&endless(), None).expect("supported"),
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
    for job in &jobs {
        assert_eq!(job.wait(), Outcome::BudgetSpent);
    }
    assert_eq!(most_inside.load(Ordering::SeqCst), 2);
}

#[test]
fn the_pool_grows_to_an_explicit_thread_setting_while_jobs_run() {
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
fn the_threads_that_were_replaced_leave_though_nobody_waits() {
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
fn a_thread_setting_out_of_range_is_refused() {
    let pool = pool(1);
    for limit in [0, 257] {
        let refused = pool.solve(easy(), threads(limit));
        assert!(matches!(refused, Err(SubmitError::Threads { threads }) if threads == limit));
    }
}

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

/// Holds the last reference to the pool and lets go of it when its job settles.
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

struct ProgressLog(Sender<(crate::Progress, bool)>);

impl Observer for ProgressLog {
    fn progress(&self, progress: crate::Progress) {
        let _ = self.0.send((progress, false));
    }

    fn settled(&self, _: Outcome, effort: Effort) {
        let last = crate::Progress {
            hashes: effort.hashes,
            hashes_per_second: 0.0,
            elapsed: effort.elapsed,
        };
        let _ = self.0.send((last, true));
    }
}

#[test]
fn progress_only_grows_and_ends_with_settling() {
    let pool = pool(2);
    let (sender, receiver) = channel();
    let options = SearchOptions {
        progress_interval: Some(Duration::ZERO),
        ..SearchOptions::default()
    };
    let handle = pool
        .submit(endless(), options, Box::new(ProgressLog(sender)))
        .expect("accepted");
    let mut reports = Vec::new();
    for _ in 0..20 {
        reports.push(receiver.recv_timeout(PATIENCE).expect("progress"));
    }
    handle.cancel();
    reports.extend(receiver.iter().take_while(|&(_, settled)| !settled));
    for pair in reports.windows(2) {
        let (earlier, later) = (pair[0].0, pair[1].0);
        assert!(earlier.hashes <= later.hashes && earlier.elapsed <= later.elapsed);
        assert!(later.hashes_per_second.is_finite());
    }
    assert!(
        reports
            .iter()
            .any(|(progress, _)| progress.hashes_per_second > 0.0)
    );
    assert!(receiver.try_recv().is_err());
}
