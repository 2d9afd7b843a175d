//! Locking without poisoning: no code of ours panics while it holds a lock, and code that may panic (kernels,
//! observers) never runs under one.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
