//! One pool for the whole process, shared by the main thread and all workers. It is built when the first job
//! comes and joined when the last environment that used it has gone.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use qanto_pow::{Pool, PoolConfig};

static POOL: Mutex<Weak<Pool>> = Mutex::new(Weak::new());

pub fn acquire() -> Arc<Pool> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    pool.upgrade().unwrap_or_else(|| {
        let built = Arc::new(Pool::new(PoolConfig::default()));
        *pool = Arc::downgrade(&built);
        built
    })
}
