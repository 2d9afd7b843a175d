//! Spans and events.
//!
//! A job of any length has few spans: `solve_pow` lasts from submission to settling, and contains a span `mine_cpu` for
//! each thread that worked on the job. Only at trace level there is also a span `try_nonces` for each batch. There is
//! never a span for a nonce.
//!
//! Without a subscriber, or with a filter that disables these spans, a slice reads one flag, and a batch reads one
//! level.

use std::thread::{self, ThreadId};

use tracing::span::EnteredSpan;
use tracing::{Span, debug, error, field, info_span, trace_span};

use crate::kernel::Selection;
use crate::options::{Priority, SearchOptions};
use crate::outcome::{Effort, Outcome};
use crate::search::Batch;
use crate::subject::Subject;
use crate::sync::{Mutex, lock};

/// Identifies a job in the spans of this process.
pub(crate) type JobId = u64;

/// The spans of one job.
pub(crate) struct JobTrace {
    id: JobId,
    /// Whether the spans are enabled. If not, the lock is never taken.
    wanted: bool,
    spans: Mutex<Spans>,
}

struct Spans {
    job: Span,
    threads: Vec<ThreadSpan>,
}

/// The span of one thread's work on the job. It is entered while the thread works, so that the busy time that a
/// subscriber measures is the time spent on the job.
struct ThreadSpan {
    thread: ThreadId,
    span: Span,
    hashes: u64,
}

impl JobTrace {
    /// Opens the span of the job, at its submission. Of several templates, it describes the first.
    pub(crate) fn begin(
        id: JobId,
        subjects: &[Subject],
        wanted: usize,
        options: &SearchOptions,
        limit: usize,
    ) -> Self {
        let template = &subjects[0].template;
        let selected = subjects[0].kernel.current();
        let job = info_span!(
            target: "qanto_pow",
            "solve_pow",
            job_id = id,
            algorithm = template.algorithm().name(),
            difficulty = template.rule().difficulty(),
            threads = limit,
            kernel = selected.scan.kernel().name(),
            kernel_by = selected.reason.name(),
            kernel_ratio = selected.ratio(),
            use_gpu = false,
            start_nonce = options.start_nonce,
            background = options.priority == Priority::Background,
            templates = field::Empty,
            solutions = field::Empty,
            outcome = field::Empty,
            hashes = field::Empty,
        );
        if subjects.len() > 1 || wanted > 1 {
            job.record("templates", subjects.len())
                .record("solutions", wanted);
        }
        Self {
            id,
            wanted: !job.is_disabled(),
            spans: Mutex::new(Spans {
                job,
                threads: Vec::new(),
            }),
        }
    }

    /// Records the kernel that continues the search after a measurement.
    pub(crate) fn kernel_measured(&self, selected: &Selection) {
        lock(&self.spans)
            .job
            .record("kernel", selected.scan.kernel().name())
            .record("kernel_by", selected.reason.name())
            .record("kernel_ratio", selected.ratio());
    }

    /// Returns the trace of a job without spans.
    pub(crate) fn none(id: JobId) -> Self {
        Self {
            id,
            wanted: false,
            spans: Mutex::new(Spans {
                job: Span::none(),
                threads: Vec::new(),
            }),
        }
    }

    /// Returns whether the job has spans.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Begins a slice on the calling thread.
    pub(crate) fn begin_slice(&self) -> Option<SliceTrace<'_>> {
        if !self.wanted {
            return None;
        }
        let span = lock(&self.spans).of_this_thread().span.clone();
        Some(SliceTrace {
            job: self,
            _entered: span.entered(),
            hashes: 0,
        })
    }

    /// Closes all spans of the job. This is called before the observer receives the outcome, so that the observer finds
    /// the spans complete.
    pub(crate) fn settled(&self, outcome: &Outcome, effort: Effort) {
        let mut spans = lock(&self.spans);
        let Spans { job, threads } = &mut *spans;
        if let Outcome::Panicked(message) = outcome {
            error!(target: "qanto_pow", parent: &*job, job_id = self.id, reason = message, "the kernel panicked");
        }
        let outcome = outcome.name();
        for ThreadSpan { span, hashes, .. } in threads.drain(..) {
            span.record("hashes", hashes).record("outcome", outcome);
        }
        let Effort {
            hashes, elapsed, ..
        } = effort;
        let elapsed_ms = elapsed.as_secs_f64() * 1e3;
        // A subscriber may want the spans of some jobs only. It then wants this event of no other job either.
        if self.wanted {
            debug!(target: "qanto_pow", parent: &*job, job_id = self.id, outcome, hashes, elapsed_ms, "job settled");
        }
        job.record("hashes", hashes).record("outcome", outcome);
        *job = Span::none();
    }

    pub(crate) fn observer_panicked(&self, message: &str) {
        error!(target: "qanto_pow", job_id = self.id, reason = message, "an observer panicked");
    }
}

impl Spans {
    fn of_this_thread(&mut self) -> &mut ThreadSpan {
        let thread = thread::current().id();
        let known = self.threads.iter().position(|known| known.thread == thread);
        let index = known.unwrap_or_else(|| {
            let span = info_span!(
                target: "qanto_pow",
                parent: &self.job,
                "mine_cpu",
                thread = rayon::current_thread_index(),
                outcome = field::Empty,
                hashes = field::Empty,
            );
            self.threads.push(ThreadSpan {
                thread,
                span,
                hashes: 0,
            });
            self.threads.len() - 1
        });
        &mut self.threads[index]
    }
}

/// A slice of a traced job. It ends when it is dropped, which must be on the thread that began it.
pub(crate) struct SliceTrace<'a> {
    job: &'a JobTrace,
    _entered: EnteredSpan,
    /// The hashes computed in this slice.
    pub(crate) hashes: u64,
}

impl Drop for SliceTrace<'_> {
    fn drop(&mut self) {
        let mut spans = lock(&self.job.spans);
        let thread = spans.of_this_thread();
        thread.hashes = thread.hashes.saturating_add(self.hashes);
    }
}

/// The span of one batch on this thread, inside the span `mine_cpu`.
pub(crate) struct BatchTrace(EnteredSpan);

impl BatchTrace {
    #[inline]
    pub(crate) fn begin(batch: Batch) -> Self {
        let Batch { first, count, .. } = batch;
        let span =
            trace_span!(target: "qanto_pow", "try_nonces", first, count, outcome = field::Empty);
        Self(span.entered())
    }

    #[inline]
    pub(crate) fn end(self, has_hit: bool) {
        let outcome = if has_hit { "hit" } else { "no hit" };
        self.0.record("outcome", outcome);
    }
}

pub(crate) fn worker_panicked(message: &str) {
    error!(target: "qanto_pow", reason = message, "a worker panicked");
}
