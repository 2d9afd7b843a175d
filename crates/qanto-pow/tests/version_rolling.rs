//! Tests of version rolling: each nonce is tried with every version before the next nonce is tried.

mod common;

use std::num::NonZeroUsize;

use common::{at_most, genesis_header, header_template, kernels};
use proptest::prelude::*;
use qanto_pow::kernel::{Hit, prepare};
use qanto_pow::{
    Algorithm, Effort, Kernel, MAX_VARIANTS, NonceEncoding, NonceField, Outcome, Pool, PoolConfig,
    SearchOptions, Target, Template, TemplateError, U256, VERSION_ROLLING_MASK,
};

fn template(algorithm: Algorithm, preimage: &[u8], offset: usize, target: U256) -> Template {
    let encoding = NonceEncoding::U32Le;
    let rule = at_most(algorithm, target);
    Template::new(algorithm, preimage, NonceField { offset, encoding }, rule).expect("valid")
}

fn header(target: U256) -> Template {
    template(Algorithm::Sha256d, &genesis_header(), 76, target)
}

fn rolling(template: Template, variants: u32) -> Template {
    template.with_version_rolling(variants).expect("a header")
}

/// Returns the hits of a range in search order, at most one for each nonce.
fn reference_hits(template: &Template, first: u64, count: u64) -> Vec<Hit> {
    let variants: Vec<_> = (0..).map_while(|number| template.variant(number)).collect();
    let first_of = |nonce| {
        let mut numbered = (0..).zip(&variants);
        let (variant, _) = numbered.find(|(_, variant)| variant.is_hit(nonce))?;
        Some(Hit { nonce, variant })
    };
    (first..first + count).filter_map(first_of).collect()
}

fn scanned_hits(template: &Template, kernel: Kernel, first: u64, count: u64) -> Vec<Hit> {
    let scan = prepare(template, Some(kernel)).expect("supported");
    let mut hits: Vec<Hit> = Vec::new();
    loop {
        let next = hits.last().map_or(first, |hit| hit.nonce + 1);
        match scan.scan(next, first + count - next) {
            Some(hit) => hits.push(hit),
            None => return hits,
        }
    }
}

fn solve(template: &Template, options: SearchOptions) -> (Outcome, Effort) {
    let pool = Pool::new(PoolConfig {
        default_threads: NonZeroUsize::new(2).expect("not 0"),
        ..PoolConfig::default()
    });
    pool.solve(template.clone(), options).expect("accepted")
}

fn solve_at_most(template: &Template, max_hashes: u64) -> (Outcome, Effort) {
    let options = SearchOptions {
        max_hashes: Some(max_hashes),
        ..SearchOptions::default()
    };
    solve(template, options)
}

/// Returns the position of a hit among all hashes of a search from nonce 0, counted from 1.
fn position(hit: Hit, template: &Template) -> u64 {
    hit.nonce * u64::from(template.variants()) + u64::from(hit.variant) + 1
}

/// Returns a header with version rolling whose first hit is not of variant 0.
fn with_late_variant() -> (Template, Hit) {
    (0u8..)
        .map(|seed| {
            let mut preimage = genesis_header();
            preimage[40] = seed;
            rolling(
                template(Algorithm::Sha256d, &preimage, 76, U256::MAX >> 8usize),
                4,
            )
        })
        .find_map(|template| {
            let hit = *reference_hits(&template, 0, 50).first()?;
            (hit.variant > 0 && hit.nonce > 0).then_some((template, hit))
        })
        .expect("one in a few headers")
}

#[test]
fn variant_v_has_v_in_the_rollable_bits_of_the_version_and_no_other_change() {
    let mut preimage = genesis_header();
    preimage[..4].copy_from_slice(&[0xff; 4]);
    let template = rolling(
        template(Algorithm::Sha256d, &preimage, 76, U256::MAX),
        MAX_VARIANTS,
    );
    for number in 0..MAX_VARIANTS {
        let variant = template.variant(number).expect("below their number");
        let version = u32::from_le_bytes(std::array::from_fn(|i| variant.preimage()[i]));
        assert_eq!(version, !VERSION_ROLLING_MASK | number << 13);
        assert_eq!(variant.preimage()[4..], preimage[4..]);
        assert_eq!(variant.variants(), 1);
    }
    assert_eq!(template.variant(MAX_VARIANTS), None);
}

#[test]
fn the_only_variant_without_version_rolling_is_the_template_itself() {
    let (template, _) = header_template(&genesis_header());
    assert_eq!(template.variants(), 1);
    assert_eq!(template.variant(0), Some(template.clone()));
    assert_eq!(template.variant(1), None);
}

#[test]
fn a_number_of_variants_that_is_zero_or_too_large_is_refused() {
    for variants in [0, MAX_VARIANTS + 1] {
        assert_eq!(
            header(U256::MAX).with_version_rolling(variants),
            Err(TemplateError::Variants { variants })
        );
    }
}

#[test]
fn a_nonce_that_has_8_bytes_or_overlaps_the_version_is_refused() {
    for (offset, encoding) in [(72, NonceEncoding::U64Le), (3, NonceEncoding::U32Be)] {
        let field = NonceField { offset, encoding };
        let template =
            Template::new(Algorithm::Sha256d, vec![0; 80], field, Target::MAX).expect("valid");
        assert_eq!(
            template.with_version_rolling(4),
            Err(TemplateError::NoVersion { field })
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Some preimages have a single block, which contains the version, so that the variants share nothing.
    #[test]
    fn every_kernel_finds_the_first_variant_of_every_nonce(
        algorithm in prop::sample::select(Algorithm::ALL.to_vec()),
        preimage in prop_oneof![
            3 => prop::collection::vec(any::<u8>(), 80),
            2 => prop::collection::vec(any::<u8>(), 8..200),
        ],
        back in 0usize..20,
        variants in 1u32..=MAX_VARIANTS,
        first in prop_oneof![any::<u32>(), 0u32..1_000],
        count in 1u64..100,
        easiness in 1usize..12,
    ) {
        let offset = (preimage.len() - 4).saturating_sub(back).max(4);
        let target = U256::MAX >> easiness;
        let template = rolling(template(algorithm, &preimage, offset, target), variants);
        let first = u64::from(first).min((1 << 32) - count);
        let expected = reference_hits(&template, first, count);
        for kernel in kernels() {
            let hits = scanned_hits(&template, kernel, first, count);
            prop_assert_eq!(&hits, &expected, "{}", kernel);
        }
    }
}

#[test]
fn a_search_finds_the_first_hit_by_nonce_then_variant_and_counts_every_hash_up_to_it() {
    let (template, hit) = with_late_variant();
    let digest = template
        .variant(hit.variant)
        .and_then(|variant| variant.digest(hit.nonce).ok());
    let found = Outcome::Found {
        nonce: hit.nonce,
        variant: hit.variant,
        digest: digest.expect("a variant of the template"),
    };
    let (outcome, effort) = solve_at_most(&template, position(hit, &template));
    assert_eq!(outcome, found);
    assert_eq!(effort.hashes, position(hit, &template));
}

#[test]
fn a_budget_that_ends_between_two_variants_of_a_nonce_excludes_the_later_ones() {
    let (template, hit) = with_late_variant();
    let budget = position(hit, &template) - 1;
    let (outcome, effort) = solve_at_most(&template, budget);
    assert_eq!(outcome, Outcome::BudgetSpent);
    assert_eq!(effort.hashes, budget);
}

#[test]
fn the_whole_nonce_space_counts_once_for_every_variant() {
    let template = rolling(header(U256::ONE), 4);
    let options = SearchOptions {
        start_nonce: u64::from(u32::MAX) - 999,
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&template, options);
    assert_eq!(outcome, Outcome::Exhausted);
    assert_eq!(effort.hashes, 4_000);
}
