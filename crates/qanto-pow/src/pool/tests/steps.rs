//! Scans that are done in steps.

use super::*;
use crate::kernel::{Step, Steps};

/// A scanner with hashes that never end.
struct Endless;

impl Scan for Endless {
    fn scan(&self, _first: u64, _count: u64) -> Option<Hit> {
        panic!("it is done in steps");
    }

    fn in_steps(&self, _first: u64, _count: u64, _wanted: usize) -> Option<Box<dyn Steps>> {
        Some(Box::new(Self))
    }

    fn lanes(&self) -> u64 {
        1
    }

    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }
}

impl Steps for Endless {
    fn step(&mut self) -> Step {
        Step::Paused
    }
}

fn submit_endless(pool: &Pool, options: SearchOptions) -> Submitted {
    submit_scan(pool, Arc::new(Endless), options)
}

#[test]
fn a_job_leaves_its_thread_to_others_within_a_hash() {
    let pool = pool(1);
    let endless = submit_endless(&pool, SearchOptions::default());
    for _ in 0..3 {
        assert!(matches!(
            submit(&pool, easy(), SearchOptions::default()).wait(),
            Outcome::Found { .. }
        ));
    }
    assert!(!endless.is_settled());
    endless.handle.cancel();
    assert_eq!(endless.wait(), Outcome::Cancelled);
}

#[test]
fn a_job_is_cancelled_within_a_hash() {
    let pool = pool(3);
    let endless = submit_endless(&pool, SearchOptions::default());
    endless.handle.cancel();
    let (outcome, effort) = endless.wait_with_effort();
    assert_eq!((outcome, effort.hashes), (Outcome::Cancelled, 0));
}

#[test]
fn the_timeout_ends_a_job_within_a_hash() {
    let options = SearchOptions {
        timeout: Some(Duration::from_millis(5)),
        ..SearchOptions::default()
    };
    let pool = pool(2);
    let endless = submit_endless(&pool, options);
    assert_eq!(endless.wait(), Outcome::TimedOut);
}

#[test]
fn a_search_with_many_threads_finds_the_first_hit_of_a_template_that_repeats_bytes() {
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U32Be,
    };
    let hi = crate::U512::from(u32::MAX >> 9);
    let rule = crate::HitRule::new(4, crate::ByteOrder::BigEndian, crate::U512::ZERO, hi);
    let template = Template::new(Algorithm::Sha256, vec![0; 4], nonce, rule.expect("valid"))
        .and_then(|template| template.with_repeated([7; 48], 500))
        .expect("valid");
    let first = (0..).find(|&nonce| template.is_hit(nonce));
    for threads in [1, 4] {
        let (outcome, _) = solve(&pool(threads), template.clone(), SearchOptions::default());
        let Outcome::Found { nonce, digest, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(Some(nonce), first);
        assert_eq!(template.digest(nonce), Ok(digest));
    }
}
