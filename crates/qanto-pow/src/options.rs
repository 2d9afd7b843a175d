//! The options of a search.

use std::time::Duration;

use crate::kernel::Kernel;

/// Where a search begins, how long it may run, and what it may use.
#[derive(Clone, Debug, Default)]
pub struct SearchOptions {
    /// The nonce at which the search begins. The search ascends to the end of the nonce space and does not wrap around.
    pub start_nonce: u64,
    /// The maximum number of hashes. A nonce counts once for every variant of the template. The hashes of several
    /// templates count as if a single thread searched them one after the other.
    pub max_hashes: Option<u64>,
    /// The time after submission at which the search gives up, even if no thread has worked on it yet.
    pub timeout: Option<Duration>,
    /// The maximum number of threads at a time, from 1 to 256. The default is the pool's number of default threads.
    pub threads: Option<usize>,
    /// Whether the job gives way to others.
    pub priority: Priority,
    /// The kernel to use instead of the fastest one.
    pub kernel: Option<Kernel>,
    /// The time between two progress reports. There is at most one report per batch (about 0.25 ms), and none if this
    /// is not set.
    pub progress_interval: Option<Duration>,
}

/// Whether a job gives way to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// The job shares the threads with the other normal jobs.
    #[default]
    Normal,
    /// The job runs only on threads that no normal job can use.
    Background,
}
