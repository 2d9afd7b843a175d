//! The search of one job: it divides the nonce space into batches, and decides which hit is the first. This module has
//! no threads or clocks of its own.
//!
//! Workers claim batches in ascending order and always finish what they claimed. No batch is claimed after a hit was
//! recorded. Therefore, when no worker is left, every nonce below the lowest recorded hit has been hashed, and this hit
//! is the first one, however many workers there were.

use std::time::Duration;

use crate::sync::{Mutex, lock};

/// The time that a batch should take.
///
/// It is short enough to cancel a job promptly. It is long enough to make the cost between two batches negligible: two
/// locks, one reading of the clock, and the start of the kernel, all of which are cold in the caches.
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
    /// The whole range holds no hit. `truncated` tells whether the hash budget ends it before the nonce space does.
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
    /// The first nonce that no worker has claimed.
    next: u128,
    /// One more than the last nonce of the range: up to 2^64.
    end: u128,
    batch_len: u64,
    hashes: u64,
    hit: Option<u64>,
    stop: Option<Stop>,
    panic: Option<String>,
}

impl Search {
    /// Creates a search that begins at `start`, ends at `max_nonce`, and covers at most `max_hashes` nonces. The
    /// lengths of batches are multiples of `lanes`.
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

    /// Returns the length of the first batch.
    pub(crate) fn first_batch_len(&self) -> u64 {
        self.lanes
    }

    /// Claims the next batch. Returns `None` if there is nothing left to claim.
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

    /// Records a finished batch, and adapts the length of batches to the time that it took. Returns the number of
    /// hashes that it counts for: all of them, or those up to its hit.
    pub(crate) fn complete(&self, batch: Batch, hit: Option<u64>, took: Duration) -> u64 {
        let mut state = lock(&self.state);
        let hashes = hit.map_or(batch.count, |nonce| nonce - batch.first + 1);
        state.hashes = state.hashes.saturating_add(hashes);
        state.hit = state.hit.into_iter().chain(hit).min();
        state.batch_len = self.next_batch_len(batch.count, took);
        hashes
    }

    /// Ends the search before the end of its range. Only the first reason is kept.
    pub(crate) fn stop(&self, reason: Stop) {
        lock(&self.state).stop.get_or_insert(reason);
    }

    /// Ends the search because a worker panicked in a batch, whose result is lost.
    pub(crate) fn panicked(&self, message: String) {
        lock(&self.state).panic.get_or_insert(message);
    }

    /// Returns whether there is nothing left to claim.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).is_closed()
    }

    /// Returns the number of nonces hashed so far.
    pub(crate) fn hashes(&self) -> u64 {
        lock(&self.state).hashes
    }

    /// Returns how the search ended. The search must be closed, and all its batches must be complete.
    ///
    /// A panic takes precedence over a hit, since the lost batch may have held an earlier hit. A hit, or a whole range
    /// without one, takes precedence over a stop that came too late to prevent it.
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

    /// Returns the length of the next batch by the measured speed. The steps are bounded, so that a single batch whose
    /// thread was descheduled has little effect.
    fn next_batch_len(&self, count: u64, took: Duration) -> u64 {
        // In 64 bits, since a division of 128 bits is slow. No batch is so long that this saturates.
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
