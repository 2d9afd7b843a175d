//! The scanner of a job, which is replaced once if the kernels are measured while the job runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::kernel::{Measurement, Selection, select_by};
use crate::search::BATCH_DURATION;
use crate::template::Template;

/// The time that counts of a longer batch, which other work of the machine probably has interrupted.
const LONGEST_BATCH: Duration = BATCH_DURATION.saturating_mul(4);

pub(crate) struct JobKernel {
    first: Selection,
    /// The time that all threads have spent on batches, in ns. It is not counted after a measurement.
    spent: AtomicU64,
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
            spent: AtomicU64::new(0),
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

    /// Takes note of the time of a batch. Returns whether the worker must leave, and why. Each reason is returned once.
    pub(crate) fn after_batch(&self, template: &Template, took: Duration) -> Option<Leave<'_>> {
        let undecided = self.first.undecided?;
        if self.next.get().is_some() {
            return None;
        }
        if !undecided.is_measured() {
            let took = took.min(LONGEST_BATCH).as_nanos() as u64;
            let spent = self.spent.fetch_add(took, Ordering::Relaxed) + took;
            let measurement = undecided.request(Duration::from_nanos(spent), template);
            return measurement.map(Leave::Measure);
        }
        let mut is_first = false;
        let next = self.next.get_or_init(|| {
            is_first = true;
            // This fails only if the program has set the environment variable since.
            let selected = select_by(template, None, undecided.choices());
            selected.unwrap_or_else(|_| self.first.clone())
        });
        is_first.then_some(Leave::Replace(next))
    }

    /// Replaces the first scanner if another one is ready. The hashes of the first one must have been counted before,
    /// up to those of batches that other workers have not completed.
    pub(crate) fn replace(&self) {
        if self.next.get().is_some() {
            self.is_replaced.store(true, Ordering::Relaxed);
        }
    }
}
