use napi_derive::napi;

/// What the process's threads are doing, for every JavaScript environment in it.
#[napi(object, object_from_js = false)]
pub struct PoolStatus {
    /// 0 until the first job comes.
    pub threads: u32,
    /// Jobs that a thread is working on.
    pub running_jobs: u32,
    /// Jobs that wait for a thread.
    pub queued_jobs: u32,
    /// Since the pool was made, running jobs included.
    pub hashes: Vec<HashCount>,
}

/// How much one kernel has hashed with one function.
#[napi(object, object_from_js = false)]
pub struct HashCount {
    pub algorithm: String,
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
