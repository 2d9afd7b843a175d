use std::sync::LazyLock;
use std::time::Duration;

use qanto_pow::kernel::Hit;
use qanto_pow::{
    MAX_THREADS, Outcome, Pool, PoolConfig, Priority, SearchOptions, SubmitError, Template,
};

use crate::input::Input;
use crate::scan::hits_of;

/// Jobs with any options in a running pool are refused by the documented rules, or settle with the first hit.
pub fn search(bytes: &[u8]) {
    static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::new(PoolConfig::default()));
    let mut input = Input::new(bytes);
    let template = input.sound_template();
    let threads = match input.byte() {
        byte @ 0..16 => Some(usize::from(byte) % 5),
        // These are refused, so that the pool never grows to so many threads.
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
    let threads_are_invalid = threads.is_some_and(|threads| threads == 0 || threads > MAX_THREADS);
    match result {
        Err(SubmitError::StartNonce { .. }) => assert!(options.start_nonce > template.max_nonce()),
        Err(SubmitError::Threads { .. }) => assert!(threads_are_invalid),
        Err(other) => panic!("{other}"),
        Ok((outcome, effort)) => {
            assert!(options.start_nonce <= template.max_nonce() && !threads_are_invalid);
            assert!(effort.hashes <= options.max_hashes.unwrap_or(u64::MAX));
            check(&template, &options, &outcome);
        }
    }
}

fn check(template: &Template, options: &SearchOptions, outcome: &Outcome) {
    let variants = u64::from(template.variants());
    let budget = options.max_hashes.unwrap_or(u64::MAX);
    let last = options
        .start_nonce
        .saturating_add(budget / variants)
        .min(template.max_nonce());
    let position =
        |hit: &Hit| (hit.nonce - options.start_nonce) * variants + u64::from(hit.variant);
    let first = (options.start_nonce..=last)
        .flat_map(|nonce| hits_of(template, nonce))
        .next()
        .filter(|hit| position(hit) < budget);
    match outcome {
        Outcome::Found {
            nonce,
            variant,
            digest,
        } => {
            let hit = Hit {
                nonce: *nonce,
                variant: *variant,
            };
            assert_eq!(Some(hit), first);
            let searched = template.variant(*variant).expect("below their number");
            assert_eq!(searched.digest(*nonce), Ok(*digest));
        }
        Outcome::BudgetSpent | Outcome::Exhausted => assert_eq!(first, None),
        Outcome::TimedOut => assert!(options.timeout.is_some()),
        other => panic!("{other:?}"),
    }
}
