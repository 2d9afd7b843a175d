//! The threads, the jobs that share them, and the interface to both.
//!
//! # Rayon
//!
//! A rayon thread pool runs the workers. It keeps idle threads asleep without polling, wakes one of them for each task,
//! and tells a thread its index, which the spans of a job name. These parts are hard to get right, and rayon's are
//! widely used.
//!
//! The rest is done here, since rayon does not provide it:
//!
//! - Joining threads: a rayon pool does not wait for its threads when it is dropped. Therefore the threads are created
//!   here, in the pool's spawn handler, which also names them, and they are joined here.
//! - Growth: a rayon pool has a fixed number of threads. A [`Pool`] grows by replacing its rayon pool with a larger
//!   one. Each of these pools is a *generation*.
//! - Fairness: rayon runs a task to its end. Therefore a task is not a job but a *worker*, which takes slices of jobs
//!   from the scheduler until there is no work for it. A slice lasts about 2 ms if other jobs wait. A thread that finds
//!   more work than it can do starts one more worker.

mod config;
mod job_handle;
mod measurer;
mod shared;
mod snapshot;
mod submit_error;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

pub use self::config::{DEFAULT_QUEUE_LIMIT, MAX_THREADS, PoolConfig, default_threads};
pub use self::job_handle::JobHandle;
use self::measurer::Measurer;
use self::shared::{Generation, Shared, State};
pub use self::snapshot::{JobStatus, JobsStatus};
pub use self::submit_error::SubmitError;
use crate::algorithm::Algorithm;
use crate::job::Job;
#[cfg(test)]
use crate::kernel::Scan;
#[cfg(test)]
use crate::kernel::Selection;
use crate::kernel::{Choices, Kernel, select_by};
use crate::options::SearchOptions;
use crate::outcome::{Effort, Found, Observer, Outcome};
use crate::panic;
use crate::scheduler::Scheduler;
use crate::subject::Subject;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, ThreadPoolBuilder, lock};
use crate::telemetry;
use crate::template::Template;
use crate::verification::Verification;

/// A pool of threads that search for many jobs at once.
///
/// A new pool has no threads. They are created with the first job, and later when a job asks for more threads than the
/// pool has. Dropping the pool shuts it down.
pub struct Pool {
    shared: Arc<Shared>,
    /// Every thread that was created and has not been joined yet. Locked while the pool grows.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The state of a pool at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// The number of threads; 0 before the first job.
    pub threads: usize,
    /// The number of unsettled jobs that a thread is working on.
    pub running_jobs: usize,
    /// The number of unsettled jobs that wait for a thread.
    pub queued_jobs: usize,
    /// The number of hashes since the pool was created, including those of running jobs.
    pub hashes: Vec<(Algorithm, Kernel, u64)>,
}

/// A job that was submitted and runs, or that has settled already.
pub enum Submitted {
    /// The job runs, and its observer will receive the outcome.
    Running(JobHandle),
    /// The job settled on the calling thread. The observer was not called.
    Settled(Kernel, Outcome, Effort),
}

impl Pool {
    /// Creates a pool, without threads.
    pub fn new(config: PoolConfig) -> Self {
        Self::with_choices(config, Choices::of_process())
    }

    /// Creates a pool whose jobs choose their kernels by these measurements.
    fn with_choices(config: PoolConfig, choices: &'static Choices) -> Self {
        let waiting = Arc::new(AtomicUsize::new(0));
        let default_threads = config.default_threads.get();
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    scheduler: Scheduler::new(default_threads, Arc::clone(&waiting)),
                    current: None,
                    shut_down: false,
                }),
                waiting,
                choices,
                measurer: Measurer::default(),
                generation: AtomicU64::new(0),
                default_threads,
                queue_limit: config.queue_limit,
            }),
            threads: Mutex::default(),
        }
    }

    /// Starts a job. The observer receives its progress and its outcome.
    ///
    /// # Errors
    ///
    /// Returns [`SubmitError`] if the options are invalid, or if the pool is full, is shut down, or cannot create its
    /// threads. The observer is then not called.
    pub fn submit(
        &self,
        template: Template,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        let subject = self.select(template, &options)?;
        self.submit_subjects(vec![subject], 1, options, observer)
    }

    /// Starts a job as [`submit`](Self::submit) does. If the job is likely to take only a few hashes, the calling thread
    /// computes them first, in about a microsecond, which is less than it takes to wake another thread. If one of them is a
    /// hit, the outcome is returned, which is the same that a thread would report, and the observer is not called.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`submit`](Self::submit).
    pub fn submit_or_settle(
        &self,
        template: Template,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<Submitted, SubmitError> {
        let subject = self.select(template, &options)?;
        let limit = self.limit(&options)?;
        self.prepare_for(limit)?;
        let job = Job::new(vec![subject], 1, &options, limit, observer);
        let Some((outcome, effort)) = job.find_at_once() else {
            return self.admit(job).map(Submitted::Running);
        };
        self.shared.state().scheduler.count(&job);
        Ok(Submitted::Settled(job.kernel(), outcome, effort))
    }

    /// Starts one job that searches for the first `wanted` hits of each template. The job counts as one in the limits and
    /// in the status of the pool. [`JobHandle::hits`] returns the hits when the observer has received the outcome.
    ///
    /// The hits, and the outcome unless the job is stopped, are those of a search of one template after the other. The
    /// budget is spent in this order, too. The threads take different templates if there are enough of them, so that they
    /// may compute more hashes than the budget before it ends the job.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`submit`](Self::submit), and an error if there are no templates or `wanted` is 0.
    pub fn submit_many(
        &self,
        templates: Vec<Template>,
        wanted: usize,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        if templates.is_empty() || wanted == 0 {
            return Err(SubmitError::NothingWanted);
        }
        let subjects = templates.into_iter();
        let subjects: Result<_, _> = subjects
            .map(|template| self.select(template, &options))
            .collect();
        self.submit_subjects(subjects?, wanted, options, observer)
    }

    /// Starts a job that verifies answers. Of the options, it takes the number of threads, the timeout and the priority.
    /// Its outcome is [`Outcome::Exhausted`] when all answers have been verified. The pool's status does not count its
    /// hashes, and it has no spans.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`submit`](Self::submit).
    pub fn verify(
        &self,
        verification: Arc<Verification>,
        options: &SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        let limit = self.limit(options)?;
        self.prepare_for(limit)?;
        self.admit(Job::verifying(verification, options, limit, observer))
    }

    /// Returns the state of the pool.
    pub fn status(&self) -> PoolStatus {
        let state = self.shared.state();
        let running_jobs = state.scheduler.running();
        let hashes = state.scheduler.hashes().into_iter();
        PoolStatus {
            threads: state.current.as_ref().map_or(0, |current| current.threads),
            running_jobs,
            queued_jobs: state.scheduler.len() - running_jobs,
            hashes: hashes
                .map(|((algorithm, kernel), hashes)| (algorithm, kernel, hashes))
                .collect(),
        }
    }

    /// Returns what the threads are doing, with at most this many jobs. It holds the lock of the threads for as long as it
    /// takes to count the running jobs and to copy that many pointers.
    pub fn jobs(&self, count: usize) -> JobsStatus {
        snapshot::of(&self.shared, count)
    }

    /// Runs a job and waits for its outcome. This must not be called on a thread of the pool, which would wait for
    /// itself.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`submit`](Self::submit).
    pub fn solve(
        &self,
        template: Template,
        options: SearchOptions,
    ) -> Result<(Outcome, Effort), SubmitError> {
        let (sender, receiver) = channel();
        self.submit(template, options, Box::new(Report(sender)))?;
        Ok(receiver
            .recv()
            .expect("a job settles before its observer is dropped"))
    }

    /// Runs a job of several templates, as [`submit_many`](Self::submit_many) starts it, and waits for its outcome and its
    /// hits. This must not be called on a thread of the pool.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`submit_many`](Self::submit_many).
    pub fn solve_many(
        &self,
        templates: Vec<Template>,
        wanted: usize,
        options: SearchOptions,
    ) -> Result<(Outcome, Effort, Vec<Vec<Found>>), SubmitError> {
        let (sender, receiver) = channel();
        let job = self.submit_many(templates, wanted, options, Box::new(Report(sender)))?;
        let (outcome, effort) = receiver
            .recv()
            .expect("a job settles before its observer is dropped");
        Ok((outcome, effort, job.hits()))
    }

    /// Cancels and settles all jobs, then joins all threads. Later submissions are refused.
    ///
    /// If an observer calls this on one of the pool's own threads, it cannot wait for them. The threads then end by
    /// themselves after the call has returned.
    pub fn shut_down(&self) {
        let mut state = self.shared.state();
        state.shut_down = true;
        let current = state.current.take();
        let over = state.scheduler.cancel_all();
        drop(state);
        // The threads of a rayon pool end after it was dropped.
        drop(current);
        for job in over {
            job.settle();
        }
        self.shared.measurer.stop();
        let threads = std::mem::take(&mut *lock(&self.threads));
        let this_thread = thread::current().id();
        if threads
            .iter()
            .any(|thread| thread.thread().id() == this_thread)
        {
            return;
        }
        for thread in threads {
            // Rayon and the jobs catch every panic on these threads, so there is no result to check.
            let _ = thread.join();
        }
    }

    /// Starts a job for the first hit with this scanner.
    #[cfg(test)]
    pub(crate) fn submit_scan(
        &self,
        template: Template,
        scan: Arc<dyn Scan>,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        let subject = Subject::new(template, Selection::fixed(scan));
        self.submit_subjects(vec![subject], 1, options, observer)
    }

    fn submit_subjects(
        &self,
        subjects: Vec<Subject>,
        wanted: usize,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        let limit = self.limit(&options)?;
        self.prepare_for(limit)?;
        self.admit(Job::new(subjects, wanted, &options, limit, observer))
    }

    /// Selects the scanner of a search.
    fn select(&self, template: Template, options: &SearchOptions) -> Result<Subject, SubmitError> {
        let max = template.max_nonce();
        if options.start_nonce > max {
            return Err(SubmitError::StartNonce {
                start_nonce: options.start_nonce,
                max,
            });
        }
        let selected = select_by(&template, options.kernel, self.shared.choices)?;
        #[cfg(feature = "fault-injection")]
        let selected = crate::fault::inject(&template, selected);
        Ok(Subject::new(template, selected))
    }

    /// Returns the maximum number of threads of a job.
    fn limit(&self, options: &SearchOptions) -> Result<usize, SubmitError> {
        match options.threads {
            None => Ok(self.shared.default_threads),
            Some(threads) if (1..=MAX_THREADS).contains(&threads) => Ok(threads),
            Some(threads) => Err(SubmitError::Threads { threads }),
        }
    }

    /// Checks that there is room for a job, and creates the threads that it may use.
    fn prepare_for(&self, limit: usize) -> Result<(), SubmitError> {
        self.shared.check_room(&self.shared.state())?;
        self.ensure_threads(limit.max(self.shared.default_threads))
    }

    fn admit(&self, job: Job) -> Result<JobHandle, SubmitError> {
        let job = Arc::new(job);
        let mut state = self.shared.state();
        self.shared.check_room(&state)?;
        state.scheduler.admit(Arc::clone(&job));
        self.shared.start_worker(&mut state);
        drop(state);
        Ok(JobHandle {
            job,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Starts a larger generation if the current one has fewer threads. The workers of the old one end after their
    /// slices.
    fn ensure_threads(&self, threads: usize) -> Result<(), SubmitError> {
        let mut handles = lock(&self.threads);
        if self
            .shared
            .state()
            .current
            .as_ref()
            .is_some_and(|current| current.threads >= threads)
        {
            return Ok(());
        }
        join_finished(&mut handles);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .panic_handler(|payload| telemetry::worker_panicked(&panic::message(payload.as_ref())))
            .spawn_handler(|thread| {
                let builder = thread::Builder::new().name(format!("qanto-pow-{}", thread.index()));
                handles.push(builder.spawn(|| thread.run())?);
                Ok(())
            })
            .build()
            .map_err(|error| SubmitError::ThreadCreation {
                threads,
                reason: error.to_string(),
            })?;

        let mut state = self.shared.state();
        if state.shut_down {
            return Err(SubmitError::ShutDown);
        }
        let number = self.shared.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let retired = state.current.replace(Generation {
            number,
            pool,
            threads,
            workers: 0,
        });
        drop(state);
        drop(retired);
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn join_finished(threads: &mut Vec<JoinHandle<()>>) {
    for thread in threads.extract_if(.., |thread| thread.is_finished()) {
        let _ = thread.join();
    }
}

/// Sends the outcome of a job to a channel.
struct Report(Sender<(Outcome, Effort)>);

impl Observer for Report {
    fn settled(&self, outcome: Outcome, effort: Effort) {
        // This fails if nobody waits for the outcome any more.
        let _ = self.0.send((outcome, effort));
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
