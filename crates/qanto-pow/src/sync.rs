//! What threads share, in one place, so that the models can put their own in its stead and go through every
//! interleaving.
//!
//! Locking is without poisoning: no code of ours panics while it holds a lock, and code that may panic (kernels,
//! observers) never runs under one.

#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod native;

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use native::*;

use std::sync::PoisonError;

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
