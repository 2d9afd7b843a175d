//! The life cycle of a job: it is submitted, then any number of workers search it in slices, and it is settled exactly
//! once.

mod kernel;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use self::kernel::{JobKernel, Leave};
use crate::algorithm::Algorithm;
use crate::answers::Verification;
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

/// The limits of a batch that the submitting thread searches itself. Waking another thread takes it longer than this many
/// hashes of such preimages.
const MAX_HASHES_AT_ONCE: u64 = 16;
const MAX_PREIMAGE_LEN_AT_ONCE: usize = 256;

pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) priority: Priority,
    /// The maximum number of threads at a time.
    pub(crate) limit: usize,
    pub(crate) deadline: Option<Instant>,
    pub(crate) search: Search,
    work: Work,
    submitted: Instant,
    cancelled: OnceLock<Instant>,
    progress: Option<Mutex<ProgressClock>>,
    observer: Box<dyn Observer>,
    trace: JobTrace,
}

/// What the threads do for a job.
#[expect(
    clippy::large_enum_variant,
    reason = "almost all jobs are searches, which a box would slow down"
)]
enum Work {
    /// They search for the first hit.
    Search {
        template: Template,
        kernel: JobKernel,
    },
    /// They verify answers. The positions of the search are the numbers of the answers, and none of them is a hit.
    Verification(Arc<Verification>),
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
        let id = next_id();
        let submitted = now();
        let trace = JobTrace::begin(id, &template, &selected, options, limit);
        let search = search_of(&template, options, selected.scan.as_ref());
        let kernel = JobKernel::new(selected);
        let work = Work::Search { template, kernel };
        Self::with(id, work, search, submitted, trace, options, limit, observer)
    }

    /// Makes a job that verifies answers. Of the options, it takes the timeout and the priority. It has no spans. When it has verified every answer, its outcome is
    /// [`Outcome::Exhausted`].
    pub(crate) fn verifying(
        verification: Arc<Verification>,
        options: &SearchOptions,
        limit: usize,
        observer: Box<dyn Observer>,
    ) -> Self {
        let id = next_id();
        let last = (verification.count() as u64).saturating_sub(1);
        let search = Search::new(0, last, None, verification.lanes());
        let work = Work::Verification(verification);
        let trace = JobTrace::none(id);
        Self::with(id, work, search, now(), trace, options, limit, observer)
    }

    #[expect(clippy::too_many_arguments, reason = "these are the fields of a job")]
    fn with(
        id: JobId,
        work: Work,
        search: Search,
        submitted: Instant,
        trace: JobTrace,
        options: &SearchOptions,
        limit: usize,
        observer: Box<dyn Observer>,
    ) -> Self {
        Self {
            id,
            priority: options.priority,
            limit,
            deadline: options
                .timeout
                .and_then(|timeout| submitted.checked_add(timeout)),
            search,
            work,
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

    /// Returns the hash function and the kernel of a search. The hashes of a verification are not counted.
    pub(crate) fn hashed_by(&self) -> Option<(Algorithm, Kernel)> {
        match &self.work {
            Work::Search { template, kernel } => {
                Some((template.algorithm(), kernel.current().scan.kernel()))
            }
            Work::Verification(_) => None,
        }
    }

    /// Returns the kernel that the job uses.
    pub(crate) fn kernel(&self) -> Kernel {
        match &self.work {
            Work::Search { kernel, .. } => kernel.current().scan.kernel(),
            Work::Verification(verification) => verification.kernel(),
        }
    }

    /// Searches with another kernel from now on, if one was measured to be faster. This must be called while the
    /// scheduler is locked, after it has counted the hashes of the job so far, so that its counts never decrease.
    pub(crate) fn adopt_kernel(&self) {
        if let Work::Search { kernel, .. } = &self.work {
            kernel.replace();
        }
    }

    /// Returns whether the job is likely to end within one batch, which takes about a microsecond.
    fn takes_hardly_any_work(&self) -> bool {
        let Work::Search { template, .. } = &self.work else {
            return false;
        };
        let hashes = self.search.first_batch_len();
        hashes <= MAX_HASHES_AT_ONCE
            && template.preimage().len() <= MAX_PREIMAGE_LEN_AT_ONCE
            && template.rule().expected_hashes() <= hashes as f64
    }

    /// Returns whether more than every second digest is a hit. A single hash by the reference implementation, which confirms
    /// a hit anyway, then takes less time than a scan.
    fn first_is_likely_to_hit(&self) -> bool {
        matches!(&self.work, Work::Search { template, .. } if template.rule().expected_hashes() < 2.0)
    }

    /// Searches the first batch on the calling thread if the job is likely to end there. Returns the outcome if there is a
    /// hit; the observer is then not called. Otherwise, also if the kernel panics, the job must be submitted.
    ///
    /// Background jobs, jobs with spans and jobs whose time is over are left to the threads.
    pub(crate) fn find_at_once(&self) -> Option<(Outcome, Effort)> {
        let is_background = self.priority == Priority::Background;
        if is_background || self.trace.is_wanted() || !self.takes_hardly_any_work() {
            return None;
        }
        let began = now();
        if self.deadline.is_some_and(|deadline| began >= deadline) {
            return None;
        }
        let batch = self.search.claim()?;
        if self.first_is_likely_to_hit()
            && let found @ Outcome::Found { .. } = self.found(batch.first)
        {
            self.search
                .complete(batch, Some(batch.first), now() - began);
            return Some(self.conclude_as(found));
        }
        let hit = match panic::catch(|| self.scan_batch(batch)) {
            Ok(hit) => hit,
            Err(message) => {
                self.search.panicked(message);
                return None;
            }
        };
        self.search.complete(batch, hit, now() - began);
        hit.map(|_| self.conclude())
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
            let hit = self.scan_batch_in_span(batch);
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
            match self.after_batch(took) {
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

    /// Returns whether the worker must leave a search for the sake of its kernel, and why.
    fn after_batch(&self, took: Duration) -> Option<Leave<'_>> {
        match &self.work {
            Work::Search { template, kernel } => kernel.after_batch(template, took),
            Work::Verification(_) => None,
        }
    }

    fn scan_batch_in_span(&self, batch: Batch) -> Option<u64> {
        if matches!(self.work, Work::Verification(_)) {
            return self.scan_batch(batch);
        }
        let trace = BatchTrace::begin(batch);
        let hit = self.scan_batch(batch);
        trace.end(hit);
        hit
    }

    /// Returns the position of the first hit in the batch.
    fn scan_batch(&self, batch: Batch) -> Option<u64> {
        let (template, kernel) = match &self.work {
            Work::Search { template, kernel } => (template, kernel),
            Work::Verification(verification) => {
                verification.verify(batch.first, batch.count);
                return None;
            }
        };
        let variants = u64::from(template.variants());
        let count = batch.count.div_ceil(variants);
        let scan = &kernel.current().scan;
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
        let (outcome, effort) = self.conclude();
        self.observe(|observer| observer.settled(outcome, effort));
    }

    /// Returns how the job ended, and ends its spans.
    fn conclude(&self) -> (Outcome, Effort) {
        self.conclude_as(self.outcome())
    }

    fn outcome(&self) -> Outcome {
        match self.search.verdict() {
            Verdict::Hit(position) => self.found(position),
            Verdict::Stopped(Stop::Cancelled) => Outcome::Cancelled,
            Verdict::Stopped(Stop::TimedOut) => Outcome::TimedOut,
            Verdict::RangeDone { truncated: true } => Outcome::BudgetSpent,
            Verdict::RangeDone { truncated: false } => Outcome::Exhausted,
            Verdict::Panicked(message) => Outcome::Panicked(message),
        }
    }

    fn conclude_as(&self, outcome: Outcome) -> (Outcome, Effort) {
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
        (outcome, effort)
    }

    /// Confirms a hit with the reference implementation. A hit that it rejects is a bug of the kernel, and not an
    /// answer.
    fn found(&self, position: u64) -> Outcome {
        let Work::Search { template, .. } = &self.work else {
            return Outcome::Panicked("a verification reported a hit".to_owned());
        };
        let variants = u64::from(template.variants());
        let (nonce, variant) = (position / variants, (position % variants) as u32);
        let digest = template
            .variant(variant)
            .and_then(|template| template.digest(nonce).ok())
            .filter(|digest| template.rule().is_met_by(digest));
        match digest {
            Some(digest) => Outcome::Found {
                nonce,
                variant,
                digest,
            },
            None => Outcome::Panicked(format!(
                "kernel {} reported nonce {nonce}, which is not a hit",
                self.kernel()
            )),
        }
    }

    fn observe(&self, call: impl FnOnce(&dyn Observer)) {
        if let Err(message) = panic::catch(|| call(self.observer.as_ref())) {
            self.trace.observer_panicked(&message);
        }
    }
}

fn next_id() -> JobId {
    static LAST_ID: AtomicU64 = AtomicU64::new(0);
    LAST_ID.fetch_add(1, Ordering::Relaxed) + 1
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
