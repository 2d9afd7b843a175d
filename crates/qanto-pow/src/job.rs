//! The life cycle of a job: it is submitted, then any number of workers search it in slices, and it is settled exactly
//! once.

mod kernel;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, TryLockError};
use std::time::{Duration, Instant};

use self::kernel::{JobKernel, Leave};
use crate::algorithm::Algorithm;
use crate::kernel::{Kernel, Measurement, Scan, Selection};
use crate::options::{Priority, SearchOptions};
use crate::outcome::{Effort, Observer, Outcome, Progress};
use crate::panic;
use crate::search::{Batch, Search, Stop, Verdict};
use crate::sync::{Mutex, now};
use crate::telemetry::{BatchTrace, JobId, JobTrace, SliceTrace};
use crate::template::Template;

/// The time after which a worker leaves a job if others wait.
const SLICE_DURATION: Duration = Duration::from_millis(2);

pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) priority: Priority,
    /// The maximum number of threads at a time.
    pub(crate) limit: usize,
    pub(crate) deadline: Option<Instant>,
    pub(crate) search: Search,
    template: Template,
    kernel: JobKernel,
    submitted: Instant,
    cancelled: OnceLock<Instant>,
    progress: Option<Mutex<ProgressClock>>,
    observer: Box<dyn Observer>,
    trace: JobTrace,
}

/// The time and the number of hashes of the last progress report.
struct ProgressClock {
    interval: Duration,
    reported: Instant,
    hashes: u64,
}

impl Job {
    pub(crate) fn new(
        template: Template,
        selected: Selection,
        options: &SearchOptions,
        limit: usize,
        observer: Box<dyn Observer>,
    ) -> Self {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let submitted = now();
        let trace = JobTrace::begin(id, &template, &selected, options, limit);
        Self {
            id,
            priority: options.priority,
            limit,
            deadline: options
                .timeout
                .and_then(|timeout| submitted.checked_add(timeout)),
            search: search_of(&template, options, selected.scan.as_ref()),
            template,
            kernel: JobKernel::new(selected),
            submitted,
            cancelled: OnceLock::new(),
            progress: options.progress_interval.map(|interval| {
                Mutex::new(ProgressClock {
                    interval,
                    reported: submitted,
                    hashes: 0,
                })
            }),
            observer,
            trace,
        }
    }

    /// Returns the hash function and the kernel.
    pub(crate) fn hashed_by(&self) -> (Algorithm, Kernel) {
        (
            self.template.algorithm(),
            self.kernel.current().scan.kernel(),
        )
    }

    /// Searches with another kernel from now on, if one was measured to be faster. This must be called while the
    /// scheduler is locked, after it has counted the hashes of the job so far, so that its counts never decrease.
    pub(crate) fn adopt_kernel(&self) {
        self.kernel.replace();
    }

    /// Ends the search. The caller must then retire the job.
    pub(crate) fn cancel(&self) {
        self.cancelled.get_or_init(now);
        self.search.stop(Stop::Cancelled);
    }

    /// Works on the job until no batch is left to claim, or until the time of a slice has passed and `must_yield`
    /// returns true. A panic of the kernel ends the job.
    ///
    /// The slice also ends for a better kernel, and for a measurement of kernels, which is returned.
    pub(crate) fn run_slice(&self, must_yield: impl Fn() -> bool) -> Option<Box<Measurement>> {
        let mut trace = self.trace.begin_slice();
        match panic::catch(|| self.run_batches(trace.as_mut(), must_yield)) {
            Ok(measurement) => measurement,
            Err(message) => {
                self.search.panicked(message);
                None
            }
        }
    }

    fn run_batches(
        &self,
        mut trace: Option<&mut SliceTrace<'_>>,
        must_yield: impl Fn() -> bool,
    ) -> Option<Box<Measurement>> {
        let slice_began = now();
        let mut moment = slice_began;
        loop {
            if self.deadline.is_some_and(|deadline| moment >= deadline) {
                self.search.stop(Stop::TimedOut);
            }
            let batch = self.search.claim()?;
            let batch_began = moment;
            let batch_trace = BatchTrace::begin(batch);
            let hit = self.scan_batch(batch);
            batch_trace.end(hit);
            moment = now();
            let took = moment - batch_began;
            let hashes = self.search.complete(batch, hit, took);
            if let Some(trace) = &mut trace {
                trace.hashes = trace.hashes.saturating_add(hashes);
            }
            if let Some(clock) = &self.progress
                && self.report_progress(clock, moment)
            {
                moment = now();
            }
            match self.kernel.after_batch(&self.template, took) {
                None => {}
                Some(Leave::Measure(measurement)) => return Some(measurement),
                Some(Leave::Replace(selected)) => {
                    self.trace.kernel_measured(selected);
                    return None;
                }
            }
            if moment - slice_began >= SLICE_DURATION && must_yield() {
                return None;
            }
        }
    }

    /// Returns the position of the first hit in the batch.
    fn scan_batch(&self, batch: Batch) -> Option<u64> {
        let variants = u64::from(self.template.variants());
        let count = batch.count.div_ceil(variants);
        let scan = &self.kernel.current().scan;
        let hit = scan.scan(batch.first / variants, count)?;
        // The budget may end between two variants of a nonce.
        let offset = hit.nonce * variants + u64::from(hit.variant) - batch.first;
        (offset < batch.count).then_some(batch.first + offset)
    }

    /// Reports progress if the interval has passed and no other worker is reporting. Returns whether it did.
    fn report_progress(&self, clock: &Mutex<ProgressClock>, now: Instant) -> bool {
        let mut clock = match clock.try_lock() {
            Ok(clock) => clock,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        let since = now.saturating_duration_since(clock.reported);
        if since < clock.interval || since.is_zero() {
            return false;
        }
        let hashes = self.search.hashes();
        let progress = Progress {
            hashes,
            hashes_per_second: (hashes - clock.hashes) as f64 / since.as_secs_f64(),
            elapsed: now - self.submitted,
        };
        clock.reported = now;
        clock.hashes = hashes;
        self.observe(|observer| observer.progress(progress));
        true
    }

    /// Passes the outcome to the observer. This is called once, after the last worker has left the job.
    pub(crate) fn settle(&self) {
        let outcome = match self.search.verdict() {
            Verdict::Hit(position) => self.found(position),
            Verdict::Stopped(Stop::Cancelled) => Outcome::Cancelled,
            Verdict::Stopped(Stop::TimedOut) => Outcome::TimedOut,
            Verdict::RangeDone { truncated: true } => Outcome::BudgetSpent,
            Verdict::RangeDone { truncated: false } => Outcome::Exhausted,
            Verdict::Panicked(message) => Outcome::Panicked(message),
        };
        let settled = now();
        let effort = Effort {
            hashes: self.search.hashes(),
            elapsed: settled - self.submitted,
            cancel_latency: self
                .cancelled
                .get()
                .map(|&cancelled| settled.saturating_duration_since(cancelled)),
        };
        self.trace.settled(&outcome, effort);
        self.observe(|observer| observer.settled(outcome, effort));
    }

    /// Confirms a hit with the reference implementation. A hit that it rejects is a bug of the kernel, and not an
    /// answer.
    fn found(&self, position: u64) -> Outcome {
        let variants = u64::from(self.template.variants());
        let (nonce, variant) = (position / variants, (position % variants) as u32);
        let digest = self
            .template
            .variant(variant)
            .and_then(|template| template.digest(nonce).ok())
            .filter(|digest| self.template.rule().is_met_by(digest));
        match digest {
            Some(digest) => Outcome::Found {
                nonce,
                variant,
                digest,
            },
            None => Outcome::Panicked(format!(
                "kernel {} reported nonce {nonce}, which is not a hit",
                self.hashed_by().1
            )),
        }
    }

    fn observe(&self, call: impl FnOnce(&dyn Observer)) {
        if let Err(message) = panic::catch(|| call(self.observer.as_ref())) {
            self.trace.observer_panicked(&message);
        }
    }
}

/// Makes the search over the nonces and, for each nonce, the variants of the template. Variant v of nonce n has the
/// *position* `n * variants + v`. A template with several variants has nonces of 32 bits, so this does not overflow.
fn search_of(template: &Template, options: &SearchOptions, scan: &dyn Scan) -> Search {
    let variants = u64::from(template.variants());
    let first_of = |nonce: u64| nonce * variants;
    Search::new(
        first_of(options.start_nonce),
        first_of(template.max_nonce()) + (variants - 1),
        options.max_hashes,
        first_of(scan.lanes()),
    )
}
