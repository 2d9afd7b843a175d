//! Tests of jobs while kernels are measured. The measurements are replaced by ones that wait, count, and find that the
//! portable kernel is the fastest, which is the last one in the usual order.

use std::sync::atomic::{AtomicBool, AtomicUsize as Counter};

use super::*;
use crate::kernel::{MEASUREMENTS, Measured, Platform};

/// The measurements of a test.
#[derive(Default)]
struct Lab {
    /// How many were begun.
    begun: Counter,
    state: Mutex<LabState>,
    changed: Condvar,
}

#[derive(Default)]
struct LabState {
    /// Whether measurements may end.
    is_open: bool,
    inside: usize,
}

impl Lab {
    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    fn open(&self) {
        lock(&self.state).is_open = true;
        self.changed.notify_all();
    }

    fn wait_until_inside(&self) {
        let (_state, timeout) = self
            .changed
            .wait_timeout_while(lock(&self.state), PATIENCE, |state| state.inside == 0)
            .expect("not poisoned");
        assert!(!timeout.timed_out());
    }

    /// Waits until the lab is open or the measurement is stopped.
    fn measure(&self, scanners: &[Arc<dyn Scan>], stopped: &dyn Fn() -> bool) -> Option<Measured> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        lock(&self.state).inside += 1;
        self.changed.notify_all();
        while !lock(&self.state).is_open {
            if stopped() {
                return None;
            }
            thread::yield_now();
        }
        let rates = scanners.iter().zip(1u32..);
        let rates = rates.map(|(scan, rank)| (scan.kernel(), f64::from(rank)));
        Some(Measured::new(rates.collect()))
    }
}

/// Returns choices for which jobs that take this time together are measured once, in the lab.
fn choices(worthwhile: Duration) -> (&'static Choices, Arc<Lab>) {
    let lab = Arc::new(Lab::default());
    let measuring = Arc::clone(&lab);
    let choices = Choices::new(
        [worthwhile, Duration::MAX, Duration::MAX],
        Box::new(move |scanners, _, stopped| measuring.measure(scanners, stopped)),
    );
    (Box::leak(Box::new(choices)), lab)
}

fn pool_by(choices: &'static Choices) -> Pool {
    let config = PoolConfig {
        default_threads: NonZeroUsize::new(2).expect("not 0"),
        ..PoolConfig::default()
    };
    Pool::with_choices(config, choices)
}

/// Returns whether this machine has nothing to choose from.
fn has_one_kernel() -> bool {
    let platform = Platform::detect();
    let supported = Kernel::ALL
        .iter()
        .filter(|&&kernel| platform.supports(kernel));
    supported.count() == 1
}

/// A template that takes about 2 million hashes.
fn hard() -> Template {
    template(Target::from_compact(0x1e08_0000).expect("valid bits"))
}

fn wait_for_kernel(job: &JobHandle, kernel: Kernel) {
    let began = Instant::now();
    while job.kernel() != kernel {
        assert!(began.elapsed() < PATIENCE);
        thread::yield_now();
    }
}

#[test]
fn a_job_changes_its_kernel_while_it_runs_and_later_jobs_begin_with_that_kernel() {
    if has_one_kernel() {
        return;
    }
    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let first = submit(&pool, endless(), SearchOptions::default());
    lab.wait_until_inside();
    assert_ne!(first.handle.kernel(), Kernel::Portable);
    lab.open();
    wait_for_kernel(&first.handle, Kernel::Portable);
    let second = submit(&pool, endless(), SearchOptions::default());
    assert_eq!(second.handle.kernel(), Kernel::Portable);
    assert!(!first.is_settled());
    // Another pool, as after all JavaScript threads with jobs have ended.
    drop(pool);
    let other = submit(&pool_by(choices), endless(), SearchOptions::default());
    assert_eq!(other.handle.kernel(), Kernel::Portable);
    assert_eq!(lab.begun(), 1);
}

#[test]
fn a_running_job_changes_its_kernel_after_each_measurement() {
    if has_one_kernel() {
        return;
    }
    // The first measurement finds that the last kernel is the fastest, and the second one, which waits, that the first is.
    let begun = Counter::new(0);
    let may_end = Arc::new(AtomicBool::new(false));
    let released = Arc::clone(&may_end);
    let choices = Choices::new(
        [Duration::ZERO, Duration::ZERO, Duration::MAX],
        Box::new(move |scanners, _, stopped| {
            let is_second = begun.fetch_add(1, Ordering::Relaxed) == 1;
            while is_second && !released.load(Ordering::Relaxed) {
                if stopped() {
                    return None;
                }
                thread::yield_now();
            }
            let mut rates: Vec<_> = scanners.iter().map(|scan| (scan.kernel(), 1.0)).collect();
            let fastest = if is_second { 0 } else { rates.len() - 1 };
            rates[fastest].1 = if is_second { 3.0 } else { 2.0 };
            Some(Measured::new(rates))
        }),
    );
    let pool = pool_by(Box::leak(Box::new(choices)));
    let job = submit(&pool, endless(), SearchOptions::default());
    wait_for_kernel(&job.handle, Kernel::Portable);
    may_end.store(true, Ordering::Relaxed);
    let usual = Kernel::ALL
        .into_iter()
        .find(|&kernel| Platform::detect().supports(kernel));
    wait_for_kernel(&job.handle, usual.expect("the portable one"));
}

#[test]
fn the_answer_is_the_same_before_during_and_after_a_measurement_with_a_wrong_result() {
    let options = || SearchOptions {
        start_nonce: 12_345,
        ..SearchOptions::default()
    };
    let (unmeasured, _) = choices(Duration::MAX);
    let (expected, effort) = solve(&pool_by(unmeasured), hard(), options());
    assert!(matches!(expected, Outcome::Found { .. }));

    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let during = solve(&pool, hard(), options());
    let running = submit(&pool, hard(), options());
    lab.open();
    let changing = running.wait_with_effort();
    let after = solve(&pool, hard(), options());
    for (outcome, _) in [during, changing, after] {
        assert_eq!(outcome, expected);
    }
    assert!(effort.hashes > 0);
    assert_eq!(lab.begun() == 0, has_one_kernel());
}

#[test]
fn jobs_too_small_to_matter_are_not_measured() {
    let (choices, lab) = choices(Duration::from_secs(3_600));
    let pool = pool_by(choices);
    for _ in 0..100 {
        assert!(matches!(
            solve(&pool, easy(), SearchOptions::default()).0,
            Outcome::Found { .. }
        ));
    }
    assert!(matches!(
        solve(&pool, hard(), SearchOptions::default()).0,
        Outcome::Found { .. }
    ));
    drop(pool);
    assert_eq!(lab.begun(), 0);
}

/// A template of many blocks, all of which depend on the nonce.
fn long(algorithm: Algorithm, len: usize, target: Target) -> Template {
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    Template::new(algorithm, vec![0; len], nonce, target).expect("valid")
}

#[test]
fn jobs_each_of_which_is_too_small_to_matter_are_measured_together() {
    if has_one_kernel() {
        return;
    }
    // A batch counts for 1 ms at most, and a job of 16 hashes has at most 8 batches.
    let (choices, lab) = choices(Duration::from_millis(20));
    let pool = pool_by(choices);
    let hardest = Target::from_compact(0x0101_0000).expect("valid bits");
    let template = long(Algorithm::Sha256d, 1 << 16, hardest);
    let options = || SearchOptions {
        max_hashes: Some(16),
        ..SearchOptions::default()
    };
    let began = Instant::now();
    while lab.begun() == 0 {
        assert!(began.elapsed() < PATIENCE);
        let (outcome, _) = solve(&pool, template.clone(), options());
        assert_eq!(outcome, Outcome::BudgetSpent);
    }
}

#[test]
fn templates_of_a_job_each_of_which_is_too_small_to_matter_are_measured_together() {
    if has_one_kernel() {
        return;
    }
    // Each template is found in its first batch, which counts for 1 ms at most.
    let (choices, lab) = choices(Duration::from_millis(3));
    let pool = pool_by(choices);
    let template = long(Algorithm::Sha512, 1 << 12, Target::MAX);
    let (outcome, ..) = pool
        .solve_many(vec![template; 1_000], 1, SearchOptions::default())
        .expect("accepted");
    assert!(matches!(outcome, Outcome::Found { .. }));
    lab.wait_until_inside();
}

#[test]
fn a_job_of_several_templates_changes_its_kernel_after_the_first_template_is_found() {
    if has_one_kernel() {
        return;
    }
    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let (sender, _settled) = channel();
    let templates = vec![easy(), endless(), endless()];
    let job = pool
        .submit_many(
            templates,
            1,
            SearchOptions::default(),
            Box::new(Report(sender)),
        )
        .expect("accepted");
    lab.wait_until_inside();
    assert_ne!(job.kernel(), Kernel::Portable);
    lab.open();
    wait_for_kernel(&job, Kernel::Portable);
}

#[test]
fn the_later_templates_of_a_job_begin_with_the_kernel_that_was_measured_in_the_meantime() {
    if has_one_kernel() {
        return;
    }
    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let running = submit(&pool, endless(), SearchOptions::default());
    let options = SearchOptions::default();
    let subjects = [easy(), easy()].map(|template| pool.select(template, &options));
    let subjects = subjects.map(|subject| subject.expect("a kernel of this machine"));
    let (sender, _settled) = channel();
    let job = Job::new(subjects.into(), 1, &options, 1, Box::new(Report(sender)));
    let usual = job.kernel();
    lab.open();
    wait_for_kernel(&running.handle, Kernel::Portable);
    // The worker leaves the first template for its new kernel, which it would get from the scheduler.
    assert!(job.run_slice(|| false).is_none());
    assert!(!job.search.is_closed());
    assert!(job.run_slice(|| false).is_none());
    assert!(job.search.is_closed());
    assert_eq!(job.kernels(), [usual, Kernel::Portable]);
}

#[test]
fn a_job_whose_options_name_a_kernel_is_not_measured() {
    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let options = SearchOptions {
        kernel: Some(Kernel::Portable),
        max_hashes: Some(1_000_000),
        ..SearchOptions::default()
    };
    assert_eq!(solve(&pool, endless(), options).0, Outcome::BudgetSpent);
    drop(pool);
    assert_eq!(lab.begun(), 0);
}

#[test]
fn a_template_that_only_one_kernel_supports_is_not_measured() {
    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    let several_chunks = Template::new(
        Algorithm::Blake3,
        vec![0; 2_000],
        nonce,
        endless().rule().hardest(),
    );
    let options = SearchOptions {
        max_hashes: Some(10_000),
        ..SearchOptions::default()
    };
    let (outcome, _) = solve(&pool, several_chunks.expect("valid"), options);
    assert_eq!(outcome, Outcome::BudgetSpent);
    drop(pool);
    assert_eq!(lab.begun(), 0);
}

#[test]
fn a_shutdown_stops_a_measurement_and_another_pool_repeats_it() {
    if has_one_kernel() {
        return;
    }
    let (choices, lab) = choices(Duration::ZERO);
    for begun in 1..=3 {
        let pool = pool_by(choices);
        let job = submit(&pool, endless(), SearchOptions::default());
        let began = Instant::now();
        while lab.begun() < begun {
            assert!(began.elapsed() < PATIENCE);
            thread::yield_now();
        }
        pool.shut_down();
        assert_eq!(job.wait(), Outcome::Cancelled);
    }
    assert_eq!(lab.begun(), 3);
}

#[test]
fn a_measurement_that_panics_leaves_the_usual_kernel_and_is_not_repeated() {
    let begun = Arc::new(Counter::new(0));
    let counted = Arc::clone(&begun);
    let choices = Choices::new(
        [Duration::ZERO; MEASUREMENTS],
        Box::new(move |_, _, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            panic!("on purpose");
        }),
    );
    let pool = pool_by(Box::leak(Box::new(choices)));
    for _ in 0..3 {
        assert!(matches!(
            solve(&pool, hard(), SearchOptions::default()).0,
            Outcome::Found { .. }
        ));
    }
    drop(pool);
    assert!(begun.load(Ordering::Relaxed) <= 1);
}

#[test]
fn the_hashes_of_no_kernel_decrease_when_a_job_changes_its_kernel() {
    if has_one_kernel() {
        return;
    }
    let (choices, lab) = choices(Duration::ZERO);
    let pool = pool_by(choices);
    let job = submit(&pool, endless(), SearchOptions::default());
    lab.wait_until_inside();
    let first = job.handle.kernel();
    let hashes_of = |kernel| {
        let hashes = pool.status().hashes.into_iter();
        hashes
            .filter(|&(_, of, _)| of == kernel)
            .map(|(_, _, hashes)| hashes)
            .sum::<u64>()
    };
    let mut last = [0, 0];
    let began = Instant::now();
    lab.open();
    // Until both kernels have hashed, and the count of the first one has stopped.
    while last[1] == 0 {
        assert!(began.elapsed() < PATIENCE);
        let now = [first, Kernel::Portable].map(hashes_of);
        assert!(
            now[0] >= last[0] && now[1] >= last[1],
            "{now:?} after {last:?}"
        );
        last = now;
    }
    job.handle.cancel();
    let (_, effort) = job.wait_with_effort();
    // A worker is counted when it leaves the job, before the job settles.
    let total: u64 = [first, Kernel::Portable].map(hashes_of).iter().sum();
    assert_eq!(total, effort.hashes);
}
