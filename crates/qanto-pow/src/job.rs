//! The life cycle of a job: it is submitted, then any number of workers search it in slices, and it is settled exactly
//! once.

mod kernel;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, TryLockError};
use std::time::{Duration, Instant};

pub(crate) use self::kernel::{JobKernel, Leave};
use crate::algorithm::Algorithm;
use crate::kernel::{Kernel, Measurement, Step};
use crate::options::{Priority, SearchOptions};
use crate::outcome::{Effort, Found, Observer, Outcome, Progress};
use crate::panic;
use crate::search::{Batch, Range, Search, Stop, Suspended, Verdict};
use crate::subject::Subject;
use crate::sync::{Mutex, now, worker_number};
use crate::telemetry::{BatchTrace, JobId, JobTrace, SliceTrace};
use crate::verification::Verification;

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
    pub(crate) submitted: Instant,
    cancelled: OnceLock<Instant>,
    progress: Option<Mutex<ProgressClock>>,
    observer: Box<dyn Observer>,
    trace: JobTrace,
}

/// What the threads do for a job.
enum Work {
    /// They search for the first hits of each subject, of which there is at least one.
    Search(Vec<Subject>),
    /// They verify answers. The positions of the search are the numbers of the answers, and none of them is a hit.
    Verification(Arc<Verification>),
}

/// A batch that a worker has taken.
enum Begun {
    /// It is scanned at once.
    Whole(Batch),
    InSteps(Suspended),
}

/// The time and the number of hashes of the last progress report.
struct ProgressClock {
    interval: Duration,
    reported: Instant,
    hashes: u64,
}

impl Job {
    /// Makes a job that searches for the first `wanted` hits of each subject. There must be at least one of both.
    pub(crate) fn new(
        subjects: Vec<Subject>,
        wanted: usize,
        options: &SearchOptions,
        limit: usize,
        observer: Box<dyn Observer>,
    ) -> Self {
        let id = next_id();
        let submitted = now();
        let trace = JobTrace::begin(id, &subjects, wanted, options, limit);
        let search = Search::new(ranges_of(&subjects, options), wanted, options.max_hashes);
        let work = Work::Search(subjects);
        Self::with(id, work, search, submitted, trace, options, limit, observer)
    }

    /// Makes a job that verifies answers. Of the options, it takes the timeout and the priority. It has no spans. When it
    /// has verified every answer, its outcome is [`Outcome::Exhausted`].
    pub(crate) fn verifying(
        verification: Arc<Verification>,
        options: &SearchOptions,
        limit: usize,
        observer: Box<dyn Observer>,
    ) -> Self {
        let id = next_id();
        let answers = Range {
            start: 0,
            max: (verification.count() as u64).saturating_sub(1),
            lanes: verification.lanes(),
            is_like_previous: false,
        };
        let search = Search::new([answers], 1, None);
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

    /// Returns the hash function and the kernel of a search. Those of the first template stand for all of them. The hashes
    /// of a verification are not counted.
    pub(crate) fn hashed_by(&self) -> Option<(Algorithm, Kernel)> {
        match &self.work {
            Work::Search(subjects) => Some(subjects[0].hashed_by()),
            Work::Verification(_) => None,
        }
    }

    /// Returns the kernel that the job uses.
    pub(crate) fn kernel(&self) -> Kernel {
        match &self.work {
            Work::Search(subjects) => subjects[0].hashed_by().1,
            Work::Verification(verification) => verification.kernel(),
        }
    }

    /// Returns the kernel that each template is searched with.
    #[cfg(test)]
    pub(crate) fn kernels(&self) -> Vec<Kernel> {
        let subjects = self.subjects().iter();
        subjects.map(|subject| subject.hashed_by().1).collect()
    }

    /// Returns the number of hashes that the job takes on average, or of answers that it verifies. It is not known for a
    /// search of several templates.
    pub(crate) fn expected_hashes(&self) -> Option<f64> {
        match &self.work {
            Work::Search(subjects) => match &subjects[..] {
                [subject] => Some(subject.template.rule().expected_hashes()),
                _ => None,
            },
            Work::Verification(verification) => Some(verification.count() as f64),
        }
    }

    /// Returns the hits that the settled job has found for each template.
    pub(crate) fn hits(&self) -> Vec<Vec<Found>> {
        let positions = self.search.hits();
        let of_each = self.subjects().iter().zip(positions);
        of_each
            .map(|(subject, positions)| subject.found(&positions))
            .collect()
    }

    /// Returns what is searched: nothing if the job verifies answers.
    fn subjects(&self) -> &[Subject] {
        match &self.work {
            Work::Search(subjects) => subjects,
            Work::Verification(_) => &[],
        }
    }

    /// Searches the first template with another kernel from now on, if one was measured to be faster. This must be called
    /// while the scheduler is locked, after it has counted the hashes of the job so far, so that its counts never decrease.
    pub(crate) fn adopt_kernel(&self) {
        if let Some(first) = self.subjects().first() {
            first.kernel.replace();
        }
    }

    /// Returns the only subject if the job is likely to end within one batch, which takes about a microsecond.
    fn subject_of_hardly_any_work(&self) -> Option<&Subject> {
        let [subject] = self.subjects() else {
            return None;
        };
        let template = &subject.template;
        let hashes = self.search.first_batch_len();
        let is_short = hashes <= MAX_HASHES_AT_ONCE
            && template.repeated().is_none()
            && template.preimage().len() <= MAX_PREIMAGE_LEN_AT_ONCE
            && template.rule().expected_hashes() <= hashes as f64;
        is_short.then_some(subject)
    }

    /// Searches the first batch on the calling thread if the job is likely to end there. Returns the outcome if there is a
    /// hit; the observer is then not called. Otherwise, also if the kernel panics, the job must be submitted.
    ///
    /// Background jobs, jobs with spans, jobs for several hits and jobs whose time is over are left to the threads.
    pub(crate) fn find_at_once(&self) -> Option<(Outcome, Effort)> {
        let is_background = self.priority == Priority::Background;
        if is_background || self.trace.is_wanted() {
            return None;
        }
        let subject = self.subject_of_hardly_any_work()?;
        let began = now();
        if self.deadline.is_some_and(|deadline| began >= deadline) {
            return None;
        }
        let batch = self.search.claim()?;
        // If more than every second digest is a hit, a single hash by the reference implementation, which confirms a hit
        // anyway, takes less time than a scan.
        let is_first_likely_to_hit = subject.template.rule().expected_hashes() < 2.0;
        let hits = if is_first_likely_to_hit && subject.is_hit(batch.first) {
            vec![batch.first]
        } else {
            match panic::catch(|| subject.scan_batch(batch)) {
                Ok(hits) => hits,
                Err(message) => {
                    self.search.panicked(message);
                    return None;
                }
            }
        };
        self.search.complete(batch, &hits, now() - began);
        (hits.len() >= batch.wanted).then(|| self.conclude())
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
        let worker = worker_number();
        let slice_began = now();
        let mut moment = slice_began;
        loop {
            if self.deadline.is_some_and(|deadline| moment >= deadline) {
                self.search.stop(Stop::TimedOut);
            }
            let began = moment;
            let (batch, suspended) = match self.begin_batch(worker)? {
                Begun::Whole(batch) => {
                    let hits = self.scan_batch_in_span(batch);
                    moment = now();
                    let hashes = self.search.complete(batch, &hits, moment - began);
                    if let Some(trace) = &mut trace {
                        trace.hashes = trace.hashes.saturating_add(hashes);
                    }
                    (batch, None)
                }
                Begun::InSteps(mut suspended) => {
                    let step = suspended.steps.step();
                    moment = now();
                    suspended.took += moment - began;
                    let Suspended { batch, took, .. } = suspended;
                    match step {
                        Step::Paused => (batch, Some(suspended)),
                        Step::Done(found) => {
                            let hits = self.subjects()[batch.part].record(&found);
                            let hashes = self.search.complete(batch, &hits, took);
                            if let Some(trace) = &mut trace {
                                trace.hashes = trace.hashes.saturating_add(hashes);
                            }
                            (batch, None)
                        }
                    }
                }
            };
            let took = moment - began;
            if let Some(clock) = &self.progress
                && self.report_progress(clock, moment)
            {
                moment = now();
            }
            let leave = self.after_batch(batch, took);
            let must_leave =
                leave.is_some() || moment - slice_began >= SLICE_DURATION && must_yield();
            if let Some(suspended) = suspended {
                self.search.suspend(suspended);
            }
            match leave {
                Some(Leave::Measure(measurement)) => return Some(measurement),
                Some(Leave::Replace(selected)) => self.trace.kernel_measured(selected),
                None => {}
            }
            if must_leave {
                return None;
            }
        }
    }

    /// Takes a batch that another worker has left, or claims the next one. Returns `None` if there is nothing left to do.
    fn begin_batch(&self, worker: usize) -> Option<Begun> {
        if let Some(suspended) = self.search.resume(worker) {
            return Some(Begun::InSteps(suspended));
        }
        let batch = self.search.claim_for(worker)?;
        let subject = self.subjects().get(batch.part);
        let steps = subject.and_then(|subject| subject.in_steps(batch));
        Some(match steps {
            None => Begun::Whole(batch),
            Some(steps) => Begun::InSteps(Suspended {
                batch,
                steps,
                took: Duration::ZERO,
            }),
        })
    }

    /// Returns whether the worker must leave a search for the sake of its kernel, and why.
    fn after_batch(&self, batch: Batch, took: Duration) -> Option<Leave<'_>> {
        let subject = self.subjects().get(batch.part)?;
        if let Some(measurement) = subject.kernel.after_batch(&subject.template, took) {
            return Some(Leave::Measure(measurement));
        }
        // Also if the batch was one of another template, since the job is counted by the kernel of the first.
        let first = self.subjects().first()?;
        let next = first.kernel.prepare_next(&first.template);
        next.map(Leave::Replace)
    }

    /// Returns the positions of the hits in the batch, at most as many as it wants.
    fn scan_batch_in_span(&self, batch: Batch) -> Vec<u64> {
        match &self.work {
            Work::Search(subjects) => {
                let subject = &subjects[batch.part];
                // The job is counted by the kernel of the first template alone, so the others need not wait for the
                // scheduler. Many of them end with their first batch, which then has the right kernel already.
                if batch.part > 0 && subject.kernel.prepare_next(&subject.template).is_some() {
                    subject.kernel.replace();
                }
                let trace = BatchTrace::begin(batch);
                let hits = subject.scan_batch(batch);
                trace.end(!hits.is_empty());
                hits
            }
            Work::Verification(verification) => {
                verification.verify(batch.first, batch.count);
                Vec::new()
            }
        }
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
        if hashes == clock.hashes {
            // No hash has ended since, so the rate is not known.
            return false;
        }
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
        let outcome = match self.search.verdict() {
            Verdict::Hit(position) => match self.subjects() {
                [] => Outcome::Panicked("a verification reported a hit".to_owned()),
                [subject, ..] => subject.outcome(position),
            },
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
        (outcome, effort)
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

fn ranges_of(subjects: &[Subject], options: &SearchOptions) -> impl Iterator<Item = Range> {
    let with_previous = subjects.iter().scan(None, |previous, subject| {
        Some((subject, previous.replace(subject)))
    });
    with_previous.map(|(subject, previous): (&Subject, Option<&Subject>)| {
        let is_like_previous = previous.is_some_and(|previous| previous.is_like(subject));
        subject.range(options.start_nonce, is_like_previous)
    })
}
