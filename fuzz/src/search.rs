use std::sync::LazyLock;
use std::time::Duration;

use qanto_pow::{
    MAX_THREADS, Outcome, Pool, PoolConfig, Priority, SearchOptions, SubmitError, Template,
};

use crate::input::Input;

/// Jobs with any options in a running pool: refused by the documented rules, or settled with the first hit.
pub fn search(bytes: &[u8]) {
    static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::new(PoolConfig::default()));
    let mut input = Input::new(bytes);
    let template = input.sound_template();
    let threads = match input.byte() {
        byte @ 0..16 => Some(usize::from(byte) % 5),
        // Never so many that the pool would really grow to them.
        16 => Some(MAX_THREADS + usize::from(input.byte())),
        _ => None,
    };
    let options = SearchOptions {
        start_nonce: input.number(),
        max_hashes: Some(input.number() % 2_000),
        timeout: (input.byte() < 16).then(|| Duration::from_nanos(input.number())),
        threads,
        priority: input.one_of(&[Priority::Normal, Priority::Background]),
        kernel: None,
        progress_interval: (input.byte() < 64).then(|| Duration::from_micros(input.number())),
    };
    let result = POOL.solve(template.clone(), options.clone());
    let threads_are_none = threads.is_some_and(|threads| threads == 0 || threads > MAX_THREADS);
    match result {
        Err(SubmitError::StartNonce { .. }) => assert!(options.start_nonce > template.max_nonce()),
        Err(SubmitError::Threads { .. }) => assert!(threads_are_none),
        Err(other) => panic!("{other}"),
        Ok((outcome, effort)) => {
            assert!(options.start_nonce <= template.max_nonce() && !threads_are_none);
            assert!(effort.hashes <= options.max_hashes.unwrap_or(u64::MAX));
            check(&template, &options, &outcome);
        }
    }
}

fn check(template: &Template, options: &SearchOptions, outcome: &Outcome) {
    let start = options.start_nonce;
    let budget = options.max_hashes.unwrap_or(u64::MAX);
    let end = start
        .saturating_add(budget.saturating_sub(1))
        .min(template.max_nonce());
    let first = (budget > 0)
        .then(|| (start..=end).find(|&nonce| template.is_hit(nonce)))
        .flatten();
    match outcome {
        Outcome::Found { nonce, digest, .. } => {
            assert_eq!(Some(*nonce), first);
            assert_eq!(template.digest(*nonce), Ok(*digest));
        }
        Outcome::BudgetSpent | Outcome::Exhausted => assert_eq!(first, None),
        Outcome::TimedOut => assert!(options.timeout.is_some()),
        other => panic!("{other:?}"),
    }
}
