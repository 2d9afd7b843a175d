//! One pool for the whole process, shared by the main thread and all workers. It is built when the first job
//! comes and joined when the last environment that used it has gone.

use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use qanto_pow::{Pool, PoolConfig, PoolStatus};

static POOL: Mutex<Weak<Pool>> = Mutex::new(Weak::new());
static QUIET: Once = Once::new();

pub fn acquire() -> Arc<Pool> {
    // A service's error output is its own; what panicked is in the job's error.
    QUIET.call_once(qanto_pow::quiet_caught_panics);
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    pool.upgrade().unwrap_or_else(|| {
        let built = Arc::new(Pool::new(PoolConfig::default()));
        *pool = Arc::downgrade(&built);
        built
    })
}

/// What the pool is doing; nothing when there is none.
pub fn status() -> PoolStatus {
    let pool = POOL
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .upgrade();
    pool.map(|pool| pool.status()).unwrap_or_default()
}
