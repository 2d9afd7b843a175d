//! The life of a job: submitted, searched in slices by any number of workers, settled exactly once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use crate::algorithm::Algorithm;
use crate::kernel::{Kernel, Scan};
use crate::panic;
use crate::search::{Batch, Search, Stop, Verdict};
use crate::sync::{Mutex, now};
use crate::telemetry::{BatchTrace, JobTrace, SliceTrace};
use crate::template::Template;

/// How long a worker stays with a job while others wait.
const SLICE_DURATION: Duration = Duration::from_millis(2);

/// What to search, and how long.
#[derive(Clone, Debug, Default)]
pub struct SearchOptions {
    /// Where the search begins; it ascends to the end of the nonce space and does not wrap around.
    pub start_nonce: u64,
    /// Compute only so many hashes: of so many nonces, each counted once for every variant of the template.
    pub max_hashes: Option<u64>,
    /// Give up so long after submission, also while waiting for a thread.
    pub timeout: Option<Duration>,
    /// Most threads to use at once, 1 to 256; the pool's default threads when not given.
    pub threads: Option<usize>,
    /// Whether the job gives way to others.
    pub priority: Priority,
    /// Use this kernel instead of the fastest.
    pub kernel: Option<Kernel>,
    /// Report progress so often, at most once a batch (about 0.25 ms); never when not given.
    pub progress_interval: Option<Duration>,
}

/// Whether a job gives way to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Shares the threads with the other normal jobs.
    #[default]
    Normal,
    /// Runs only on threads that no normal job can use.
    Background,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first hit from the start nonce on.
    Found {
        /// The nonce.
        nonce: u64,
        /// Number of the template's variant, see [`Template::variant`]; 0 without version rolling.
        variant: u32,
        /// The 32 bytes of its digest, by the reference implementation.
        digest: [u8; 32],
    },
    /// [`cancel`](crate::JobHandle::cancel) was called, or the pool was shut down.
    Cancelled,
    /// The timeout passed.
    TimedOut,
    /// The first `max_hashes` hashes are no hit.
    BudgetSpent,
    /// No nonce from the start nonce to the end of the nonce space is a hit.
    Exhausted,
    /// The kernel panicked, with this message.
    Panicked(String),
}

/// What a job took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Hashes computed, over all threads.
    pub hashes: u64,
    /// From submission to settling.
    pub elapsed: Duration,
    /// From the first [`cancel`](crate::JobHandle::cancel) to the moment when no thread was left on the job, its last
    /// hash done; none when it was not called.
    pub cancel_latency: Option<Duration>,
}

/// How far a running job is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Hashes computed so far, over all threads.
    pub hashes: u64,
    /// Hashes per second since the last report, or since submission.
    pub hashes_per_second: f64,
    /// Since submission.
    pub elapsed: Duration,
}

/// Hears of one job. Called on the pool's threads or, when a job that no thread is working on is cancelled, on the
/// thread that cancels. Calls should be short, and must not wait for another job. A panic in one is caught and
/// logged.
pub trait Observer: Send + Sync {
    /// The job has progressed. Never two calls at once, never after `settled`.
    fn progress(&self, progress: Progress) {
        let _ = progress;
    }

    /// The job has ended and uses no thread any more. Called exactly once.
    fn settled(&self, outcome: Outcome, effort: Effort);
}

pub(crate) type JobId = u64;

pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) priority: Priority,
    /// Most threads at once.
    pub(crate) limit: usize,
    pub(crate) deadline: Option<Instant>,
    pub(crate) search: Search,
    template: Template,
    scan: Arc<dyn Scan>,
    submitted: Instant,
    cancelled: OnceLock<Instant>,
    progress: Option<Mutex<ProgressClock>>,
    observer: Box<dyn Observer>,
    trace: JobTrace,
}

/// When progress was last reported.
struct ProgressClock {
    interval: Duration,
    reported: Instant,
    hashes: u64,
}

impl Outcome {
    /// As spans and errors name it: `found`, `cancelled`, `timed-out`, `budget-spent`, `exhausted` or `panicked`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Found { .. } => "found",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
            Self::BudgetSpent => "budget-spent",
            Self::Exhausted => "exhausted",
            Self::Panicked(_) => "panicked",
        }
    }
}

impl Job {
    pub(crate) fn new(
        template: Template,
        scan: Arc<dyn Scan>,
        options: &SearchOptions,
        limit: usize,
        observer: Box<dyn Observer>,
    ) -> Self {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let submitted = now();
        let trace = JobTrace::begin(id, &template, scan.kernel(), options, limit);
        Self {
            id,
            priority: options.priority,
            limit,
            deadline: options
                .timeout
                .and_then(|timeout| submitted.checked_add(timeout)),
            search: search_of(&template, options, scan.as_ref()),
            template,
            scan,
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

    /// The function that is searched and what scans it.
    pub(crate) fn hashed_by(&self) -> (Algorithm, Kernel) {
        (self.template.algorithm(), self.scan.kernel())
    }

    /// Ends the search. The caller retires the job.
    pub(crate) fn cancel(&self) {
        self.cancelled.get_or_init(now);
        self.search.stop(Stop::Cancelled);
    }

    /// Works on the job until there is nothing more to claim, or until a slice has passed and `must_yield` says
    /// so. A panic of the kernel ends the job.
    pub(crate) fn run_slice(&self, must_yield: impl Fn() -> bool) {
        let mut trace = self.trace.begin_slice();
        if let Err(message) = panic::catch(|| self.run_batches(trace.as_mut(), must_yield)) {
            self.search.panicked(message);
        }
    }

    fn run_batches(&self, mut trace: Option<&mut SliceTrace<'_>>, must_yield: impl Fn() -> bool) {
        let slice_began = now();
        let mut moment = slice_began;
        loop {
            if self.deadline.is_some_and(|deadline| moment >= deadline) {
                self.search.stop(Stop::TimedOut);
            }
            let Some(batch) = self.search.claim() else {
                return;
            };
            let batch_began = moment;
            let batch_trace = BatchTrace::begin(batch);
            let hit = self.scan_batch(batch);
            batch_trace.end(hit);
            moment = now();
            let hashes = self.search.complete(batch, hit, moment - batch_began);
            if let Some(trace) = &mut trace {
                trace.hashes += hashes;
            }
            if let Some(clock) = &self.progress
                && self.report_progress(clock, moment)
            {
                moment = now();
            }
            if moment - slice_began >= SLICE_DURATION && must_yield() {
                return;
            }
        }
    }

    /// The first hit of the batch, counted as the search counts.
    fn scan_batch(&self, batch: Batch) -> Option<u64> {
        let variants = u64::from(self.template.variants());
        let count = batch.count.div_ceil(variants);
        let hit = self.scan.scan(batch.first / variants, count)?;
        // The budget may end between two variants of a nonce.
        let offset = hit.nonce * variants + u64::from(hit.variant) - batch.first;
        (offset < batch.count).then_some(batch.first + offset)
    }

    /// Reports when it is due and no other worker is reporting; returns whether it did.
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

    /// Tells the observer how the job ended. The scheduler calls this once, after the last worker has left.
    pub(crate) fn settle(&self) {
        let outcome = match self.search.verdict() {
            Verdict::Hit(place) => self.found(place),
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

    /// The reference has the last word: a hit that it refuses is a bug of the kernel, and no answer.
    fn found(&self, place: u64) -> Outcome {
        let variants = u64::from(self.template.variants());
        let (nonce, variant) = (place / variants, (place % variants) as u32);
        let digest = self
            .template
            .variant(variant)
            .and_then(|template| template.digest(nonce).ok())
            .filter(|digest| self.template.target().is_met_by(digest));
        match digest {
            Some(digest) => Outcome::Found {
                nonce,
                variant,
                digest,
            },
            None => Outcome::Panicked(format!(
                "kernel {} reported nonce {nonce}, which is no hit",
                self.scan.kernel()
            )),
        }
    }

    fn observe(&self, call: impl FnOnce(&dyn Observer)) {
        if let Err(message) = panic::catch(|| call(self.observer.as_ref())) {
            self.trace.observer_panicked(&message);
        }
    }
}

/// The search through the nonces and, for each, the variants of the template: variant v of nonce n has the place
/// `n * variants + v`. With several variants nonces have 32 bits, so that nothing overflows.
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
