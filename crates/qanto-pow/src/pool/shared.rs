//! What the threads of a pool share, and what their workers do.

use std::sync::Arc;
use std::time::Instant;

use super::SubmitError;
use super::measurer::Measurer;
use crate::job::Job;
use crate::kernel::Choices;
use crate::scheduler::Scheduler;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard, ThreadPool, lock, now, worker_number};

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    /// The number of jobs in the scheduler's queues. If it is not 0, a job waits for a thread.
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) choices: &'static Choices,
    pub(super) measurer: Measurer,
    /// The number of the current generation. Workers of an earlier one end.
    pub(super) generation: AtomicU64,
    pub(super) default_threads: usize,
    pub(super) queue_limit: usize,
}

pub(super) struct State {
    pub(super) scheduler: Scheduler,
    pub(super) current: Option<Generation>,
    pub(super) shut_down: bool,
}

/// The threads that search now, until the pool grows.
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) pool: ThreadPool,
    pub(super) threads: usize,
    /// The number of threads that run a worker.
    pub(super) workers: usize,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn check_room(&self, state: &State) -> Result<(), SubmitError> {
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

    /// Starts a worker on an idle thread if the worker would find work.
    pub(super) fn start_worker(self: &Arc<Self>, state: &mut State) {
        let Some(current) = &mut state.current else {
            return;
        };
        if current.workers < current.threads && state.scheduler.has_work() {
            current.workers += 1;
            let shared = Arc::clone(self);
            let generation = current.number;
            current.pool.spawn(move || shared.work(generation));
        }
    }

    /// Runs a worker, slice after slice.
    fn work(self: Arc<Self>, generation: u64) {
        while let Some(job) = self.next_job(generation) {
            let measurement = job.run_slice(|| {
                self.waiting.load(Ordering::Relaxed) > 0
                    || self.generation.load(Ordering::Relaxed) != generation
            });
            if let Some(measurement) = measurement {
                self.measurer.start(measurement);
            }
            let over = self.state().scheduler.leave(worker_number(), &job);
            if let Some(job) = over {
                job.settle();
            }
        }
    }

    /// Returns the job for a worker's next slice. On `None` the worker must end.
    fn next_job(self: &Arc<Self>, generation: u64) -> Option<Arc<Job>> {
        loop {
            let mut state = self.state();
            let moment = now();
            let expired = state.scheduler.expire(moment);
            if expired.is_empty() {
                return self.assign(&mut state, generation, moment);
            }
            drop(state);
            for job in expired {
                job.settle();
            }
        }
    }

    fn assign(
        self: &Arc<Self>,
        state: &mut State,
        generation: u64,
        now: Instant,
    ) -> Option<Arc<Job>> {
        let current = state.current.as_mut()?;
        let job = if current.number == generation {
            let job = state.scheduler.pick(worker_number(), now);
            if job.is_none() {
                current.workers -= 1;
            }
            job
        } else {
            None
        };
        self.start_worker(state);
        job
    }
}
