//! Why a pool refuses a job.

use super::config::MAX_THREADS;
use crate::kernel::KernelUnavailable;

/// Why a job was refused.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The pool holds the maximum number of unsettled jobs.
    #[error("the pool already holds {limit} jobs; wait until some have settled")]
    QueueFull {
        /// The pool's limit.
        limit: usize,
    },
    /// The start nonce is beyond the nonce space.
    #[error("startNonce must be at most {max}; got {start_nonce}")]
    StartNonce {
        /// The start nonce that was given.
        start_nonce: u64,
        /// The last nonce of the template's nonce space.
        max: u64,
    },
    /// The thread limit is 0 or too large.
    #[error("threads must be from 1 to {MAX_THREADS}; got {threads}")]
    Threads {
        /// The limit that was given.
        threads: usize,
    },
    /// The kernel that was asked for does not run on this machine.
    #[error(transparent)]
    Kernel(#[from] KernelUnavailable),
    /// The system refused to create the threads.
    #[error("the system refused to create {threads} threads: {reason}")]
    ThreadCreation {
        /// The number of threads that the pool would have had.
        threads: usize,
        /// The error message of the system.
        reason: String,
    },
    /// There is no template, or no hit is wanted.
    #[error("a job must have at least one template, and want at least one hit of each")]
    NothingWanted,
    /// The pool was shut down.
    #[error("the pool was shut down")]
    ShutDown,
}
