//! How a pool is made.

use std::num::NonZeroUsize;
use std::thread;

/// Most threads that a job may ask for.
pub const MAX_THREADS: usize = 256;
/// Unsettled jobs that a pool holds unless told otherwise.
pub const DEFAULT_QUEUE_LIMIT: usize = 10_000;

/// The threads that jobs share unless told otherwise: 75 % of those this process may use (CPU affinity and cgroup
/// quotas count), rounded down, at least 1.
pub fn default_threads() -> usize {
    let available = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    (available * 3 / 4).clamp(1, MAX_THREADS)
}

/// How a pool is made.
#[derive(Clone, Copy, Debug)]
pub struct PoolConfig {
    /// Threads shared by the jobs that do not ask for more.
    pub default_threads: NonZeroUsize,
    /// Most unsettled jobs.
    pub queue_limit: usize,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            default_threads: NonZeroUsize::new(default_threads()).unwrap_or(NonZeroUsize::MIN),
            queue_limit: DEFAULT_QUEUE_LIMIT,
        }
    }
}
