mod suspended;

use std::collections::BTreeSet;

use super::*;
use proptest::prelude::*;

const MOMENT: Duration = Duration::from_micros(100);

/// Returns a search for the first hit of one template.
fn search_for_one(start: u64, max: u64, max_hashes: Option<u64>, lanes: u64) -> Search {
    Search::new([range(start, max, lanes)], 1, max_hashes)
}

fn range(start: u64, max: u64, lanes: u64) -> Range {
    Range {
        start,
        max,
        lanes,
        is_like_previous: true,
    }
}

fn claim(search: &Search) -> Batch {
    search.claim().expect("open")
}

/// Hashes the rest of the range batch by batch, and returns the batches.
fn run_to_end(search: &Search) -> Vec<Batch> {
    std::iter::from_fn(|| {
        let batch = search.claim()?;
        search.complete(batch, &[], MOMENT);
        Some(batch)
    })
    .collect()
}

#[test]
fn batches_cover_the_nonce_space_without_gap_or_overlap() {
    let search = search_for_one(5, 1_000, None, 16);
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
    let search = search_for_one(u64::MAX - 1, u64::MAX, None, 16);
    assert_eq!(
        run_to_end(&search),
        [Batch {
            worker: 0,
            part: 0,
            first: u64::MAX - 1,
            count: 2,
            wanted: 1
        }]
    );
}

#[test]
fn the_whole_nonce_space_of_64_bits_can_be_searched() {
    let search = search_for_one(0, u64::MAX, None, 16);
    search.complete(claim(&search), &[], Duration::from_nanos(1));
    assert!(!search.is_closed());
}

#[test]
fn a_budget_ends_the_range_at_an_exact_nonce() {
    let search = search_for_one(100, u64::MAX, Some(37), 16);
    run_to_end(&search);
    assert_eq!(search.hashes(), 37);
    assert_eq!(search.verdict(), Verdict::RangeDone { truncated: true });
}

#[test]
fn a_budget_that_reaches_the_end_of_the_nonce_space_does_not_truncate_the_range() {
    for budget in [10, 11, u64::MAX] {
        let search = search_for_one(u64::MAX - 9, u64::MAX, Some(budget), 16);
        run_to_end(&search);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
    }
}

#[test]
fn a_search_with_a_budget_of_0_claims_nothing() {
    let search = search_for_one(0, u64::MAX, Some(0), 16);
    assert_eq!(search.claim(), None);
    assert_eq!(search.verdict(), Verdict::RangeDone { truncated: true });
}

#[test]
fn nothing_is_claimed_after_a_hit() {
    let search = search_for_one(0, u64::MAX, None, 16);
    search.complete(claim(&search), &[3], MOMENT);
    assert_eq!(search.claim(), None);
    assert_eq!(search.hashes(), 4);
    assert_eq!(search.verdict(), Verdict::Hit(3));
}

#[test]
fn the_lowest_hit_counts_even_if_it_is_reported_last() {
    let search = search_for_one(0, u64::MAX, None, 16);
    let (early, late) = (claim(&search), claim(&search));
    search.complete(late, &[late.first], MOMENT);
    search.complete(early, &[early.first + 15], MOMENT);
    assert_eq!(search.verdict(), Verdict::Hit(15));
}

#[test]
fn nothing_is_claimed_after_a_stop_and_the_first_reason_counts() {
    let search = search_for_one(0, u64::MAX, None, 16);
    search.stop(Stop::TimedOut);
    search.stop(Stop::Cancelled);
    assert_eq!(search.claim(), None);
    assert_eq!(search.verdict(), Verdict::Stopped(Stop::TimedOut));
}

#[test]
fn a_hit_in_a_batch_that_was_claimed_before_a_stop_counts() {
    let search = search_for_one(0, u64::MAX, None, 16);
    let batch = claim(&search);
    search.stop(Stop::Cancelled);
    search.complete(batch, &[7], MOMENT);
    assert_eq!(search.verdict(), Verdict::Hit(7));
}

#[test]
fn a_stop_after_the_last_claim_changes_nothing() {
    let search = search_for_one(0, 15, None, 16);
    let batch = claim(&search);
    search.stop(Stop::Cancelled);
    search.complete(batch, &[], MOMENT);
    assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
}

#[test]
fn a_lost_batch_takes_precedence_over_a_later_hit() {
    let search = search_for_one(0, u64::MAX, None, 16);
    let _lost = claim(&search);
    let batch = claim(&search);
    search.complete(batch, &[20], MOMENT);
    search.panicked("overflow".to_owned());
    assert_eq!(search.verdict(), Verdict::Panicked("overflow".to_owned()));
}

#[test]
fn batches_grow_until_they_take_the_intended_time() {
    let search = search_for_one(0, u64::MAX, None, 16);
    for _ in 0..20 {
        let batch = claim(&search);
        let took = Duration::from_nanos(100 * batch.count);
        search.complete(batch, &[], took);
    }
    // 250 µs at 100 ns per nonce, rounded up to whole lanes.
    assert_eq!(claim(&search).count, 2_512);
}

#[test]
fn a_batch_that_took_too_long_halves_the_next_one_down_to_the_number_of_lanes() {
    let search = search_for_one(0, u64::MAX, None, 16);
    for count in [16, 64, 256, 1_024] {
        let batch = claim(&search);
        assert_eq!(batch.count, count);
        search.complete(batch, &[], Duration::ZERO);
    }
    for count in [4_096, 2_048, 1_024, 512, 256, 128, 64, 32, 16, 16] {
        let batch = claim(&search);
        assert_eq!(batch.count, count);
        search.complete(batch, &[], Duration::from_secs(1));
    }
}

/// Has workers search that take these times for a hash, in nanoseconds. Each works on another job for a while after each batch.
/// Returns the batches that each of them completes within 20 ms.
fn batches_of_workers(nanoseconds: &[u64]) -> Vec<Vec<Batch>> {
    let search = search_for_one(0, u64::MAX, None, 16);
    let mut completed = vec![Vec::new(); nanoseconds.len()];
    let mut claimed: Vec<Option<Batch>> = vec![None; nanoseconds.len()];
    // When each worker claims or completes its next batch.
    let mut next = vec![Duration::ZERO; nanoseconds.len()];
    loop {
        let numbered = next.iter().copied().enumerate();
        let (worker, moment) = numbered.min_by_key(|&(_, at)| at).expect("a worker");
        if moment > Duration::from_millis(20) {
            return completed;
        }
        let time_of = |batch: Batch| Duration::from_nanos(nanoseconds[worker] * batch.count);
        match claimed[worker].take() {
            None => {
                let batch = search.claim_for(worker).expect("open");
                claimed[worker] = Some(batch);
                next[worker] += time_of(batch);
            }
            Some(batch) => {
                search.complete(batch, &[], time_of(batch));
                completed[worker].push(batch);
                next[worker] += Duration::from_micros(90);
            }
        }
    }
}

#[test]
fn the_batches_of_a_slow_core_take_no_longer_than_those_of_a_fast_one() {
    // As on a processor with fast cores and with slow ones: the third and the fourth worker take four times as long.
    let nanoseconds = [10, 10, 40, 40];
    let workers = batches_of_workers(&nanoseconds);
    for (batches, nanoseconds) in workers.iter().zip(nanoseconds) {
        for batch in batches {
            let took = Duration::from_nanos(nanoseconds * batch.count);
            // 250 µs, rounded up to whole lanes.
            let most = BATCH_DURATION + 16 * Duration::from_nanos(nanoseconds);
            assert!(took <= most, "{batch:?} took {took:?}");
        }
    }
    let lasts = workers
        .iter()
        .map(|batches| batches.last().map(|batch| batch.count));
    let expected = [25_008, 25_008, 6_256, 6_256].map(Some);
    assert_eq!(lasts.collect::<Vec<_>>(), expected);
}

#[test]
fn a_worker_that_joins_begins_with_a_quarter_of_the_shortest_batches() {
    let search = search_for_one(0, u64::MAX, None, 16);
    for (worker, nanoseconds) in [(0, 10), (2, 20)] {
        for _ in 0..20 {
            let batch = search.claim_for(worker).expect("open");
            search.complete(batch, &[], Duration::from_nanos(nanoseconds * batch.count));
        }
    }
    // The second worker has batches of 250 µs at 20 ns a nonce, 12,512 nonces.
    for worker in [1, 3] {
        assert_eq!(search.claim_for(worker).expect("open").count, 3_136);
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
        let search = search_for_one(start, 2_499, budget, 4);
        let end = budget.map_or(2_500, |budget| 2_500.min(start + budget));
        let mut claimed: Vec<Option<Batch>> = vec![None; workers];
        for (turn, microseconds) in turns {
            let number = turn.index(workers);
            let worker = &mut claimed[number];
            match worker.take() {
                None => *worker = search.claim_for(number),
                Some(batch) => {
                    let hit = hits.range(batch.first..batch.first + batch.count).next();
                    search.complete(batch, hit.copied().as_slice(), Duration::from_micros(microseconds));
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

/// The hits of each template and how the search ends if one template is searched after the other, one nonce at a time.
fn literally(
    start: u64,
    lasts: &[u64],
    hits: &[BTreeSet<u64>],
    wanted: usize,
    budget: u64,
) -> (Vec<Vec<u64>>, bool, bool) {
    let mut found = vec![Vec::new(); lasts.len()];
    let mut left = budget;
    for (template, &last) in lasts.iter().enumerate() {
        let mut nonce = start;
        while found[template].len() < wanted {
            if nonce > last {
                return (found, false, false);
            }
            if left == 0 {
                return (found, false, true);
            }
            left -= 1;
            found[template].extend(hits[template].get(&nonce));
            nonce += 1;
        }
    }
    (found, true, false)
}

proptest! {
    /// Workers claim and complete batches of several templates in any order.
    #[test]
    fn the_hits_of_several_templates_are_those_of_a_literal_search_in_any_interleaving(
        start in 0u64..50,
        budget in prop::option::of(0u64..4_000),
        wanted in 1usize..4,
        templates in prop::collection::vec(
            (60u64..1_500, prop::collection::btree_set(0u64..1_500, 0..12), any::<bool>()),
            1..6,
        ),
        workers in 1usize..6,
        turns in prop::collection::vec((any::<prop::sample::Index>(), 1u64..400), 1_500),
    ) {
        let ranges = templates.iter().map(|&(last, _, is_like_previous)| Range {
            is_like_previous,
            ..range(start, last, 4)
        });
        let search = Search::new(ranges, wanted, budget);
        let hits: Vec<_> = templates.iter().map(|(_, hits, _)| hits.clone()).collect();
        let lasts: Vec<_> = templates.iter().map(|&(last, ..)| last).collect();
        let mut claimed: Vec<Option<Batch>> = vec![None; workers];
        for (turn, microseconds) in turns {
            let number = turn.index(workers);
            let worker = &mut claimed[number];
            match worker.take() {
                None => *worker = search.claim_for(number),
                Some(batch) => {
                    let end = batch.first + batch.count;
                    let in_batch = hits[batch.part].range(batch.first..end).take(batch.wanted);
                    let in_batch: Vec<u64> = in_batch.copied().collect();
                    search.complete(batch, &in_batch, Duration::from_micros(microseconds));
                }
            }
        }
        prop_assume!(search.is_closed() && claimed.iter().all(Option::is_none));
        let (found, is_complete, truncated) =
            literally(start, &lasts, &hits, wanted, budget.unwrap_or(u64::MAX));
        let expected = match is_complete {
            true => Verdict::Hit(found[0][0]),
            false => Verdict::RangeDone { truncated },
        };
        prop_assert_eq!(search.verdict(), expected);
        prop_assert_eq!(search.hits(), found);
    }
}

/// Returns a search for the first hit of each of three templates with the nonces 0 to 99, in batches of 4.
fn search_for_three() -> Search {
    Search::new([range(0, 99, 4); 3], 1, None)
}

#[test]
fn each_worker_gets_a_template_of_its_own_while_there_are_enough() {
    let search = search_for_three();
    let claimed = [(); 5].map(|()| claim(&search));
    assert_eq!(claimed.map(|batch| batch.part), [0, 1, 2, 0, 1]);
    assert_eq!(claimed.map(|batch| batch.first), [0, 0, 0, 4, 4]);
}

#[test]
fn a_worker_stays_with_its_template_until_the_hits_are_found() {
    let search = search_for_three();
    let other = claim(&search);
    for first in [0, 4, 16] {
        let batch = claim(&search);
        assert_eq!((batch.part, batch.first), (1, first));
        search.complete(batch, &[], MOMENT);
    }
    let last = claim(&search);
    search.complete(last, &[last.first], MOMENT);
    assert_eq!(claim(&search).part, 2);
    search.complete(other, &[2], MOMENT);
}

#[test]
fn a_template_with_too_few_hits_ends_the_search_of_those_after_it() {
    let search = Search::new([range(0, 99, 100), range(0, 99, 4)], 2, None);
    let (first, second) = (claim(&search), claim(&search));
    search.complete(second, &[1, 2], MOMENT);
    search.complete(first, &[50], MOMENT);
    assert!(search.is_closed());
    assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
    assert_eq!(search.hits(), [vec![50], vec![]]);
}

#[test]
fn a_stopped_search_has_the_hits_that_are_known() {
    let search = search_for_three();
    let (first, second) = (claim(&search), claim(&search));
    search.stop(Stop::Cancelled);
    search.complete(second, &[3], MOMENT);
    search.complete(first, &[], MOMENT);
    assert_eq!(search.verdict(), Verdict::Stopped(Stop::Cancelled));
    assert_eq!(search.hits(), [vec![], vec![3], vec![]]);
}

#[test]
fn a_lost_batch_leaves_no_hits() {
    let search = search_for_three();
    let (_lost, second) = (claim(&search), claim(&search));
    search.complete(second, &[3], MOMENT);
    search.panicked("overflow".to_owned());
    assert_eq!(search.hits(), [const { Vec::<u64>::new() }; 3]);
}
