//! The scanner of a job's template, which is replaced once if the kernels are measured while the job runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::kernel::{Measurement, Selection, select_by};
use crate::search::BATCH_DURATION;
use crate::template::Template;

/// The time that counts of a longer batch, which other work of the machine probably has interrupted.
const LONGEST_BATCH: Duration = BATCH_DURATION.saturating_mul(4);

pub(crate) struct JobKernel {
    first: Selection,
    /// What replaces the first scanner, often by another one of the same kernel. Unset before the measurement.
    next: OnceLock<Selection>,
    /// Whether the first scanner has been replaced.
    is_replaced: AtomicBool,
}

/// Why a worker must leave a job between two batches.
pub(crate) enum Leave<'a> {
    /// It must have this measured.
    Measure(Box<Measurement>),
    /// The kernels were measured, and this replaces the first scanner as soon as the worker has left.
    Replace(&'a Selection),
}

impl JobKernel {
    pub(crate) fn new(first: Selection) -> Self {
        Self {
            first,
            next: OnceLock::new(),
            is_replaced: AtomicBool::new(false),
        }
    }

    /// Returns the scanner for the next batch.
    pub(crate) fn current(&self) -> &Selection {
        let next = self.next.get();
        next.filter(|_| self.is_replaced.load(Ordering::Relaxed))
            .unwrap_or(&self.first)
    }

    /// Takes note of the time of a batch. Returns a measurement if the worker must leave to have it done.
    pub(crate) fn after_batch(
        &self,
        template: &Template,
        took: Duration,
    ) -> Option<Box<Measurement>> {
        self.first
            .undecided?
            .after_batch(took.min(LONGEST_BATCH), template)
    }

    /// Prepares the scanner that replaces the first one, if the kernels have been measured since the job was submitted.
    /// Returns it the first time.
    pub(crate) fn prepare_next(&self, template: &Template) -> Option<&Selection> {
        let undecided = self.first.undecided?;
        if self.next.get().is_some() || !undecided.is_measured() {
            return None;
        }
        let mut is_first = false;
        let next = self.next.get_or_init(|| {
            is_first = true;
            // This fails only if the program has set the environment variable since.
            let selected = select_by(template, None, undecided.choices());
            selected.unwrap_or_else(|_| self.first.clone())
        });
        is_first.then_some(next)
    }

    /// Replaces the first scanner if another one is ready. If the job is counted by this kernel, the hashes of the first
    /// scanner must have been counted before, up to those of batches that other workers have not completed.
    pub(crate) fn replace(&self) {
        if self.next.get().is_some() {
            self.is_replaced.store(true, Ordering::Relaxed);
        }
    }
}
