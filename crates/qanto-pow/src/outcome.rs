//! How a job ends, what it reports on the way, and the interface that receives both.

use std::time::Duration;

use crate::digest::Digest;

/// A hit of a template, confirmed by the reference implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The nonce.
    pub nonce: u64,
    /// The number of the template's variant, see [`Template::variant`](crate::Template::variant). It is 0 without
    /// version rolling.
    pub variant: u32,
    /// The digest, computed by the reference implementation.
    pub digest: Digest,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first hit, counted from the start nonce, was found. If a job searches for several hits or has several
    /// templates, all hits were found, and this is the first one of the first template.
    Found {
        /// The nonce.
        nonce: u64,
        /// The number of the template's variant, see [`Template::variant`](crate::Template::variant). It is 0 without
        /// version rolling.
        variant: u32,
        /// The digest, computed by the reference implementation.
        digest: Digest,
    },
    /// [`cancel`](crate::JobHandle::cancel) was called, or the pool was shut down.
    Cancelled,
    /// The timeout has passed.
    TimedOut,
    /// There is no hit, or there are too few hits, among the first `max_hashes` hashes.
    BudgetSpent,
    /// There is no hit, or a template has too few hits, from the start nonce to the end of the nonce space.
    Exhausted,
    /// The kernel panicked with this message.
    Panicked(String),
}

impl Outcome {
    /// Returns the name that spans and errors use: `found`, `cancelled`, `timed-out`, `budget-spent`, `exhausted` or
    /// `panicked`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Found { .. } => "found",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
            Self::BudgetSpent => "budget-spent",
            Self::Exhausted => "exhausted",
            Self::Panicked(_) => "panicked",
        }
    }
}

/// The work and the time that a job took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The number of hashes that all threads computed.
    pub hashes: u64,
    /// The time from submission to settling.
    pub elapsed: Duration,
    /// The time from the first call of [`cancel`](crate::JobHandle::cancel) to the end of the job's last hash, when no
    /// thread worked on it any more. `None` if `cancel` was not called.
    pub cancel_latency: Option<Duration>,
}

/// The progress of a running job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The number of hashes that all threads have computed so far.
    pub hashes: u64,
    /// Hashes per second since the last report, or since submission if this is the first.
    pub hashes_per_second: f64,
    /// The time since submission.
    pub elapsed: Duration,
}

/// Receives the reports of one job.
///
/// The methods are called on the pool's threads or, if a job is cancelled while no thread works on it, on the thread
/// that cancels. They should return quickly, and must not wait for another job. A panic in one of them is caught and
/// logged.
pub trait Observer: Send + Sync {
    /// Receives a progress report. There are never two calls at once, and none after `settled`.
    fn progress(&self, progress: Progress) {
        let _ = progress;
    }

    /// Receives the outcome. The job has ended and uses no thread any more. This is called exactly once.
    fn settled(&self, outcome: Outcome, effort: Effort);
}
