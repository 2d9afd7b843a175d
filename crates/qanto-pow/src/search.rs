//! The search of one job without threads or clocks: nonce space -> batches -> first hit in search order.
//!
//! Workers claim batches in ascending order and always finish what they claimed. No batch is claimed after a hit
//! was recorded, so once no worker is left, every nonce below the lowest recorded hit has been hashed: that hit
//! is the first, however many workers there were.

use std::time::Duration;

use crate::sync::{Mutex, lock};

/// What a batch should take: short enough for an instant cancel, long enough that claiming costs nothing.
const BATCH_DURATION: Duration = Duration::from_micros(100);

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
        let nanoseconds = took.as_nanos().max(1);
        let ideal = u128::from(count) * BATCH_DURATION.as_nanos() / nanoseconds;
        let ideal = u64::try_from(ideal).unwrap_or(u64::MAX);
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOMENT: Duration = Duration::from_micros(100);

    fn claim(search: &Search) -> Batch {
        search.claim().expect("open")
    }

    /// Hashes what is left, batch by batch, and returns the batches.
    fn run_to_end(search: &Search) -> Vec<Batch> {
        std::iter::from_fn(|| {
            let batch = search.claim()?;
            search.complete(batch, None, MOMENT);
            Some(batch)
        })
        .collect()
    }

    #[test]
    fn batches_cover_the_nonce_space_without_gap_or_overlap() {
        let search = Search::new(5, 1_000, None, 16);
        let mut next = 5;
        for batch in run_to_end(&search) {
            assert_eq!(batch.first, next);
            next += batch.count;
        }
        assert_eq!(next, 1_001);
        assert_eq!(search.hashes(), 996);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
    }

    #[test]
    fn the_last_nonce_of_64_bits_is_searched() {
        let search = Search::new(u64::MAX - 1, u64::MAX, None, 16);
        assert_eq!(
            run_to_end(&search),
            [Batch {
                first: u64::MAX - 1,
                count: 2
            }]
        );
    }

    #[test]
    fn the_whole_64_bit_space_is_a_range() {
        let search = Search::new(0, u64::MAX, None, 16);
        search.complete(claim(&search), None, Duration::from_nanos(1));
        assert!(!search.is_closed());
    }

    #[test]
    fn a_budget_truncates_the_range_to_the_nonce() {
        let search = Search::new(100, u64::MAX, Some(37), 16);
        run_to_end(&search);
        assert_eq!(search.hashes(), 37);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: true });
    }

    #[test]
    fn a_budget_that_reaches_the_end_of_the_space_does_not_truncate() {
        for budget in [10, 11, u64::MAX] {
            let search = Search::new(u64::MAX - 9, u64::MAX, Some(budget), 16);
            run_to_end(&search);
            assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
        }
    }

    #[test]
    fn a_budget_of_nothing_claims_nothing() {
        let search = Search::new(0, u64::MAX, Some(0), 16);
        assert_eq!(search.claim(), None);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: true });
    }

    #[test]
    fn nothing_is_claimed_after_a_hit() {
        let search = Search::new(0, u64::MAX, None, 16);
        search.complete(claim(&search), Some(3), MOMENT);
        assert_eq!(search.claim(), None);
        assert_eq!(search.hashes(), 4);
        assert_eq!(search.verdict(), Verdict::Hit(3));
    }

    #[test]
    fn the_lowest_hit_counts_though_it_is_reported_last() {
        let search = Search::new(0, u64::MAX, None, 16);
        let (early, late) = (claim(&search), claim(&search));
        search.complete(late, Some(late.first), MOMENT);
        search.complete(early, Some(early.first + 15), MOMENT);
        assert_eq!(search.verdict(), Verdict::Hit(15));
    }

    #[test]
    fn nothing_is_claimed_after_a_stop_and_the_first_reason_counts() {
        let search = Search::new(0, u64::MAX, None, 16);
        search.stop(Stop::TimedOut);
        search.stop(Stop::Cancelled);
        assert_eq!(search.claim(), None);
        assert_eq!(search.verdict(), Verdict::Stopped(Stop::TimedOut));
    }

    #[test]
    fn a_hit_in_a_batch_that_was_claimed_before_the_stop_counts() {
        let search = Search::new(0, u64::MAX, None, 16);
        let batch = claim(&search);
        search.stop(Stop::Cancelled);
        search.complete(batch, Some(7), MOMENT);
        assert_eq!(search.verdict(), Verdict::Hit(7));
    }

    #[test]
    fn a_stop_after_the_last_claim_changes_nothing() {
        let search = Search::new(0, 15, None, 16);
        let batch = claim(&search);
        search.stop(Stop::Cancelled);
        search.complete(batch, None, MOMENT);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
    }

    #[test]
    fn a_lost_batch_outweighs_a_hit_behind_it() {
        let search = Search::new(0, u64::MAX, None, 16);
        let _lost = claim(&search);
        let batch = claim(&search);
        search.complete(batch, Some(20), MOMENT);
        search.panicked("overflow".to_owned());
        assert_eq!(search.verdict(), Verdict::Panicked("overflow".to_owned()));
    }

    #[test]
    fn batches_grow_until_they_take_their_time() {
        let search = Search::new(0, u64::MAX, None, 16);
        for _ in 0..20 {
            let batch = claim(&search);
            let took = Duration::from_nanos(100 * batch.count);
            search.complete(batch, None, took);
        }
        // 100 us at 100 ns a nonce, in whole lanes.
        assert_eq!(claim(&search).count, 1_008);
    }

    #[test]
    fn a_batch_that_took_too_long_halves_the_next_down_to_the_lanes() {
        let search = Search::new(0, u64::MAX, None, 16);
        for count in [16, 64, 256, 1_024] {
            let batch = claim(&search);
            assert_eq!(batch.count, count);
            search.complete(batch, None, Duration::ZERO);
        }
        for count in [4_096, 2_048, 1_024, 512, 256, 128, 64, 32, 16, 16] {
            let batch = claim(&search);
            assert_eq!(batch.count, count);
            search.complete(batch, None, Duration::from_secs(1));
        }
    }

    proptest! {
        /// Workers claim, and complete in any order; hits are anywhere.
        #[test]
        fn the_verdict_is_the_first_hit_of_the_range_in_any_interleaving(
            start in 0u64..50,
            budget in prop::option::of(0u64..3_000),
            hits in prop::collection::btree_set(0u64..3_000, 0..6),
            workers in 1usize..6,
            turns in prop::collection::vec((any::<prop::sample::Index>(), 1u64..400), 600),
        ) {
            let search = Search::new(start, 2_499, budget, 4);
            let end = budget.map_or(2_500, |budget| 2_500.min(start + budget));
            let mut claimed: Vec<Option<Batch>> = vec![None; workers];
            for (turn, microseconds) in turns {
                let worker = &mut claimed[turn.index(workers)];
                match worker.take() {
                    None => *worker = search.claim(),
                    Some(batch) => {
                        let hit = hits.range(batch.first..batch.first + batch.count).next();
                        search.complete(batch, hit.copied(), Duration::from_micros(microseconds));
                    }
                }
            }
            prop_assume!(search.is_closed() && claimed.iter().all(Option::is_none));
            let expected = hits.range(start.min(end)..end).next();
            match expected {
                Some(&nonce) => prop_assert_eq!(search.verdict(), Verdict::Hit(nonce)),
                None => prop_assert_eq!(search.verdict(), Verdict::RangeDone { truncated: end < 2_500 }),
            }
        }
    }
}
