//! The types of the standard library and of rayon.

use std::time::Instant;

pub(crate) use rayon::{ThreadPool, ThreadPoolBuilder};
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}
