use napi_derive::napi;

use crate::process_pool;

/// What the process's threads are doing, for every JavaScript environment in it.
#[napi(object, object_from_js = false)]
pub struct PoolStatus {
    /// 0 until the first job comes.
    pub threads: u32,
    /// Jobs that a thread is working on.
    pub running_jobs: u32,
    /// Jobs that wait for a thread.
    pub queued_jobs: u32,
    /// The most unsettled jobs at a time.
    pub queue_limit: u32,
    /// Since the pool was made, running jobs included.
    pub hashes: Vec<HashCount>,
}

/// How much one kernel has hashed with one function.
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
                    // Exact below 2^53, which is years of hashing.
                    hashes: hashes as f64,
                })
                .collect(),
        }
    }
}
