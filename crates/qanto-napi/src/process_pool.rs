//! The pool of the process, which the main thread and all workers share. It is created with the first job. Its threads
//! are joined when the last environment that used it has ended.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, Once, Weak};

use qanto_pow::{JobsStatus, MAX_THREADS, Pool, PoolConfig, PoolStatus};

use crate::error::{Code, Result, invalid_argument};
use crate::sync::lock;

static POOL: Mutex<Process> = Mutex::new(Process {
    pool: Weak::new(),
    threads: None,
    queue_limit: None,
});
static QUIET: Once = Once::new();

/// Returns the pool, and creates it if there is none.
pub fn acquire() -> Arc<Pool> {
    // The standard error belongs to the program. The error of the job contains the message of a panic.
    QUIET.call_once(qanto_pow::quiet_caught_panics);
    let mut process = lock(&POOL);
    process.pool.upgrade().unwrap_or_else(|| {
        let built = Arc::new(Pool::new(process.config()));
        process.pool = Arc::downgrade(&built);
        built
    })
}

/// Sets the configuration of the next pool. Values that are not given are not changed.
pub fn configure(threads: Option<u32>, queue_limit: Option<u32>) -> Result<()> {
    let mut process = lock(&POOL);
    if process.pool.strong_count() > 0 {
        return Err(
            Code::PoolInUse.error("the pool has run jobs; configure it before the first job")
        );
    }
    if let Some(threads) = threads {
        let threads = threads as usize;
        let sound = NonZeroUsize::new(threads).filter(|_| threads <= MAX_THREADS);
        process.threads = Some(sound.ok_or_else(|| {
            invalid_argument(format_args!(
                "threads must be from 1 to {MAX_THREADS}; got {threads}"
            ))
        })?);
    }
    process.queue_limit = queue_limit
        .map(|limit| limit as usize)
        .or(process.queue_limit);
    Ok(())
}

/// Returns the configuration of the pool.
pub fn config() -> PoolConfig {
    lock(&POOL).config()
}

/// Returns the state of the pool, which is empty if there is no pool.
pub fn status() -> PoolStatus {
    let pool = lock(&POOL).pool.upgrade();
    pool.map(|pool| pool.status()).unwrap_or_default()
}

/// Returns what the pool's threads are doing, with at most this many jobs. It is empty if there is no pool.
pub fn jobs(count: usize) -> JobsStatus {
    let pool = lock(&POOL).pool.upgrade();
    pool.map(|pool| pool.jobs(count)).unwrap_or_default()
}

/// The pool and its configuration.
struct Process {
    pool: Weak<Pool>,
    threads: Option<NonZeroUsize>,
    queue_limit: Option<usize>,
}

impl Process {
    fn config(&self) -> PoolConfig {
        let default = PoolConfig::default();
        PoolConfig {
            default_threads: self.threads.unwrap_or(default.default_threads),
            queue_limit: self.queue_limit.unwrap_or(default.queue_limit),
        }
    }
}
