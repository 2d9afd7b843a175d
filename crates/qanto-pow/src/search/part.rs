//! The part of a search that one template takes: how far its nonces have been claimed, and which hits are known.

/// What a search does for one template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    /// The first nonce.
    pub(crate) start: u64,
    /// The last nonce of the nonce space.
    pub(crate) max: u64,
    /// The lengths of batches are multiples of this number.
    pub(crate) lanes: u64,
    /// Whether a hash takes the same time as in the range before, so that both have batches of the same length.
    pub(crate) is_like_previous: bool,
}

pub(super) struct Part {
    start: u128,
    /// The first nonce that no worker has claimed.
    pub(super) next: u128,
    /// One more than the last nonce of the nonce space: up to 2^64.
    pub(super) end: u128,
    /// The index of the lengths of its batches.
    pub(super) pace: usize,
    /// The number of batches that are claimed and not complete.
    pub(super) batches: usize,
    /// The known hits, ascending.
    hits: Vec<u64>,
    /// The number of hashes that the part takes at least if it is searched in ascending order by a single worker. It is
    /// exact when the part is done.
    pub(super) cost: u128,
}

impl Part {
    pub(super) fn new(range: &Range, pace: usize) -> Self {
        let start = u128::from(range.start);
        Self {
            start,
            next: start,
            end: u128::from(range.max) + 1,
            pace,
            batches: 0,
            hits: Vec::new(),
            cost: 0,
        }
    }

    /// Returns the end of the part if it may take this number of hashes.
    pub(super) fn end_within(&self, hashes: u128) -> u128 {
        self.end.min(self.start.saturating_add(hashes))
    }

    /// Returns the number of hits that are missing after those that are known. All of these are below `next`, and so they
    /// come before any hit that a new batch may have.
    pub(super) fn missing(&self, wanted: usize) -> usize {
        wanted.saturating_sub(self.hits.len())
    }

    /// Returns whether all hits are found, and no earlier one can be reported any more.
    pub(super) fn is_done(&self, wanted: usize) -> bool {
        self.batches == 0 && self.missing(wanted) == 0
    }

    /// Records a complete batch.
    pub(super) fn complete(&mut self, hits: &[u64], wanted: usize) {
        // Those from `next` on are behind a batch that was abandoned.
        let counting = hits.partition_point(|&hit| u128::from(hit) < self.next);
        if let Some(&first) = hits[..counting].first() {
            let is_later = self.hits.last().is_none_or(|&last| last < first);
            self.hits.extend_from_slice(&hits[..counting]);
            if !is_later {
                self.hits.sort_unstable();
            }
        }
        self.leave(wanted);
    }

    /// Takes note that the batch from this nonce on will never be complete.
    pub(super) fn abandon(&mut self, first: u64, wanted: usize) {
        let first = u128::from(first);
        self.next = self.next.min(first);
        let before = self.hits.partition_point(|&hit| u128::from(hit) < first);
        self.hits.truncate(before);
        self.leave(wanted);
    }

    /// Returns whether the hits that are wanted are known, and come before this nonce.
    pub(super) fn has_hits_before(&self, nonce: u64, wanted: usize) -> bool {
        self.hits.partition_point(|&hit| hit < nonce) >= wanted
    }

    /// Takes a worker off the part.
    fn leave(&mut self, wanted: usize) {
        self.batches -= 1;
        if self.batches == 0 {
            self.hits.truncate(wanted);
            self.cost = match self.missing(wanted) {
                0 => self.cost_of_hits(&self.hits),
                _ => self.next - self.start,
            };
        }
    }

    /// Returns the first hits below `end`, at most `wanted`.
    pub(super) fn first_hits(&self, wanted: usize, end: u128) -> &[u64] {
        let below = self.hits.partition_point(|&hit| u128::from(hit) < end);
        &self.hits[..below.min(wanted)]
    }

    /// Returns the number of hashes up to the last of these hits, of which there is at least one.
    pub(super) fn cost_of_hits(&self, hits: &[u64]) -> u128 {
        let last = hits.last().copied().unwrap_or_default();
        u128::from(last) + 1 - self.start
    }
}
