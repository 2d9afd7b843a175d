//! One pool for the whole process, shared by the main thread and all workers. It is built when the first job
//! comes and joined when the last environment that used it has gone.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use qanto_pow::{MAX_THREADS, Pool, PoolConfig, PoolStatus};

use crate::refusal::{Code, Result, invalid_argument};

static POOL: Mutex<Process> = Mutex::new(Process {
    pool: Weak::new(),
    threads: None,
    queue_limit: None,
});
static QUIET: Once = Once::new();

pub fn acquire() -> Arc<Pool> {
    // A service's error output is its own; what panicked is in the job's error.
    QUIET.call_once(qanto_pow::quiet_caught_panics);
    let mut process = lock();
    process.pool.upgrade().unwrap_or_else(|| {
        let built = Arc::new(Pool::new(process.config()));
        process.pool = Arc::downgrade(&built);
        built
    })
}

/// Sets what the next pool is made with; what is not given stays.
pub fn configure(threads: Option<u32>, queue_limit: Option<u32>) -> Result<()> {
    let mut process = lock();
    if process.pool.strong_count() > 0 {
        return Err(
            Code::PoolInUse.because("the pool has run jobs; configure it before the first one")
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

/// What the pool is made with.
pub fn config() -> PoolConfig {
    lock().config()
}

/// What the pool is doing; nothing when there is none.
pub fn status() -> PoolStatus {
    let pool = lock().pool.upgrade();
    pool.map(|pool| pool.status()).unwrap_or_default()
}

/// The pool, and what was configured for it.
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

fn lock() -> MutexGuard<'static, Process> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}
