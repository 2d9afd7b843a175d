//! What the threads of a pool are doing at one instant.

use std::collections::BTreeMap;
use std::time::Duration;

use super::shared::Shared;
use crate::algorithm::Algorithm;
use crate::kernel::Kernel;
use crate::options::Priority;
use crate::sync::now;

/// An unsettled job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStatus {
    /// The number of the job, which the spans name, too.
    pub id: u64,
    /// The hash function; `None` if the job verifies answers.
    pub algorithm: Option<Algorithm>,
    /// The kernel that it uses.
    pub kernel: Kernel,
    /// The priority.
    pub priority: Priority,
    /// The numbers of the threads that are working on it, ascending.
    pub threads: Vec<usize>,
    /// The maximum number of threads at a time.
    pub limit: usize,
    /// The time since it was submitted.
    pub age: Duration,
    /// How long it waited for its first thread; `None` while it waits.
    pub waited: Option<Duration>,
    /// The time until it times out; `None` if it has no timeout.
    pub left: Option<Duration>,
    /// The number of hashes that it has computed.
    pub hashes: u64,
    /// The number of hashes that it takes on average; `None` for a search of several templates.
    pub expected_hashes: Option<f64>,
}

/// What the threads of a pool are doing at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobsStatus {
    /// The unsettled jobs: those that threads are working on, the oldest first, and then the others in the order in which
    /// they get threads.
    pub jobs: Vec<JobStatus>,
    /// How long each of the last 1,000 jobs that got a thread had waited for it, ascending.
    pub waits: Vec<Duration>,
}

pub(super) fn of(shared: &Shared, count: usize) -> JobsStatus {
    let state = shared.state();
    let jobs = state.scheduler.first_jobs(count);
    let holders = state.scheduler.holders().clone();
    let mut waits: Vec<Duration> = state.scheduler.waits().collect();
    drop(state);
    waits.sort_unstable();
    let mut threads: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (thread, job) in holders {
        threads.entry(job).or_default().push(thread);
    }
    let moment = now();
    let status = |(job, waited): (std::sync::Arc<crate::job::Job>, _)| JobStatus {
        id: job.id,
        algorithm: job.hashed_by().map(|(algorithm, _)| algorithm),
        kernel: job.kernel(),
        priority: job.priority,
        threads: threads.remove(&job.id).unwrap_or_default(),
        limit: job.limit,
        age: moment.saturating_duration_since(job.submitted),
        waited,
        left: job
            .deadline
            .map(|deadline| deadline.saturating_duration_since(moment)),
        hashes: job.search.hashes(),
        expected_hashes: job.expected_hashes(),
    };
    JobsStatus {
        jobs: jobs.into_iter().map(status).collect(),
        waits,
    }
}
