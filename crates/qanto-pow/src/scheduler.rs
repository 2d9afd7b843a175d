//! Decides which job gets the next free thread. This module has no threads, clocks or callbacks of its own.
//!
//! The scheduling is round robin. Each job that can use another thread has a position in a queue. The job with the
//! lowest position gets the next thread, and goes to the back of the queue. Normal jobs come before background jobs.
//! Jobs that ask for no more than the default threads share the default threads. A job that explicitly asks for more
//! may use the threads by which the pool grew for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::algorithm::Algorithm;
use crate::job::Job;
use crate::kernel::Kernel;
use crate::options::Priority;
use crate::search::Stop;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::telemetry::JobId;

pub(crate) struct Scheduler {
    default_threads: usize,
    jobs: HashMap<JobId, Entry>,
    queues: [Queue; 2],
    deadlines: BTreeSet<(Instant, JobId)>,
    last_position: Position,
    /// The number of threads working on jobs that share the default threads.
    sharing: usize,
    /// The number of jobs in the queues. Workers read it without the scheduler's lock.
    waiting: Arc<AtomicUsize>,
    /// The hashes of slices that have ended.
    hashed: HashesBy,
    /// The jobs that threads are working on.
    running: HashSet<JobId>,
    /// The job that each thread is working on, by the number of the thread.
    holders: BTreeMap<usize, JobId>,
    /// How long each of the last jobs that got a thread had waited for it, the oldest first.
    waits: VecDeque<Duration>,
}

/// The number of waits that are kept.
const MAX_WAITS: usize = 1000;

/// The number of hashes by hash function and kernel.
pub(crate) type HashesBy = HashMap<(Algorithm, Kernel), u64>;

/// A position in the queues. Positions are never reused.
type Position = u64;

/// An unsettled job.
struct Entry {
    job: Arc<Job>,
    /// The number of threads working on it.
    running: usize,
    /// Its position in the queue, if it can use another thread.
    position: Option<Position>,
    /// How many of its hashes are included in the scheduler's count.
    counted: u64,
    /// How long it waited for its first thread. `None` while it waits.
    waited: Option<Duration>,
}

impl Entry {
    fn uncounted(&self) -> u64 {
        self.job.search.hashes() - self.counted
    }
}

/// The jobs of one priority that can use another thread.
#[derive(Default)]
struct Queue {
    /// Those that share the default threads.
    sharing: BTreeMap<Position, JobId>,
    /// Those that may use more threads than the default ones.
    exceeding: BTreeMap<Position, JobId>,
}

impl Queue {
    fn of(&mut self, exceeds: bool) -> &mut BTreeMap<Position, JobId> {
        if exceeds {
            &mut self.exceeding
        } else {
            &mut self.sharing
        }
    }

    /// Returns the job that gets the next thread. `room` tells whether one more default thread is free.
    fn first(&self, room: bool) -> Option<JobId> {
        let sharing = self.sharing.first_key_value().filter(|_| room);
        let next = sharing
            .into_iter()
            .chain(self.exceeding.first_key_value())
            .min()?;
        Some(*next.1)
    }

    /// Returns about the first `count` jobs, in the order of their positions.
    fn first_waiting(&self, count: usize) -> impl Iterator<Item = JobId> {
        let first_of = |jobs: &BTreeMap<Position, JobId>| {
            let jobs: Vec<_> = jobs.iter().take(count).map(|(&at, &id)| (at, id)).collect();
            jobs
        };
        let mut jobs = first_of(&self.sharing);
        jobs.extend(first_of(&self.exceeding));
        jobs.sort_unstable();
        jobs.into_iter().map(|(_, id)| id)
    }
}

impl Scheduler {
    pub(crate) fn new(default_threads: usize, waiting: Arc<AtomicUsize>) -> Self {
        Self {
            default_threads,
            jobs: HashMap::new(),
            queues: Default::default(),
            deadlines: BTreeSet::new(),
            last_position: 0,
            sharing: 0,
            waiting,
            hashed: HashMap::new(),
            running: HashSet::new(),
            holders: BTreeMap::new(),
            waits: VecDeque::new(),
        }
    }

    /// Returns the number of unsettled jobs.
    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Returns the number of unsettled jobs that a thread is working on.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// Returns the hashes of all jobs so far. They never decrease from call to call. Only the running jobs are visited,
    /// so the lock is held briefly however many jobs there are.
    pub(crate) fn hashes(&self) -> HashesBy {
        let mut hashes = self.hashed.clone();
        for entry in self.running.iter().filter_map(|id| self.jobs.get(id)) {
            add(&mut hashes, &entry.job, entry.uncounted());
        }
        hashes
    }

    /// Returns the job that each working thread is working on, by the number of the thread.
    pub(crate) fn holders(&self) -> &BTreeMap<usize, JobId> {
        &self.holders
    }

    /// Returns how long each of the last jobs that got a thread had waited for it, in no particular order.
    pub(crate) fn waits(&self) -> impl Iterator<Item = Duration> {
        self.waits.iter().copied()
    }

    /// Returns at most this many unsettled jobs, and how long they waited for their first threads: those that threads are
    /// working on, the oldest first, and then the others in the order in which they get threads.
    pub(crate) fn first_jobs(&self, count: usize) -> Vec<(Arc<Job>, Option<Duration>)> {
        let mut running: Vec<JobId> = self.running.iter().copied().collect();
        running.sort_unstable();
        let waiting = self
            .queues
            .iter()
            .flat_map(|queue| queue.first_waiting(count));
        let of_entry = |id| {
            self.jobs
                .get(&id)
                .map(|entry| (Arc::clone(&entry.job), entry.waited))
        };
        let waiting = waiting.filter(|id| !self.running.contains(id));
        running
            .into_iter()
            .chain(waiting)
            .filter_map(of_entry)
            .take(count)
            .collect()
    }

    /// Adds a job.
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
                position: None,
                counted: 0,
                waited: None,
            },
        );
        self.enqueue(id);
    }

    /// Counts the hashes of a job that ended before it was added.
    pub(crate) fn count(&mut self, job: &Job) {
        add(&mut self.hashed, job, job.search.hashes());
    }

    /// Returns whether a free thread would find work.
    pub(crate) fn has_work(&self) -> bool {
        self.next().is_some()
    }

    /// Assigns the thread with this number to the next job, and returns the job. The caller must call
    /// [`leave`](Self::leave) for it.
    pub(crate) fn pick(&mut self, thread: usize, now: Instant) -> Option<Arc<Job>> {
        let id = self.next()?;
        self.dequeue(id);
        let entry = self.jobs.get_mut(&id)?;
        if entry.waited.is_none() {
            let waited = now.saturating_duration_since(entry.job.submitted);
            entry.waited = Some(waited);
            if self.waits.len() == MAX_WAITS {
                self.waits.pop_front();
            }
            self.waits.push_back(waited);
        }
        entry.running += 1;
        self.running.insert(id);
        self.holders.insert(thread, id);
        let job = Arc::clone(&entry.job);
        if entry.running < job.limit {
            self.enqueue(id);
        }
        if !self.exceeds(&job) {
            self.sharing += 1;
        }
        Some(job)
    }

    /// Takes the thread with this number off a job. Returns the job if it has ended; the caller must then settle it.
    #[must_use]
    pub(crate) fn leave(&mut self, thread: usize, job: &Job) -> Option<Arc<Job>> {
        // While the pool grows, the new thread with this number may already work on another job.
        if self.holders.get(&thread) == Some(&job.id) {
            self.holders.remove(&thread);
        }
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
        add(&mut self.hashed, job, hashes);
        job.adopt_kernel();
        if job.search.is_closed() {
            return self.retire(job.id);
        }
        if entry.position.is_none() {
            self.enqueue(job.id);
        }
        None
    }

    /// Removes a job whose search is closed from the queue. Returns the job if no thread works on it; the caller must
    /// then settle it. A job is returned only once.
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

    /// Stops the jobs whose deadline has passed. Returns those that no thread works on; the caller must settle them.
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

    /// Stops every job. Returns those that no thread works on; the caller must settle them.
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
        self.last_position += 1;
        entry.position = Some(self.last_position);
        let exceeds = entry.job.limit > self.default_threads;
        self.queues[rank(entry.job.priority)]
            .of(exceeds)
            .insert(self.last_position, id);
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    fn dequeue(&mut self, id: JobId) {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return;
        };
        let Some(position) = entry.position.take() else {
            return;
        };
        let exceeds = entry.job.limit > self.default_threads;
        self.queues[rank(entry.job.priority)]
            .of(exceeds)
            .remove(&position);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Adds hashes of a job. Like the count of a search, the sum stays at its maximum: it must never decrease.
fn add(sums: &mut HashesBy, job: &Job, hashes: u64) {
    let Some(hashed_by) = job.hashed_by() else {
        return;
    };
    let sum = sums.entry(hashed_by).or_default();
    *sum = sum.saturating_add(hashes);
}

/// Returns the index of a priority's queue. The queue with the lower index is served first.
fn rank(priority: Priority) -> usize {
    match priority {
        Priority::Normal => 0,
        Priority::Background => 1,
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
