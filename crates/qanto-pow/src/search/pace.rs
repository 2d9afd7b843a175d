//! How long the batches of alike templates are, so that each takes about [`BATCH_DURATION`].

use std::time::Duration;

use super::BATCH_DURATION;

/// The lengths of the next batches of templates that are alike.
///
/// Each worker has its own length, because the cores of a processor may differ in speed by a factor of several. If there was
/// one length for all, that of a fast core, the batches of a slow core would take longer by this factor. The job could not
/// be cancelled in the meantime, and would wait for the slow core at its end.
pub(super) struct Pace {
    lanes: u64,
    /// The length for each worker, 0 if it has not completed a batch yet.
    lens: Vec<u64>,
}

impl Pace {
    /// The lengths are multiples of `lanes`. The first one is `lanes`.
    pub(super) fn new(lanes: u64) -> Self {
        Self {
            lanes,
            lens: Vec::new(),
        }
    }

    /// Returns the length of the next batch of a worker.
    ///
    /// Nothing is known about the speed of a worker without a batch. It gets a quarter of the shortest length of the others.
    /// A length may grow by this factor in one step, so this costs a fast worker nothing but a single short batch.
    pub(super) fn len(&self, worker: usize) -> u64 {
        let known = |&len: &u64| len > 0;
        let own = self.lens.get(worker).copied().filter(known);
        own.unwrap_or_else(|| {
            let shortest = self.lens.iter().copied().filter(known).min();
            self.in_lanes(shortest.unwrap_or_default() / 4)
        })
    }

    /// Adapts the length of a worker's batches to the time that one of them took. The steps are bounded, so that a single
    /// batch whose thread was descheduled has little effect.
    pub(super) fn adapt(&mut self, worker: usize, count: u64, took: Duration) {
        // In 64 bits, since a division of 128 bits is slow. No batch is so long that this saturates.
        let nanoseconds = (took.as_nanos() as u64).max(1);
        let ideal = count.saturating_mul(BATCH_DURATION.as_nanos() as u64) / nanoseconds;
        let next = ideal.clamp(count / 2, count.saturating_mul(4));
        if self.lens.len() <= worker {
            self.lens.resize(worker + 1, 0);
        }
        self.lens[worker] = self.in_lanes(next);
    }

    /// Rounds up to a multiple of the lanes, of which there is at least one.
    fn in_lanes(&self, len: u64) -> u64 {
        len.div_ceil(self.lanes).max(1).saturating_mul(self.lanes)
    }
}
