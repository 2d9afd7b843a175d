//! The types of the standard library and of rayon.

use std::time::Instant;

pub(crate) use rayon::{ThreadPool, ThreadPoolBuilder};
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Returns the number of this thread in its pool, or 0 if it is in none.
pub(crate) fn worker_number() -> usize {
    rayon::current_thread_index().unwrap_or(0)
}
