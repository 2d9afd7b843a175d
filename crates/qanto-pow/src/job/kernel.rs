//! The scanner of a job's template, which is replaced after each measurement of the kernels while the job runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::kernel::{MEASUREMENTS, Measurement, Selection, select_by};
use crate::search::BATCH_DURATION;
use crate::template::Template;

/// The time that counts of a longer batch, which other work of the machine probably has interrupted.
const LONGEST_BATCH: Duration = BATCH_DURATION.saturating_mul(4);

pub(crate) struct JobKernel {
    first: Selection,
    /// What replaces the scanner after each measurement, often by another one of the same kernel.
    next: [OnceLock<Selection>; MEASUREMENTS],
    /// One more than the place in `next` of the scanner in use, or 0 for the first scanner.
    used: AtomicUsize,
}

/// Why a worker must leave a job between two batches.
pub(crate) enum Leave<'a> {
    /// It must have this measured.
    Measure(Box<Measurement>),
    /// The kernels were measured, and this replaces the scanner as soon as the worker has left.
    Replace(&'a Selection),
}

impl JobKernel {
    pub(crate) fn new(first: Selection) -> Self {
        Self {
            first,
            next: [const { OnceLock::new() }; MEASUREMENTS],
            used: AtomicUsize::new(0),
        }
    }

    /// Returns the scanner for the next batch.
    pub(crate) fn current(&self) -> &Selection {
        let place = self.used.load(Ordering::Relaxed).checked_sub(1);
        place
            .and_then(|place| self.next[place].get())
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

    /// Prepares the scanner that replaces the present one, if the kernels have been measured since. Returns it the first time.
    pub(crate) fn prepare_next(&self, template: &Template) -> Option<&Selection> {
        let undecided = self.first.undecided?;
        let next = &self.next[undecided.measured_since()?];
        if next.get().is_some() {
            return None;
        }
        let mut is_first = false;
        let next = next.get_or_init(|| {
            is_first = true;
            // This fails only if the program has set the environment variable since.
            let selected = select_by(template, None, undecided.choices());
            selected.unwrap_or_else(|_| self.first.clone())
        });
        is_first.then_some(next)
    }

    /// Replaces the scanner if another one is ready. If the job is counted by this kernel, the hashes of the present scanner
    /// must have been counted before, up to those of batches that other workers have not completed.
    pub(crate) fn replace(&self) {
        if let Some(latest) = self.next.iter().rposition(|next| next.get().is_some()) {
            self.used.fetch_max(latest + 1, Ordering::Relaxed);
        }
    }
}
