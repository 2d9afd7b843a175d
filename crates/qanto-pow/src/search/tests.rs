use super::*;
use proptest::prelude::*;

const MOMENT: Duration = Duration::from_micros(100);

fn claim(search: &Search) -> Batch {
    search.claim().expect("open")
}

/// Hashes the rest of the range batch by batch, and returns the batches.
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
fn the_whole_nonce_space_of_64_bits_can_be_searched() {
    let search = Search::new(0, u64::MAX, None, 16);
    search.complete(claim(&search), None, Duration::from_nanos(1));
    assert!(!search.is_closed());
}

#[test]
fn a_budget_ends_the_range_at_an_exact_nonce() {
    let search = Search::new(100, u64::MAX, Some(37), 16);
    run_to_end(&search);
    assert_eq!(search.hashes(), 37);
    assert_eq!(search.verdict(), Verdict::RangeDone { truncated: true });
}

#[test]
fn a_budget_that_reaches_the_end_of_the_nonce_space_does_not_truncate_the_range() {
    for budget in [10, 11, u64::MAX] {
        let search = Search::new(u64::MAX - 9, u64::MAX, Some(budget), 16);
        run_to_end(&search);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
    }
}

#[test]
fn a_search_with_a_budget_of_0_claims_nothing() {
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
fn the_lowest_hit_counts_even_if_it_is_reported_last() {
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
fn a_hit_in_a_batch_that_was_claimed_before_a_stop_counts() {
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
fn a_lost_batch_takes_precedence_over_a_later_hit() {
    let search = Search::new(0, u64::MAX, None, 16);
    let _lost = claim(&search);
    let batch = claim(&search);
    search.complete(batch, Some(20), MOMENT);
    search.panicked("overflow".to_owned());
    assert_eq!(search.verdict(), Verdict::Panicked("overflow".to_owned()));
}

#[test]
fn batches_grow_until_they_take_the_intended_time() {
    let search = Search::new(0, u64::MAX, None, 16);
    for _ in 0..20 {
        let batch = claim(&search);
        let took = Duration::from_nanos(100 * batch.count);
        search.complete(batch, None, took);
    }
    // 250 µs at 100 ns per nonce, rounded up to whole lanes.
    assert_eq!(claim(&search).count, 2_512);
}

#[test]
fn a_batch_that_took_too_long_halves_the_next_one_down_to_the_number_of_lanes() {
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
    /// Workers claim and complete batches in any order, and hits are at any nonces.
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
