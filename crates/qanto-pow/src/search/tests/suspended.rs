//! Batches that are done in steps.

use super::*;
use crate::kernel::Step;

/// Steps that never end.
struct Endless;

impl Steps for Endless {
    fn step(&mut self) -> Step {
        Step::Paused
    }
}

fn suspend(search: &Search, batch: Batch) {
    search.suspend(Suspended {
        batch,
        steps: Box::new(Endless),
        took: MOMENT,
    });
}

fn firsts(search: &Search) -> Vec<u64> {
    let resumed = std::iter::from_fn(|| search.resume(0));
    resumed.map(|suspended| suspended.batch.first).collect()
}

#[test]
fn the_first_suspended_batch_is_resumed_first_by_any_worker() {
    let search = search_for_one(0, 100, None, 1);
    let batches = [(); 3].map(|()| claim(&search));
    for number in [1, 2, 0] {
        suspend(&search, batches[number]);
    }
    let resumed = search.resume(7).expect("suspended");
    assert_eq!(
        resumed.batch,
        Batch {
            worker: 7,
            ..batches[0]
        }
    );
    assert_eq!(firsts(&search), [batches[1].first, batches[2].first]);
    assert!(search.resume(0).is_none());
}

#[test]
fn a_search_with_a_suspended_batch_is_open() {
    let search = search_for_one(0, 0, None, 1);
    let batch = claim(&search);
    assert!(search.is_closed());
    suspend(&search, batch);
    assert!(!search.is_closed());
    let resumed = search.resume(0).expect("suspended");
    search.complete(resumed.batch, &[], MOMENT);
    assert!(search.is_closed());
    assert_eq!(search.verdict(), Verdict::RangeDone { truncated: false });
}

#[test]
fn a_stop_abandons_suspended_batches_even_at_the_end_of_the_range() {
    let search = search_for_one(0, 0, None, 1);
    suspend(&search, claim(&search));
    search.stop(Stop::Cancelled);
    assert!(search.is_closed());
    assert!(search.resume(0).is_none());
    assert_eq!(search.verdict(), Verdict::Stopped(Stop::Cancelled));
    assert_eq!(search.hashes(), 0);
}

#[test]
fn a_batch_that_is_suspended_after_a_stop_is_abandoned() {
    let search = search_for_one(0, 0, None, 1);
    let batch = claim(&search);
    search.stop(Stop::TimedOut);
    suspend(&search, batch);
    assert!(search.is_closed());
    assert_eq!(search.verdict(), Verdict::Stopped(Stop::TimedOut));
}

#[test]
fn a_hit_behind_an_abandoned_batch_is_no_answer() {
    for is_known_before in [true, false] {
        let search = search_for_one(0, 100, None, 1);
        let [first, second] = [(); 2].map(|()| claim(&search));
        if is_known_before {
            search.complete(second, &[second.first], MOMENT);
        }
        search.stop(Stop::Cancelled);
        suspend(&search, first);
        if !is_known_before {
            search.complete(second, &[second.first], MOMENT);
        }
        assert_eq!(search.verdict(), Verdict::Stopped(Stop::Cancelled));
        assert_eq!(search.hits(), [Vec::<u64>::new()]);
    }
}

#[test]
fn a_hit_before_an_abandoned_batch_is_the_answer() {
    let search = search_for_one(0, 100, None, 1);
    let [first, second, third] = [(); 3].map(|()| claim(&search));
    suspend(&search, third);
    search.complete(first, &[first.first], MOMENT);
    assert!(search.resume(0).is_none());
    suspend(&search, second);
    search.stop(Stop::Cancelled);
    assert!(search.is_closed());
    assert_eq!(search.verdict(), Verdict::Hit(first.first));
}

#[test]
fn a_batch_before_the_hit_goes_on() {
    let search = search_for_one(0, 100, None, 1);
    let [first, second] = [(); 2].map(|()| claim(&search));
    suspend(&search, first);
    search.complete(second, &[second.first], MOMENT);
    assert!(!search.is_closed());
    let resumed = search.resume(0).expect("it may hold an earlier hit");
    search.complete(resumed.batch, &[0], MOMENT);
    assert_eq!(search.verdict(), Verdict::Hit(0));
}

#[test]
fn a_panic_abandons_suspended_batches() {
    let search = search_for_one(0, 100, None, 1);
    suspend(&search, claim(&search));
    search.panicked("lost".to_owned());
    assert!(search.is_closed());
}
