//! Spans and events, bounded: a few per job, whatever its length.

use tracing::{Span, debug, debug_span, error};

use crate::job::{Effort, JobId, Outcome, Priority, SearchOptions};
use crate::kernel::Kernel;
use crate::template::Template;

/// The span of a job, from submission to settling.
pub(crate) fn job_span(
    id: JobId,
    template: &Template,
    kernel: Kernel,
    options: &SearchOptions,
    limit: usize,
) -> Span {
    debug_span!(
        "job",
        id,
        algorithm = template.algorithm().name(),
        kernel = kernel.name(),
        start_nonce = options.start_nonce,
        threads = limit,
        background = options.priority == Priority::Background,
    )
}

pub(crate) fn job_settled(span: &Span, outcome: &Outcome, effort: Effort) {
    let outcome = match outcome {
        Outcome::Found { .. } => "found",
        Outcome::Cancelled => "cancelled",
        Outcome::TimedOut => "timed out",
        Outcome::BudgetSpent => "budget spent",
        Outcome::Exhausted => "exhausted",
        Outcome::Panicked(message) => {
            error!(parent: span, message, "the kernel panicked");
            "panicked"
        }
    };
    let elapsed_seconds = effort.elapsed.as_secs_f64();
    debug!(parent: span, outcome, hashes = effort.hashes, elapsed_seconds, "job settled");
}

pub(crate) fn observer_panicked(span: &Span, message: &str) {
    error!(parent: span, message, "an observer panicked");
}

pub(crate) fn worker_panicked(message: &str) {
    error!(message, "a worker panicked");
}
