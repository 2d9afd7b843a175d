//! Our own threads. They are a rayon pool's, but spawned, named and joined by us: a rayon pool alone does not
//! wait for its threads when it is dropped.
//!
//! A worker is a task on one of the threads: it takes slices of jobs from the scheduler until there is nothing for it,
//! then gives the thread back to sleep. Whoever finds that more work is left than he can do calls one more worker.

mod config;
mod submit_error;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

pub use self::config::{DEFAULT_QUEUE_LIMIT, MAX_THREADS, PoolConfig, default_threads};
pub use self::submit_error::SubmitError;
use crate::algorithm::Algorithm;
use crate::job::{Effort, Job, Observer, Outcome, SearchOptions};
use crate::kernel::{self, Kernel, Scan};
use crate::panic;
use crate::scheduler::Scheduler;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard, ThreadPool, ThreadPoolBuilder, lock, now};
use crate::telemetry;
use crate::template::Template;

/// Threads that search for many jobs at once. Created without threads: they come with the first job, and later
/// only when a job asks for more threads than there are. Dropping it shuts it down.
pub struct Pool {
    shared: Arc<Shared>,
    /// Every thread that was created and not yet joined. Locked while the pool grows.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What a pool is doing, at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// Threads in service; 0 until the first job comes.
    pub threads: usize,
    /// Unsettled jobs that a thread is working on.
    pub running_jobs: usize,
    /// Unsettled jobs that wait for a thread.
    pub queued_jobs: usize,
    /// Hashes computed since the pool was made, running jobs included.
    pub hashes: Vec<(Algorithm, Kernel, u64)>,
}

/// A submitted job. Dropping it lets the job go on.
#[derive(Clone)]
pub struct JobHandle {
    job: Arc<Job>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Tickets in the scheduler: whether someone waits for a thread.
    waiting: Arc<AtomicUsize>,
    /// Number of the current crew: workers of an earlier one leave.
    generation: AtomicU64,
    default_threads: usize,
    queue_limit: usize,
}

struct State {
    scheduler: Scheduler,
    crew: Option<Crew>,
    shut_down: bool,
}

/// The threads that are in service.
struct Crew {
    pool: ThreadPool,
    generation: u64,
    threads: usize,
    /// Threads with a worker on them.
    workers: usize,
}

impl Pool {
    /// A pool without threads yet.
    pub fn new(config: PoolConfig) -> Self {
        let waiting = Arc::new(AtomicUsize::new(0));
        let default_threads = config.default_threads.get();
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    scheduler: Scheduler::new(default_threads, Arc::clone(&waiting)),
                    crew: None,
                    shut_down: false,
                }),
                waiting,
                generation: AtomicU64::new(0),
                default_threads,
                queue_limit: config.queue_limit,
            }),
            threads: Mutex::default(),
        }
    }

    /// Starts a job. What happens to it is told to the observer.
    pub fn submit(
        &self,
        template: Template,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        let max = template.max_nonce();
        if options.start_nonce > max {
            return Err(SubmitError::StartNonce {
                start_nonce: options.start_nonce,
                max,
            });
        }
        let scan = kernel::prepare(&template, options.kernel)?;
        #[cfg(feature = "fault-injection")]
        let scan = crate::fault::inject(&template, scan);
        self.submit_scan(template, scan, options, observer)
    }

    /// What the pool is doing now.
    pub fn status(&self) -> PoolStatus {
        let state = self.shared.state();
        let running_jobs = state.scheduler.running();
        let hashes = state.scheduler.hashes().into_iter();
        PoolStatus {
            threads: state.crew.as_ref().map_or(0, |crew| crew.threads),
            running_jobs,
            queued_jobs: state.scheduler.len() - running_jobs,
            hashes: hashes
                .map(|((algorithm, kernel), hashes)| (algorithm, kernel, hashes))
                .collect(),
        }
    }

    /// Runs a job and waits for it. Not for a thread of the pool: it would wait for itself.
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

    /// Cancels and settles all jobs, then joins all threads. Later submissions are refused. Called on one of the
    /// pool's own threads (by an observer) it cannot wait: then the threads end on their own, once the call has returned.
    pub fn shut_down(&self) {
        let mut state = self.shared.state();
        state.shut_down = true;
        let crew = state.crew.take();
        let over = state.scheduler.cancel_all();
        drop(state);
        // A rayon pool lets its threads end when it is dropped.
        drop(crew);
        for job in over {
            job.settle();
        }
        let threads = std::mem::take(&mut *lock(&self.threads));
        let current = thread::current().id();
        if threads.iter().any(|thread| thread.thread().id() == current) {
            return;
        }
        for thread in threads {
            // Rayon and the jobs catch every panic on these threads: there is no result to look at.
            let _ = thread.join();
        }
    }

    pub(crate) fn submit_scan(
        &self,
        template: Template,
        scan: Arc<dyn Scan>,
        options: SearchOptions,
        observer: Box<dyn Observer>,
    ) -> Result<JobHandle, SubmitError> {
        let default_threads = self.shared.default_threads;
        let limit = match options.threads {
            None => default_threads,
            Some(threads) if (1..=MAX_THREADS).contains(&threads) => threads,
            Some(threads) => return Err(SubmitError::Threads { threads }),
        };
        self.shared.check_room(&self.shared.state())?;
        self.ensure_threads(limit.max(default_threads))?;
        let job = Arc::new(Job::new(template, scan, &options, limit, observer));

        let mut state = self.shared.state();
        self.shared.check_room(&state)?;
        state.scheduler.admit(Arc::clone(&job));
        self.shared.call_worker(&mut state);
        drop(state);
        Ok(JobHandle {
            job,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Replaces the crew by a larger one if it is smaller. The old one's workers leave after their slices.
    fn ensure_threads(&self, threads: usize) -> Result<(), SubmitError> {
        let mut handles = lock(&self.threads);
        if self
            .shared
            .state()
            .crew
            .as_ref()
            .is_some_and(|crew| crew.threads >= threads)
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
        let generation = self.shared.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let retired = state.crew.replace(Crew {
            pool,
            generation,
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

impl JobHandle {
    /// Identifies the job in this process's spans.
    pub fn id(&self) -> u64 {
        self.job.id
    }

    /// What scans for it.
    pub fn kernel(&self) -> Kernel {
        self.job.hashed_by().1
    }

    /// Ends the job. If a thread is at work on it, it settles when that thread reaches the end of its batch, in
    /// about 0.25 ms; else it settles before this returns. A hit that is already found stands. Without
    /// effect on a settled job.
    pub fn cancel(&self) {
        self.job.cancel();
        let over = self.shared.state().scheduler.retire(self.job.id);
        if let Some(job) = over {
            job.settle();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn check_room(&self, state: &State) -> Result<(), SubmitError> {
        if state.shut_down {
            return Err(SubmitError::ShutDown);
        }
        if state.scheduler.len() >= self.queue_limit {
            return Err(SubmitError::QueueFull {
                limit: self.queue_limit,
            });
        }
        Ok(())
    }

    /// Puts a worker on an idle thread if it would find work.
    fn call_worker(self: &Arc<Self>, state: &mut State) {
        let Some(crew) = &mut state.crew else { return };
        if crew.workers < crew.threads && state.scheduler.has_work() {
            crew.workers += 1;
            let shared = Arc::clone(self);
            let generation = crew.generation;
            crew.pool.spawn(move || shared.work(generation));
        }
    }

    /// A worker's life: slice after slice.
    fn work(self: Arc<Self>, generation: u64) {
        while let Some(job) = self.next_job(generation) {
            job.run_slice(|| {
                self.waiting.load(Ordering::Relaxed) > 0
                    || self.generation.load(Ordering::Relaxed) != generation
            });
            let over = self.state().scheduler.leave(&job);
            if let Some(job) = over {
                job.settle();
            }
        }
    }

    /// The job for a worker's next slice; none dismisses the worker.
    fn next_job(self: &Arc<Self>, generation: u64) -> Option<Arc<Job>> {
        loop {
            let mut state = self.state();
            let expired = state.scheduler.expire(now());
            if expired.is_empty() {
                return self.assign(&mut state, generation);
            }
            drop(state);
            for job in expired {
                job.settle();
            }
        }
    }

    fn assign(self: &Arc<Self>, state: &mut State, generation: u64) -> Option<Arc<Job>> {
        let crew = state.crew.as_mut()?;
        let job = if crew.generation == generation {
            let job = state.scheduler.pick();
            if job.is_none() {
                crew.workers -= 1;
            }
            job
        } else {
            None
        };
        self.call_worker(state);
        job
    }
}

fn join_finished(threads: &mut Vec<JoinHandle<()>>) {
    for thread in threads.extract_if(.., |thread| thread.is_finished()) {
        let _ = thread.join();
    }
}

/// Sends how a job ended.
struct Report(Sender<(Outcome, Effort)>);

impl Observer for Report {
    fn settled(&self, outcome: Outcome, effort: Effort) {
        // Nobody waits any more: nothing to tell.
        let _ = self.0.send((outcome, effort));
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
