//! Every kernel finds exactly the hits that the reference implementation finds.

mod common;

use common::{all_hits, kernels};
use proptest::prelude::*;
use qanto_pow::kernel::{Platform, prepare};
use qanto_pow::{
    Algorithm, Kernel, KernelUnavailable, NonceEncoding, NonceField, Target, Template, U256,
};

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(Algorithm::ALL.to_vec())
}

fn encoding() -> impl Strategy<Value = NonceEncoding> {
    prop::sample::select(NonceEncoding::ALL.to_vec())
}

/// Lengths around the limits of blocks, padding and chunks are as likely as all others together.
fn preimage() -> impl Strategy<Value = Vec<u8>> {
    let border = (1usize..=40, -9isize..=9)
        .prop_map(|(blocks, around)| (64 * blocks).saturating_add_signed(around));
    let length = prop_oneof![4 => 8usize..=200, 4 => border, 1 => 1000usize..=5000, 2 => Just(80)];
    length.prop_flat_map(|length| prop::collection::vec(any::<u8>(), length.max(8)))
}

/// Every second nonce is near the end. There it mostly lies in the last block, which the vector kernels support.
fn offset(last: usize) -> impl Strategy<Value = usize> {
    prop_oneof![0..=last, last.saturating_sub(50)..=last]
}

prop_compose! {
    fn field()(preimage in preimage(), encoding in encoding())
        (offset in offset(preimage.len() - encoding.width()), preimage in Just(preimage), encoding in Just(encoding))
        -> (Vec<u8>, NonceField)
    {
        (preimage, NonceField { offset, encoding })
    }
}

/// The first nonce is anywhere, the last possible one, or just before some of its bytes overflow into the next.
fn first_nonce(encoding: NonceEncoding, count: u64) -> impl Strategy<Value = u64> {
    let last = encoding.max_nonce() - (count - 1);
    prop_oneof![
        0..=last,
        Just(last),
        (0..=last, 1u32..=4, 0u64..200).prop_map(move |(any, bytes, back)| {
            let overflow = any >> (8 * bytes) << (8 * bytes) | (1 << (8 * bytes));
            last.min(overflow - back)
        }),
    ]
}

prop_compose! {
    /// A template, and a range of its nonces.
    fn search()(algorithm in algorithm(), (preimage, nonce) in field(), count in 1u64..150)
        (first in first_nonce(nonce.encoding, count), algorithm in Just(algorithm), preimage in Just(preimage), nonce in Just(nonce), count in Just(count))
        -> (Template, u64, u64)
    {
        let template = Template::new(algorithm, preimage, nonce, Target::MAX).expect("valid");
        (template, first, count)
    }
}

fn with_target(template: &Template, target: Target) -> Template {
    Template::new(
        template.algorithm(),
        template.preimage(),
        template.nonce(),
        target,
    )
    .expect("valid")
}

fn reference_hits(template: &Template, first: u64, count: u64) -> Vec<u64> {
    (0..count)
        .map(|i| first + i)
        .filter(|&nonce| template.is_hit(nonce))
        .collect()
}

fn digest_value(template: &Template, nonce: u64) -> U256 {
    U256::from_le_bytes(template.digest(nonce).expect("within the nonce space"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_kernel_finds_the_hits_that_the_reference_finds(
        (template, first, count) in search(),
        easiness in 0usize..10,
    ) {
        let template = with_target(&template, Target::new(U256::MAX >> easiness).expect("not 0"));
        let expected = reference_hits(&template, first, count);
        for kernel in kernels() {
            prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
        }
    }

    #[test]
    fn a_digest_meets_an_equal_target_and_not_the_next_lower_one(
        (template, first, count) in search(),
        chosen in any::<prop::sample::Index>(),
    ) {
        let nonce = first + chosen.index(count as usize) as u64;
        let value = digest_value(&template, nonce);
        let exact = with_target(&template, Target::new(value).expect("not 0"));
        let below = with_target(&template, Target::new(value - U256::ONE).expect("not 0"));
        for kernel in kernels() {
            prop_assert!(all_hits(&exact, kernel, first, count).contains(&nonce), "{kernel}");
            prop_assert!(!all_hits(&below, kernel, first, count).contains(&nonce), "{kernel}");
        }
    }

    #[test]
    fn the_lower_words_decide_if_the_top_words_are_equal(
        (template, first, count) in search(),
        chosen in any::<prop::sample::Index>(),
        low: [u8; 28],
    ) {
        let nonce = first + chosen.index(count as usize) as u64;
        let mut bound = digest_value(&template, nonce).to_le_bytes::<32>();
        bound[..28].copy_from_slice(&low);
        let Ok(target) = Target::from_le_bytes(bound) else { return Ok(()) };
        let template = with_target(&template, target);
        let expected = reference_hits(&template, first, count);
        for kernel in kernels() {
            prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
        }
    }
}

/// Returns the kernels that this machine has for the algorithm.
fn kernels_for(algorithm: Algorithm) -> impl Iterator<Item = Kernel> {
    kernels().filter(move |&kernel| algorithm != Algorithm::Blake3 || kernel != Kernel::ShaNi)
}

fn scanned_by(
    algorithm: Algorithm,
    length: usize,
    offset: usize,
    encoding: NonceEncoding,
    choice: Option<Kernel>,
) -> Kernel {
    let nonce = NonceField { offset, encoding };
    let template = Template::new(algorithm, vec![7; length], nonce, Target::MAX).expect("valid");
    prepare(&template, choice).expect("supported").kernel()
}

#[test]
fn a_nonce_in_the_last_block_is_scanned_by_the_kernel_that_was_asked_for() {
    for algorithm in Algorithm::ALL {
        for kernel in kernels_for(algorithm) {
            for encoding in NonceEncoding::ALL {
                for (length, offset) in [(80, 72), (80, 64), (40, 32), (37, 3), (512 + 55, 540)] {
                    assert_eq!(
                        scanned_by(algorithm, length, offset, encoding, Some(kernel)),
                        kernel,
                        "{algorithm} {length} {offset} {encoding}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_nonce_before_the_last_block_is_scanned_by_the_portable_kernel() {
    for algorithm in Algorithm::ALL {
        for kernel in kernels() {
            for (length, offset) in [(80, 60), (80, 0), (5_000, 4_990), (128 + 60, 64)] {
                if algorithm != Algorithm::Blake3 && length == 5_000 {
                    continue;
                }
                assert_eq!(
                    scanned_by(
                        algorithm,
                        length,
                        offset,
                        NonceEncoding::U64Le,
                        Some(kernel)
                    ),
                    Kernel::Portable,
                    "{algorithm} {length} {offset}"
                );
            }
        }
    }
}

#[test]
fn the_fastest_kernel_that_supports_the_shape_is_selected_without_a_choice() {
    for algorithm in Algorithm::ALL {
        assert_eq!(
            Some(scanned_by(algorithm, 80, 76, NonceEncoding::U32Le, None)),
            kernels_for(algorithm).next(),
            "{algorithm}"
        );
        let early = scanned_by(algorithm, 80, 0, NonceEncoding::U32Le, None);
        assert_eq!(early, Kernel::Portable);
    }
}

#[test]
fn a_kernel_that_the_machine_cannot_run_is_refused() {
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    let template =
        Template::new(Algorithm::Sha256d, vec![0; 8], nonce, Target::MAX).expect("valid");
    let platform = Platform::detect();
    for kernel in Kernel::ALL {
        match prepare(&template, Some(kernel)) {
            Ok(_) => assert!(platform.supports(kernel)),
            Err(error) => {
                assert_eq!(error, KernelUnavailable::Unsupported(kernel));
                assert!(!platform.supports(kernel));
            }
        }
    }
}

#[test]
fn an_empty_range_holds_no_hit() {
    for algorithm in Algorithm::ALL {
        let nonce = NonceField {
            offset: 0,
            encoding: NonceEncoding::U64Le,
        };
        let template = Template::new(algorithm, vec![0; 8], nonce, Target::MAX).expect("valid");
        for kernel in kernels() {
            let scan = prepare(&template, Some(kernel)).expect("supported");
            assert_eq!(scan.scan(u64::MAX, 0), None, "{algorithm} {kernel}");
        }
    }
}

#[test]
fn the_longest_preimage_is_scanned_wherever_the_nonce_is() {
    for algorithm in Algorithm::ALL {
        for offset in [0, 1021, 30_000, 65_528] {
            let nonce = NonceField {
                offset,
                encoding: NonceEncoding::U64Be,
            };
            let template =
                Template::new(algorithm, vec![7; 65_536], nonce, Target::MAX).expect("valid");
            let least = (0..20)
                .map(|nonce| digest_value(&template, nonce))
                .min()
                .expect("20 digests");
            let template = with_target(&template, Target::new(least).expect("not 0"));
            let expected = reference_hits(&template, 0, 20);
            for kernel in kernels() {
                assert_eq!(
                    all_hits(&template, kernel, 0, 20),
                    expected,
                    "{algorithm} {offset} {kernel}"
                );
            }
        }
    }
}
