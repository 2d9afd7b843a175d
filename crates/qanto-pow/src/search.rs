//! The search of one job without threads or clocks: nonce space -> batches -> first hit in search order.
//!
//! Workers claim batches in ascending order and always finish what they claimed. No batch is claimed after a hit
//! was recorded, so once no worker is left, every nonce below the lowest recorded hit has been hashed: that hit
//! is the first, however many workers there were.

use std::time::Duration;

use crate::sync::{Mutex, lock};

/// What a batch should take: short enough for an instant cancel, long enough that what comes between two batches (two
/// looks at a lock, one at the clock, the kernel's start, all of it cold in the caches) costs nothing.
pub(crate) const BATCH_DURATION: Duration = Duration::from_micros(250);

/// A contiguous range of nonces, claimed by one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// Why a search ended before its range did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Cancelled,
    TimedOut,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Hit(u64),
    Stopped(Stop),
    /// The whole range holds no hit. `truncated`: it was cut short by the hash budget.
    RangeDone {
        truncated: bool,
    },
    Panicked(String),
}

pub(crate) struct Search {
    state: Mutex<State>,
    lanes: u64,
    truncated: bool,
}

struct State {
    /// First nonce that nobody has claimed.
    next: u128,
    /// One past the last nonce of the range; 2^64 for the end of the largest nonce space.
    end: u128,
    batch_len: u64,
    hashes: u64,
    hit: Option<u64>,
    stop: Option<Stop>,
    panic: Option<String>,
}

impl Search {
    /// A search from `start` to `max_nonce` at most, and over at most `max_hashes` nonces. Batches are multiples
    /// of `lanes`.
    pub(crate) fn new(start: u64, max_nonce: u64, max_hashes: Option<u64>, lanes: u64) -> Self {
        let space_end = u128::from(max_nonce) + 1;
        let budget_end = max_hashes.map(|hashes| u128::from(start) + u128::from(hashes));
        let end = budget_end.map_or(space_end, |budget_end| budget_end.min(space_end));
        Self {
            state: Mutex::new(State {
                next: u128::from(start),
                end,
                batch_len: lanes,
                hashes: 0,
                hit: None,
                stop: None,
                panic: None,
            }),
            lanes,
            truncated: end < space_end,
        }
    }

    /// The next batch, or none when there is nothing more to claim.
    pub(crate) fn claim(&self) -> Option<Batch> {
        let mut state = lock(&self.state);
        if state.is_closed() {
            return None;
        }
        let left = u64::try_from(state.end - state.next).unwrap_or(u64::MAX);
        let batch = Batch {
            first: state.next as u64,
            count: state.batch_len.min(left),
        };
        state.next += u128::from(batch.count);
        Some(batch)
    }

    /// Records a finished batch and learns from how long it took. Returns the hashes it counts as.
    pub(crate) fn complete(&self, batch: Batch, hit: Option<u64>, took: Duration) -> u64 {
        let mut state = lock(&self.state);
        let hashes = hit.map_or(batch.count, |nonce| nonce - batch.first + 1);
        state.hashes = state.hashes.saturating_add(hashes);
        state.hit = state.hit.into_iter().chain(hit).min();
        state.batch_len = self.next_batch_len(batch.count, took);
        hashes
    }

    /// Ends the search before its range does. The first reason counts.
    pub(crate) fn stop(&self, reason: Stop) {
        lock(&self.state).stop.get_or_insert(reason);
    }

    /// Ends the search because a worker panicked within a batch, which is lost.
    pub(crate) fn panicked(&self, message: String) {
        lock(&self.state).panic.get_or_insert(message);
    }

    /// Whether there is nothing more to claim.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).is_closed()
    }

    /// Nonces hashed so far.
    pub(crate) fn hashes(&self) -> u64 {
        lock(&self.state).hashes
    }

    /// How the search ended. Only for a closed search whose batches are all complete.
    ///
    /// A lost batch may have held an earlier hit, so a panic outweighs a hit. A hit or a range without one is an answer and
    /// outweighs a stop that came too late to prevent it.
    pub(crate) fn verdict(&self) -> Verdict {
        let state = lock(&self.state);
        if let Some(message) = &state.panic {
            return Verdict::Panicked(message.clone());
        }
        match (state.hit, &state.stop) {
            (Some(nonce), _) => Verdict::Hit(nonce),
            (None, Some(reason)) if state.next < state.end => Verdict::Stopped(reason.clone()),
            (None, _) => Verdict::RangeDone {
                truncated: self.truncated,
            },
        }
    }

    /// Follows the measured speed, in bounded steps so that one descheduled or one lucky batch does not
    /// throw it off.
    fn next_batch_len(&self, count: u64, took: Duration) -> u64 {
        // In 64 bits, for a division of 128 takes long: a batch that saturates them does not exist.
        let nanoseconds = (took.as_nanos() as u64).max(1);
        let ideal = count.saturating_mul(BATCH_DURATION.as_nanos() as u64) / nanoseconds;
        let next = ideal.clamp(count / 2, count.saturating_mul(4));
        next.div_ceil(self.lanes).max(1).saturating_mul(self.lanes)
    }
}

impl State {
    fn is_closed(&self) -> bool {
        self.next >= self.end || self.hit.is_some() || self.stop.is_some() || self.panic.is_some()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
