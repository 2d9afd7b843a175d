//! The locks, atomics, clock and thread pool that the crate uses. Under `cfg(loom)` the models replace them with their
//! own, to explore every interleaving.

#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod native;

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use native::*;

use std::sync::PoisonError;

/// Locks a mutex, and ignores poisoning: no code in this crate panics while it holds a lock, and code that may panic
/// (kernels and observers) never runs under one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
