use napi_derive::napi;
use qanto_pow::{JobStatus, JobsStatus, Priority};

use crate::solver::to_ms;

/// What the process's hashing threads are doing.
#[napi(object, object_from_js = false)]
pub struct PoolJobs {
    /// Those that threads are working on, the oldest first, and then the others in the order in which they get threads.
    pub jobs: Vec<PoolJob>,
    /// How long each of the last 1,000 jobs that got a thread had waited for it, ascending.
    pub waits_ms: Vec<f64>,
}

/// An unsettled job.
#[napi(object, object_from_js = false)]
pub struct PoolJob {
    pub id: f64,
    /// Absent if the job verifies answers.
    #[napi(ts_type = "Algorithm")]
    pub algorithm: Option<String>,
    #[napi(ts_type = "Kernel")]
    pub kernel: String,
    #[napi(ts_type = "'normal' | 'background'")]
    pub priority: String,
    /// The numbers of the threads that are working on it, ascending.
    pub threads: Vec<u32>,
    /// The maximum number of threads at a time.
    pub limit: u32,
    pub age_ms: f64,
    /// How long it waited for its first thread. Absent while it waits.
    pub waited_ms: Option<f64>,
    /// The time until it times out. Absent if it has no timeout.
    pub left_ms: Option<f64>,
    pub hashes: f64,
    /// The number of hashes that it takes on average. Absent for a search of several templates.
    pub expected_hashes: Option<f64>,
}

impl From<JobsStatus> for PoolJobs {
    fn from(status: JobsStatus) -> Self {
        Self {
            jobs: status.jobs.into_iter().map(PoolJob::from).collect(),
            waits_ms: status.waits.into_iter().map(to_ms).collect(),
        }
    }
}

impl From<JobStatus> for PoolJob {
    fn from(job: JobStatus) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let priority = match job.priority {
            Priority::Normal => "normal",
            Priority::Background => "background",
        };
        Self {
            // Exact below 2^53, which takes years to reach.
            id: job.id as f64,
            algorithm: job.algorithm.map(|algorithm| algorithm.name().to_owned()),
            kernel: job.kernel.name().to_owned(),
            priority: priority.to_owned(),
            threads: job.threads.into_iter().map(count).collect(),
            limit: count(job.limit),
            age_ms: to_ms(job.age),
            waited_ms: job.waited.map(to_ms),
            left_ms: job.left.map(to_ms),
            hashes: job.hashes as f64,
            expected_hashes: job.expected_hashes,
        }
    }
}
