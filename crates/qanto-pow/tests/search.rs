//! Tests of the outcomes of jobs, through the public interface.

mod common;

use std::num::NonZeroUsize;

use common::{at_most, genesis_header, header_template, kernels};
use proptest::prelude::*;
use qanto_pow::{
    Algorithm, NonceEncoding, NonceField, Outcome, Pool, PoolConfig, SearchOptions, SubmitError,
    Template, TemplateError, U256,
};

fn pool(default_threads: usize) -> Pool {
    Pool::new(PoolConfig {
        default_threads: NonZeroUsize::new(default_threads).expect("not 0"),
        ..PoolConfig::default()
    })
}

fn template(algorithm: Algorithm, encoding: NonceEncoding, target: U256) -> Template {
    let nonce = NonceField {
        offset: 3,
        encoding,
    };
    let rule = at_most(algorithm, target);
    Template::new(algorithm, vec![0x5a; 40], nonce, rule).expect("valid")
}

fn impossible(encoding: NonceEncoding) -> Template {
    template(Algorithm::Blake3, encoding, U256::ONE)
}

#[test]
fn bitcoins_genesis_block_is_mined_again() {
    let (template, nonce) = header_template(&genesis_header());
    for kernel in kernels() {
        let options = SearchOptions {
            start_nonce: 2_083_000_000,
            kernel: Some(kernel),
            ..SearchOptions::default()
        };
        let (outcome, effort) = pool(2).solve(template.clone(), options).expect("accepted");
        let digest = template.digest(nonce).expect("a 32-bit nonce");
        assert_eq!(nonce, 2_083_236_893);
        assert_eq!(
            outcome,
            Outcome::Found {
                nonce,
                variant: 0,
                digest
            }
        );
        assert!(effort.hashes > nonce - 2_083_000_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_first_hit_is_the_same_with_any_number_of_threads(
        algorithm in prop::sample::select(Algorithm::ALL.to_vec()),
        start_nonce in prop_oneof![any::<u64>().prop_map(|nonce| nonce >> 1), Just((1 << 32) - 500)],
        // From nearly every nonce to about one nonce in 1000 is a hit.
        easiness in 0usize..10,
    ) {
        let template = template(algorithm, NonceEncoding::U64Be, U256::MAX >> easiness);
        let first = (start_nonce..).find(|&nonce| template.is_hit(nonce)).expect("hits abound");
        let pool = pool(2);
        for threads in [1, 2, 3, 8] {
            for kernel in kernels() {
                let options = SearchOptions {
                    start_nonce,
                    threads: Some(threads),
                    kernel: Some(kernel),
                    ..SearchOptions::default()
                };
                let (outcome, _) = pool.solve(template.clone(), options).expect("accepted");
                let digest = template.digest(first).expect("64 bits");
                prop_assert_eq!(outcome, Outcome::Found { nonce: first, variant: 0, digest });
            }
        }
    }
}

#[test]
fn the_hash_budget_is_spent_exactly() {
    let pool = pool(3);
    for budget in [0, 1, 15, 16, 17, 12_345] {
        let options = SearchOptions {
            max_hashes: Some(budget),
            ..SearchOptions::default()
        };
        let (outcome, effort) = pool
            .solve(impossible(NonceEncoding::U64Le), options)
            .expect("accepted");
        assert_eq!((outcome, effort.hashes), (Outcome::BudgetSpent, budget));
    }
}

#[test]
fn a_hit_at_the_last_nonce_of_the_budget_is_found_and_one_after_it_is_not() {
    let template = template(
        Algorithm::Sha256d,
        NonceEncoding::U64Le,
        U256::MAX >> 12usize,
    );
    let first = (0..)
        .find(|&nonce| template.is_hit(nonce))
        .expect("hits abound");
    assert!(first > 0);
    let pool = pool(3);
    let solve = |budget| {
        let options = SearchOptions {
            max_hashes: Some(budget),
            ..SearchOptions::default()
        };
        pool.solve(template.clone(), options).expect("accepted").0
    };
    assert!(matches!(solve(first + 1), Outcome::Found { nonce, .. } if nonce == first));
    assert_eq!(solve(first), Outcome::BudgetSpent);
}

#[test]
fn the_search_ends_with_the_nonce_space() {
    let pool = pool(3);
    for encoding in NonceEncoding::BINARY {
        let left = 5_000;
        let options = SearchOptions {
            start_nonce: encoding.max_nonce() - (left - 1),
            ..SearchOptions::default()
        };
        let (outcome, effort) = pool.solve(impossible(encoding), options).expect("accepted");
        assert_eq!(
            (outcome, effort.hashes),
            (Outcome::Exhausted, left),
            "{encoding}"
        );
    }
}

#[test]
fn the_last_nonce_of_the_nonce_space_can_be_the_answer() {
    let pool = pool(2);
    for encoding in NonceEncoding::BINARY {
        let nonce = encoding.max_nonce();
        let easy = template(Algorithm::Sha256, encoding, U256::MAX);
        let digest = easy.digest(nonce).expect("within the space");
        let value = U256::from_le_slice(&digest);
        let exact = template(Algorithm::Sha256, encoding, value);
        let misses = (nonce - 100..nonce)
            .rev()
            .take_while(|&before| !exact.is_hit(before));
        let options = SearchOptions {
            start_nonce: misses.last().unwrap_or(nonce),
            ..SearchOptions::default()
        };
        let (outcome, _) = pool.solve(exact, options).expect("accepted");
        assert_eq!(
            outcome,
            Outcome::Found {
                nonce,
                variant: 0,
                digest
            },
            "{encoding}"
        );
    }
}

#[test]
fn a_start_nonce_outside_the_nonce_space_is_refused() {
    let options = SearchOptions {
        start_nonce: 1 << 32,
        ..SearchOptions::default()
    };
    let error = pool(1)
        .solve(impossible(NonceEncoding::U32Le), options)
        .expect_err("refused");
    assert!(matches!(
        error,
        SubmitError::StartNonce {
            start_nonce: 0x1_0000_0000,
            max: 0xffff_ffff
        }
    ));
    assert_eq!(
        error.to_string(),
        "startNonce must be at most 4294967295; got 4294967296"
    );
}

#[test]
fn a_nonce_outside_the_nonce_space_is_not_a_hit_and_has_no_digest() {
    let easy = template(Algorithm::Sha256, NonceEncoding::U32Be, U256::MAX);
    assert!(easy.is_hit(u64::from(u32::MAX)));
    assert!(!easy.is_hit(1 << 32));
    let error = easy.digest(1 << 32).expect_err("refused");
    assert!(matches!(
        error,
        TemplateError::NonceTooLarge {
            nonce: 0x1_0000_0000,
            ..
        }
    ));
}
