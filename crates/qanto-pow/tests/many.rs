//! Jobs for several hits of several templates: their hits are those of a literal search of one template after the other,
//! for any kernel and any number of threads.

mod common;

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::time::Duration;

use common::{at_most, genesis_header, kernels};
use proptest::prelude::*;
use qanto_pow::{
    Algorithm, Found, NonceEncoding, NonceField, Outcome, Pool, PoolConfig, SearchOptions,
    SubmitError, Template, U256,
};

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    Pool::new(PoolConfig {
        default_threads: NonZeroUsize::new(4).expect("not 0"),
        ..PoolConfig::default()
    })
});

/// Returns a rule that one digest in this number meets on average.
fn one_in(odds: u32) -> U256 {
    U256::MAX / U256::from(odds)
}

/// A template with a text nonce after 32 bytes.
fn text(algorithm: Algorithm, salt: u8, encoding: NonceEncoding, odds: u32) -> Template {
    let nonce = NonceField {
        offset: 32,
        encoding,
    };
    Template::new(
        algorithm,
        [salt; 32].as_slice(),
        nonce,
        at_most(algorithm, one_in(odds)),
    )
    .expect("valid")
}

/// A template with a binary nonce before 8 bytes.
fn binary(algorithm: Algorithm, salt: u8, odds: u32) -> Template {
    let nonce = NonceField {
        offset: 20,
        encoding: NonceEncoding::U32Be,
    };
    Template::new(
        algorithm,
        [salt; 32].as_slice(),
        nonce,
        at_most(algorithm, one_in(odds)),
    )
    .expect("valid")
}

fn header(variants: u32, odds: u32) -> Template {
    let nonce = NonceField {
        offset: 76,
        encoding: NonceEncoding::U32Le,
    };
    let rule = at_most(Algorithm::Sha256d, one_in(odds));
    Template::new(Algorithm::Sha256d, genesis_header(), nonce, rule)
        .and_then(|template| template.with_version_rolling(variants))
        .expect("a header")
}

/// Hashes one nonce and variant after the other with the reference implementation. Returns the hits of each template, and
/// the name of the outcome.
fn literally(
    templates: &[Template],
    wanted: usize,
    start_nonce: u64,
    budget: u64,
) -> (Vec<Vec<Found>>, &'static str) {
    let mut found = vec![Vec::new(); templates.len()];
    let mut left = budget;
    for (index, template) in templates.iter().enumerate() {
        let candidates = (start_nonce..=template.max_nonce())
            .flat_map(|nonce| (0..template.variants()).map(move |variant| (nonce, variant)));
        for (nonce, variant) in candidates {
            if found[index].len() == wanted {
                break;
            }
            if left == 0 {
                return (found, "budget-spent");
            }
            left -= 1;
            let of_variant = template.variant(variant).expect("a variant");
            let digest = of_variant.digest(nonce).expect("in the nonce space");
            if template.rule().is_met_by(&digest) {
                found[index].push(Found {
                    nonce,
                    variant,
                    digest,
                });
            }
        }
        if found[index].len() < wanted {
            return (found, "exhausted");
        }
    }
    (found, "found")
}

/// Searches with every kernel of this machine and with 1 to 4 threads, and compares the answers with the literal ones.
fn check(templates: &[Template], wanted: usize, start_nonce: u64, budget: Option<u64>) {
    let (expected, outcome) = literally(templates, wanted, start_nonce, budget.unwrap_or(u64::MAX));
    for kernel in kernels() {
        for threads in [1, 2, 4] {
            let options = SearchOptions {
                start_nonce,
                max_hashes: budget,
                threads: Some(threads),
                kernel: Some(kernel),
                ..SearchOptions::default()
            };
            let solved = POOL.solve_many(templates.to_vec(), wanted, options);
            let (settled, _, found) = solved.expect("accepted");
            assert_eq!(settled.name(), outcome, "{kernel}, {threads} threads");
            assert_eq!(found, expected, "{kernel}, {threads} threads");
        }
    }
}

fn any_template() -> impl Strategy<Value = Template> {
    let algorithm = prop::sample::select(Algorithm::ALL.to_vec());
    let encoding = prop_oneof![
        Just(NonceEncoding::Decimal),
        Just(NonceEncoding::DecimalFixed { width: 3 }),
        Just(NonceEncoding::Hex { width: 4 }),
    ];
    prop_oneof![
        (algorithm.clone(), any::<u8>(), encoding, 1u32..200)
            .prop_map(|(algorithm, salt, encoding, odds)| text(algorithm, salt, encoding, odds)),
        (algorithm, any::<u8>(), 1u32..200)
            .prop_map(|(algorithm, salt, odds)| binary(algorithm, salt, odds)),
        (1u32..=16, 1u32..200).prop_map(|(variants, odds)| header(variants, odds)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_answer_is_that_of_a_literal_search(
        templates in prop::collection::vec(any_template(), 1..6),
        wanted in 1usize..12,
        // Around the borders between one, two and three digits.
        start_nonce in prop_oneof![0u64..12, 90u64..120, 980u64..1_000],
        budget in prop::option::of(1u64..4_000),
    ) {
        check(&templates, wanted, start_nonce, budget);
    }
}

#[test]
fn every_nonce_and_every_variant_can_be_a_hit() {
    for variants in [1, 3, 16] {
        check(&[header(variants, 1), header(variants, 2)], 100, 7, None);
    }
}

#[test]
fn a_nonce_space_with_too_few_hits_is_exhausted() {
    let end = u64::from(u32::MAX);
    for start_nonce in [end - 700, end - 3, end] {
        check(
            &[header(4, 20), header(1, 3), header(16, 1)],
            20,
            start_nonce,
            None,
        );
    }
    let fixed = |salt| {
        text(
            Algorithm::Sha256,
            salt,
            NonceEncoding::DecimalFixed { width: 3 },
            100,
        )
    };
    check(&[fixed(1), fixed(2), fixed(3)], 15, 0, None);
}

#[test]
fn the_budget_is_spent_on_one_template_after_the_other() {
    let templates: Vec<_> = (0..8)
        .map(|salt| text(Algorithm::Sha256, salt, NonceEncoding::Decimal, 100))
        .collect();
    let cost: u64 = {
        let (found, _) = literally(&templates, 3, 0, u64::MAX);
        found.iter().map(|found| found[2].nonce + 1).sum()
    };
    for budget in [1, cost / 2, cost - 1, cost, cost + 1] {
        check(&templates, 3, 0, Some(budget));
    }
}

#[test]
fn fifty_small_templates_have_their_first_hits() {
    let templates: Vec<_> = (0..50)
        .map(|salt| text(Algorithm::Sha256, salt, NonceEncoding::Decimal, 1 << 10))
        .collect();
    check(&templates, 1, 0, None);
}

#[test]
fn a_job_whose_time_is_over_keeps_the_hits_that_are_known() {
    let endless = text(Algorithm::Sha256, 1, NonceEncoding::Decimal, u32::MAX);
    let easy = text(Algorithm::Sha256, 2, NonceEncoding::Decimal, 10);
    let (expected, _) = literally(std::slice::from_ref(&easy), 2, 0, u64::MAX);
    let options = SearchOptions {
        timeout: Some(Duration::from_secs(1)),
        threads: Some(2),
        ..SearchOptions::default()
    };
    let solved = POOL.solve_many(vec![endless, easy], 2, options);
    let (outcome, _, found) = solved.expect("accepted");
    assert_eq!(outcome, Outcome::TimedOut);
    assert_eq!(found[1], expected[0]);
}

#[test]
fn a_job_without_templates_or_hits_is_refused() {
    for (templates, wanted) in [(vec![], 1), (vec![header(1, 1)], 0)] {
        let refused = POOL.solve_many(templates, wanted, SearchOptions::default());
        assert!(matches!(refused, Err(SubmitError::NothingWanted)));
    }
}
