//! Workers that claim and complete batches, and a thread that stops them.

use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use super::explore;
use crate::search::{BATCH_DURATION, Range, Search, Stop, Verdict};

/// Returns a search for the first hit of one template, in batches of one nonce.
fn search_for_one(max: u64, max_hashes: Option<u64>) -> Search {
    Search::new([range(max)], 1, max_hashes)
}

fn range(max: u64) -> Range {
    Range {
        start: 0,
        max,
        lanes: 1,
        is_like_previous: true,
    }
}

/// Works until nothing is left to claim. Returns the nonces that it hashed.
fn work(search: &Search, hits: &[u64]) -> Vec<u64> {
    let mut hashed = Vec::new();
    while let Some(batch) = search.claim() {
        assert_eq!(batch.count, 1);
        let hit = Some(batch.first).filter(|nonce| hits.contains(nonce));
        // This is the intended time of a batch, so batches stay one nonce long.
        search.complete(batch, hit.as_slice(), BATCH_DURATION);
        hashed.push(batch.first);
    }
    hashed
}

fn worker(search: &Arc<Search>, hits: &'static [u64]) -> JoinHandle<Vec<u64>> {
    let search = Arc::clone(search);
    thread::spawn(move || work(&search, hits))
}

/// Runs three workers, one of them on this thread. Returns the nonces that were hashed, in order.
fn three_workers(search: &Arc<Search>, hits: &'static [u64]) -> Vec<u64> {
    let others = [worker(search, hits), worker(search, hits)];
    let mut hashed = work(search, hits);
    for other in others {
        hashed.extend(other.join().expect("a worker does not panic"));
    }
    hashed.sort_unstable();
    hashed
}

#[test]
fn the_verdict_is_the_lowest_hit_of_the_range() {
    for hits in [&[0, 1, 2], &[1, 2, 9], &[2, 8, 9]] as [&'static [u64; 3]; 3] {
        explore("three workers and hits", None, move || {
            let search = Arc::new(search_for_one(2, None));
            let hashed = three_workers(&search, hits);
            assert_eq!(search.verdict(), Verdict::Hit(hits[0]));
            assert_eq!(search.hashes(), hashed.len() as u64);
        });
    }
}

#[test]
fn a_range_without_a_hit_is_hashed_completely_and_once() {
    explore("three workers and no hit", None, || {
        let search = Arc::new(search_for_one(u64::MAX, Some(3)));
        assert_eq!(three_workers(&search, &[]), [0, 1, 2]);
        assert_eq!(search.verdict(), Verdict::RangeDone { truncated: true });
        assert_eq!(search.hashes(), 3);
    });
}

#[test]
fn a_stop_that_races_with_the_workers_loses_no_hit_that_was_hashed() {
    explore("two workers and a stop", None, || {
        let search = Arc::new(search_for_one(2, None));
        let stopped = Arc::clone(&search);
        let stopper = thread::spawn(move || stopped.stop(Stop::Cancelled));
        let other = worker(&search, &[1, 2]);
        let mut hashed = work(&search, &[1, 2]);
        hashed.extend(other.join().expect("a worker does not panic"));
        stopper.join().expect("a stop does not panic");
        assert_eq!(search.hashes(), hashed.len() as u64);
        let lowest = hashed.into_iter().filter(|&nonce| nonce > 0).min();
        match lowest {
            Some(nonce) => {
                assert_eq!(nonce, 1);
                assert_eq!(search.verdict(), Verdict::Hit(nonce));
            }
            None => assert_eq!(search.verdict(), Verdict::Stopped(Stop::Cancelled)),
        }
    });
}

#[test]
fn a_lost_batch_always_takes_precedence_over_a_later_hit() {
    explore("a worker and a loser", None, || {
        let search = Arc::new(search_for_one(2, None));
        let losing = Arc::clone(&search);
        let loser = thread::spawn(move || {
            let lost = losing.claim();
            if lost.is_some() {
                losing.panicked("lost".to_owned());
            }
            lost.map(|batch| batch.first)
        });
        work(&search, &[1, 2]);
        let lost = loser.join().expect("it does not panic itself");
        match lost {
            Some(_) => assert_eq!(search.verdict(), Verdict::Panicked("lost".to_owned())),
            None => assert_eq!(search.verdict(), Verdict::Hit(1)),
        }
    });
}

#[test]
fn the_hits_of_two_templates_are_those_of_a_search_of_one_after_the_other() {
    type Case = (&'static [u64], Option<u64>, [Vec<u64>; 2]);
    let cases: [Case; 3] = [
        (&[1, 2], None, [vec![1, 2], vec![1, 2]]),
        (&[0, 2], Some(4), [vec![0, 2], vec![0]]),
        (&[2], None, [vec![2], vec![]]),
    ];
    for (hits, budget, found) in cases {
        explore("two templates and two workers", None, move || {
            let search = Arc::new(Search::new([range(2), range(2)], 2, budget));
            let other = worker(&search, hits);
            let mut hashed = work(&search, hits);
            hashed.extend(other.join().expect("a worker does not panic"));
            assert_eq!(search.hits(), found);
            assert_eq!(search.hashes(), hashed.len() as u64);
        });
    }
}
