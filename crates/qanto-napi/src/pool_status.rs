use napi_derive::napi;

use crate::process_pool;

/// The state of the process's threads, which all its JavaScript environments share.
#[napi(object, object_from_js = false)]
pub struct PoolStatus {
    /// The number of threads; 0 before the first job.
    pub threads: u32,
    /// The number of unsettled jobs that a thread is working on.
    pub running_jobs: u32,
    /// The number of unsettled jobs that wait for a thread.
    pub queued_jobs: u32,
    /// The maximum number of unsettled jobs.
    pub queue_limit: u32,
    /// The number of hashes since the pool was created, including those of running jobs.
    pub hashes: Vec<HashCount>,
}

/// The number of hashes that one kernel has computed with one hash function.
#[napi(object, object_from_js = false)]
pub struct HashCount {
    #[napi(ts_type = "Algorithm")]
    pub algorithm: String,
    #[napi(ts_type = "Kernel")]
    pub kernel: String,
    pub hashes: f64,
}

impl From<qanto_pow::PoolStatus> for PoolStatus {
    fn from(status: qanto_pow::PoolStatus) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let hashes = status.hashes.into_iter();
        Self {
            threads: count(status.threads),
            running_jobs: count(status.running_jobs),
            queued_jobs: count(status.queued_jobs),
            queue_limit: count(process_pool::config().queue_limit),
            hashes: hashes
                .map(|(algorithm, kernel, hashes)| HashCount {
                    algorithm: algorithm.name().to_owned(),
                    kernel: kernel.name().to_owned(),
                    // Exact below 2^53, which takes years to reach.
                    hashes: hashes as f64,
                })
                .collect(),
        }
    }
}
