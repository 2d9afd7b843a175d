//! The configuration of a pool.

use std::num::NonZeroUsize;
use std::thread;

/// The maximum number of threads that a job may ask for.
pub const MAX_THREADS: usize = 256;
/// The default maximum number of unsettled jobs.
pub const DEFAULT_QUEUE_LIMIT: usize = 10_000;

/// Returns the default number of threads that jobs share: 75 % of the processors that this process may use, rounded
/// down and at least 1. CPU affinity and cgroup quotas are taken into account.
pub fn default_threads() -> usize {
    let available = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    (available * 3 / 4).clamp(1, MAX_THREADS)
}

/// The configuration of a pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolConfig {
    /// The number of threads that the jobs that do not ask for more share.
    pub default_threads: NonZeroUsize,
    /// The maximum number of unsettled jobs.
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
