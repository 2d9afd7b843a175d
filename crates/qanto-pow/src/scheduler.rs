//! Which job gets the next free thread. No threads, clocks or callbacks in here, only the books.
//!
//! Round robin: each job that can use another thread holds a ticket; the lowest ticket is served next and the job
//! goes to the back. Normal jobs come before background jobs. Jobs that ask for no more than the default threads
//! share the default threads; a job that explicitly asks for more may use what the pool grew for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use crate::Algorithm;
use crate::job::{Job, JobId, Priority};
use crate::kernel::Kernel;
use crate::search::Stop;
use crate::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Scheduler {
    default_threads: usize,
    jobs: HashMap<JobId, Entry>,
    queues: [Queue; 2],
    deadlines: BTreeSet<(Instant, JobId)>,
    last_ticket: Ticket,
    /// Threads working on jobs that share the default threads.
    sharing: usize,
    /// Number of tickets, for workers to see without the scheduler's lock.
    waiting: Arc<AtomicUsize>,
    /// Hashes of slices that are over.
    hashed: HashesBy,
    /// The jobs that threads are working on.
    running: HashSet<JobId>,
}

/// Hashes computed, by what computed them.
pub(crate) type HashesBy = HashMap<(Algorithm, Kernel), u64>;

type Ticket = u64;

/// An unsettled job.
struct Entry {
    job: Arc<Job>,
    /// Threads working on it.
    running: usize,
    /// Its place in the queue, if it can use another thread.
    ticket: Option<Ticket>,
    /// Those of its hashes that are in the scheduler's count.
    counted: u64,
}

impl Entry {
    fn uncounted(&self) -> u64 {
        self.job.search.hashes() - self.counted
    }
}

/// The jobs of one priority that can use another thread.
#[derive(Default)]
struct Queue {
    sharing: BTreeMap<Ticket, JobId>,
    exceeding: BTreeMap<Ticket, JobId>,
}

impl Queue {
    fn of(&mut self, exceeds: bool) -> &mut BTreeMap<Ticket, JobId> {
        if exceeds {
            &mut self.exceeding
        } else {
            &mut self.sharing
        }
    }

    /// The job to serve next; `room`: whether one more default thread is free.
    fn first(&self, room: bool) -> Option<JobId> {
        let sharing = self.sharing.first_key_value().filter(|_| room);
        let next = sharing
            .into_iter()
            .chain(self.exceeding.first_key_value())
            .min()?;
        Some(*next.1)
    }
}

impl Scheduler {
    pub(crate) fn new(default_threads: usize, waiting: Arc<AtomicUsize>) -> Self {
        Self {
            default_threads,
            jobs: HashMap::new(),
            queues: Default::default(),
            deadlines: BTreeSet::new(),
            last_ticket: 0,
            sharing: 0,
            waiting,
            hashed: HashMap::new(),
            running: HashSet::new(),
        }
    }

    /// Number of unsettled jobs.
    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Number of unsettled jobs that a thread is working on.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// Hashes of all jobs so far: never fewer than at an earlier call. Looks at the running jobs only, so that it
    /// keeps nobody waiting however many there are.
    pub(crate) fn hashes(&self) -> HashesBy {
        let mut hashes = self.hashed.clone();
        for entry in self.running.iter().filter_map(|id| self.jobs.get(id)) {
            *hashes.entry(entry.job.hashed_by()).or_default() += entry.uncounted();
        }
        hashes
    }

    /// Takes in a job.
    pub(crate) fn admit(&mut self, job: Arc<Job>) {
        let id = job.id;
        if let Some(deadline) = job.deadline {
            self.deadlines.insert((deadline, id));
        }
        self.jobs.insert(
            id,
            Entry {
                job,
                running: 0,
                ticket: None,
                counted: 0,
            },
        );
        self.enqueue(id);
    }

    /// Whether a free thread would find work.
    pub(crate) fn has_work(&self) -> bool {
        self.next().is_some()
    }

    /// Assigns a thread to the next job. The caller must [`leave`](Self::leave) it.
    pub(crate) fn pick(&mut self) -> Option<Arc<Job>> {
        let id = self.next()?;
        self.dequeue(id);
        let entry = self.jobs.get_mut(&id)?;
        entry.running += 1;
        self.running.insert(id);
        let job = Arc::clone(&entry.job);
        if entry.running < job.limit {
            self.enqueue(id);
        }
        if !self.exceeds(&job) {
            self.sharing += 1;
        }
        Some(job)
    }

    /// Takes a thread off a job. Returns the job when it is over: the caller settles it.
    #[must_use]
    pub(crate) fn leave(&mut self, job: &Job) -> Option<Arc<Job>> {
        if !self.exceeds(job) {
            self.sharing -= 1;
        }
        let entry = self.jobs.get_mut(&job.id)?;
        entry.running -= 1;
        if entry.running == 0 {
            self.running.remove(&job.id);
        }
        let hashes = entry.uncounted();
        entry.counted += hashes;
        *self.hashed.entry(job.hashed_by()).or_default() += hashes;
        if job.search.is_closed() {
            return self.retire(job.id);
        }
        if entry.ticket.is_none() {
            self.enqueue(job.id);
        }
        None
    }

    /// Gives a job whose search is closed no more threads. Returns it when none is left on it: the caller settles
    /// it. A job is returned once only.
    #[must_use]
    pub(crate) fn retire(&mut self, id: JobId) -> Option<Arc<Job>> {
        self.dequeue(id);
        if self.jobs.get(&id)?.running > 0 {
            return None;
        }
        let job = self.jobs.remove(&id)?.job;
        if let Some(deadline) = job.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        Some(job)
    }

    /// Stops the jobs whose deadline has come; returns those that no thread works on: the caller settles them.
    #[must_use]
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Arc<Job>> {
        let mut over = Vec::new();
        while let Some(&(deadline, id)) = self.deadlines.first()
            && deadline <= now
        {
            self.deadlines.pop_first();
            over.extend(self.stop(id, Stop::TimedOut));
        }
        over
    }

    /// Stops every job; returns those that no thread works on: the caller settles them.
    #[must_use]
    pub(crate) fn cancel_all(&mut self) -> Vec<Arc<Job>> {
        let ids: Vec<JobId> = self.jobs.keys().copied().collect();
        ids.into_iter()
            .filter_map(|id| self.stop(id, Stop::Cancelled))
            .collect()
    }

    fn stop(&mut self, id: JobId, reason: Stop) -> Option<Arc<Job>> {
        self.jobs.get(&id)?.job.search.stop(reason);
        self.retire(id)
    }

    fn next(&self) -> Option<JobId> {
        let room = self.sharing < self.default_threads;
        self.queues.iter().find_map(|queue| queue.first(room))
    }

    fn exceeds(&self, job: &Job) -> bool {
        job.limit > self.default_threads
    }

    fn enqueue(&mut self, id: JobId) {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return;
        };
        self.last_ticket += 1;
        entry.ticket = Some(self.last_ticket);
        let exceeds = entry.job.limit > self.default_threads;
        self.queues[rank(entry.job.priority)]
            .of(exceeds)
            .insert(self.last_ticket, id);
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    fn dequeue(&mut self, id: JobId) {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return;
        };
        let Some(ticket) = entry.ticket.take() else {
            return;
        };
        let exceeds = entry.job.limit > self.default_threads;
        self.queues[rank(entry.job.priority)]
            .of(exceeds)
            .remove(&ticket);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The queue of a priority: lower is served first.
fn rank(priority: Priority) -> usize {
    match priority {
        Priority::Normal => 0,
        Priority::Background => 1,
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
