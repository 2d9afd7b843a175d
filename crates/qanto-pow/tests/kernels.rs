//! Every kernel finds exactly the hits that the reference implementation finds.

mod common;

use common::{all_hits, kernels};
use proptest::prelude::*;
use qanto_pow::kernel::{Platform, prepare};
use qanto_pow::{
    Algorithm, ByteOrder, HitRule, Kernel, KernelUnavailable, NonceEncoding, NonceField, Target,
    Template, U512,
};

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(Algorithm::ALL.to_vec())
}

fn encoding() -> impl Strategy<Value = NonceEncoding> {
    prop_oneof![
        4 => prop::sample::select(NonceEncoding::BINARY.to_vec()),
        2 => Just(NonceEncoding::Decimal),
        1 => (1u8..=20).prop_map(|width| NonceEncoding::DecimalFixed { width }),
        1 => (1u8..=16).prop_map(|width| NonceEncoding::Hex { width }),
    ]
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
        (offset in offset(last_offset(preimage.len(), encoding)), preimage in Just(preimage), encoding in Just(encoding))
        -> (Vec<u8>, NonceField)
    {
        (preimage, NonceField { offset, encoding })
    }
}

fn last_offset(preimage_len: usize, encoding: NonceEncoding) -> usize {
    match encoding.is_text() {
        true => preimage_len,
        false => preimage_len - encoding.len_of(0),
    }
}

/// The first nonce is anywhere, the last possible one, or just before some of its bytes or digits overflow into the
/// next.
fn first_nonce(encoding: NonceEncoding, count: u64) -> impl Strategy<Value = u64> {
    let last = encoding.max_nonce().saturating_sub(count - 1);
    let radix: u64 = match encoding {
        NonceEncoding::Decimal | NonceEncoding::DecimalFixed { .. } => 10,
        NonceEncoding::Hex { .. } => 16,
        _ => 256,
    };
    prop_oneof![
        0..=last,
        Just(last),
        (0..=last, 1u32..=19, 0u64..200).prop_map(move |(any, digits, back)| {
            let overflow = match radix.checked_pow(digits) {
                Some(step) => (any / step).max(1).saturating_mul(step),
                None => last,
            };
            last.min(overflow.saturating_sub(back))
        }),
    ]
}

prop_compose! {
    /// A template whose rule every digest meets, and a range of its nonces.
    fn search()(algorithm in algorithm(), digest_len in 1usize..=64, (preimage, nonce) in field(), count in 1u64..150)
        (first in first_nonce(nonce.encoding, count), algorithm in Just(algorithm), digest_len in Just(digest_len), preimage in Just(preimage), nonce in Just(nonce), count in Just(count))
        -> (Template, u64, u64)
    {
        let digest_len = match algorithm {
            Algorithm::Blake2b => digest_len,
            _ => algorithm.default_digest_len(),
        };
        let all = rule(digest_len, ByteOrder::LittleEndian, U512::ZERO, max(digest_len));
        let template = Template::with_digest_len(algorithm, digest_len, preimage, nonce, all);
        let count = count.min(nonce.encoding.max_nonce().saturating_add(1));
        (template.expect("valid"), first, count)
    }
}

fn order() -> impl Strategy<Value = ByteOrder> {
    prop_oneof![Just(ByteOrder::LittleEndian), Just(ByteOrder::BigEndian)]
}

fn rule(width: usize, order: ByteOrder, lo: U512, hi: U512) -> HitRule {
    HitRule::new(width, order, lo, hi).expect("valid")
}

/// Returns the largest integer of this number of bytes.
fn max(width: usize) -> U512 {
    U512::MAX >> (512 - 8 * width)
}

fn with_rule(template: &Template, rule: HitRule) -> Template {
    let digest_len = template.digest_len();
    let (algorithm, nonce) = (template.algorithm(), template.nonce());
    Template::with_digest_len(algorithm, digest_len, template.preimage(), nonce, rule)
        .expect("valid")
}

fn reference_hits(template: &Template, first: u64, count: u64) -> Vec<u64> {
    (0..count)
        .map(|i| first + i)
        .filter(|&nonce| template.is_hit(nonce))
        .collect()
}

/// Returns the first bytes of a digest as an integer.
fn digest_value(template: &Template, nonce: u64, width: usize, order: ByteOrder) -> U512 {
    let digest = template.digest(nonce).expect("within the nonce space");
    let mut bytes = [0; 64];
    bytes[..width].copy_from_slice(&digest[..width]);
    if order == ByteOrder::BigEndian {
        bytes[..width].reverse();
    }
    U512::from_le_bytes(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_kernel_finds_the_hits_that_the_reference_finds(
        (template, first, count) in search(),
        width in any::<prop::sample::Index>(),
        order in order(),
        easiness in 0usize..10,
        lowest: [[u8; 32]; 2],
    ) {
        let width = 1 + width.index(template.digest_len());
        // One in 2^easiness integers lies in the interval, which is anywhere, but often at one of the ends.
        let max = max(width);
        let span = max >> easiness;
        let highest_lo = max - span;
        let any = U512::from_le_slice(&lowest.concat());
        let lo = match lowest[0][0] % 4 {
            0 => U512::ZERO,
            1 => highest_lo,
            _ if highest_lo.is_zero() => U512::ZERO,
            _ => any % highest_lo,
        };
        let template = with_rule(&template, rule(width, order, lo, lo + span));
        let expected = reference_hits(&template, first, count);
        for kernel in kernels() {
            prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
        }
    }

    #[test]
    fn every_kernel_finds_the_hits_of_a_header_that_the_reference_finds(
        algorithm in prop::sample::select(vec![Algorithm::Sha256, Algorithm::Sha256d, Algorithm::Blake3]),
        header in prop::collection::vec(any::<u8>(), 80),
        encoding in prop::sample::select(vec![NonceEncoding::U32Le, NonceEncoding::U32Be]),
        first in prop_oneof![any::<u32>(), Just(u32::MAX)],
        count in 1u64..100,
        // These rules test the last word of the digest.
        width in 29usize..=32,
        easiness in 0usize..10,
        lo in any::<[u8; 32]>(),
        from_zero: bool,
    ) {
        let span = max(width) >> easiness;
        let lo = match from_zero {
            true => U512::ZERO,
            false => (U512::from_le_slice(&lo) & max(width)).min(max(width) - span),
        };
        let nonce = NonceField { offset: 76, encoding };
        let rule = rule(width, ByteOrder::LittleEndian, lo, lo + span);
        let template = Template::new(algorithm, header, nonce, rule).expect("valid");
        let first = u64::from(first).min(nonce.encoding.max_nonce() - (count - 1));
        let expected = reference_hits(&template, first, count);
        for kernel in kernels() {
            prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
        }
    }

    #[test]
    fn a_digest_meets_the_rule_of_its_own_value_and_not_those_beside_it(
        (template, first, count) in search(),
        chosen in any::<prop::sample::Index>(),
        width in any::<prop::sample::Index>(),
        order in order(),
    ) {
        let width = 1 + width.index(template.digest_len());
        let nonce = first + chosen.index(count as usize) as u64;
        let value = digest_value(&template, nonce, width, order);
        let exact = with_rule(&template, rule(width, order, value, value));
        for kernel in kernels() {
            prop_assert!(all_hits(&exact, kernel, first, count).contains(&nonce), "{kernel}");
        }
        if value > U512::ZERO {
            let below = with_rule(&template, rule(width, order, U512::ZERO, value - U512::ONE));
            for kernel in kernels() {
                prop_assert!(!all_hits(&below, kernel, first, count).contains(&nonce), "{kernel}");
            }
        }
        if value < max(width) {
            let above = with_rule(&template, rule(width, order, value + U512::ONE, max(width)));
            for kernel in kernels() {
                prop_assert!(!all_hits(&above, kernel, first, count).contains(&nonce), "{kernel}");
            }
        }
    }

    #[test]
    fn the_less_significant_bytes_decide_if_the_top_word_is_equal(
        (template, first, count) in search(),
        chosen in any::<prop::sample::Index>(),
        order in order(),
        low: [[u8; 32]; 2],
    ) {
        let width = template.digest_len();
        prop_assume!(width > 4);
        let nonce = first + chosen.index(count as usize) as u64;
        let mut bytes = U512::from_le_slice(&low.concat()) >> (512 - 8 * (width - 4));
        bytes |= digest_value(&template, nonce, width, order) >> (8 * (width - 4)) << (8 * (width - 4));
        for (lo, hi) in [(U512::ZERO, bytes), (bytes, max(width))] {
            let template = with_rule(&template, rule(width, order, lo, hi));
            let expected = reference_hits(&template, first, count);
            for kernel in kernels() {
                prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
            }
        }
    }
}

fn scanned_by(
    algorithm: Algorithm,
    length: usize,
    offset: usize,
    encoding: NonceEncoding,
    choice: Option<Kernel>,
) -> Kernel {
    let nonce = NonceField { offset, encoding };
    let all = rule(4, ByteOrder::BigEndian, U512::ZERO, max(4));
    let template = Template::new(algorithm, vec![7; length], nonce, all).expect("valid");
    prepare(&template, choice).expect("supported").kernel()
}

/// Returns the encodings of every kind.
fn encodings() -> impl Iterator<Item = NonceEncoding> {
    let texts = [
        NonceEncoding::Decimal,
        NonceEncoding::DecimalFixed { width: 9 },
        NonceEncoding::Hex { width: 8 },
    ];
    NonceEncoding::BINARY.into_iter().chain(texts)
}

/// The last block of SHA-256 holds the nonce in the first four, and not in the others.
const SHAPES: [(usize, usize); 7] = [
    (80, 72),
    (80, 64),
    (40, 20),
    (512 + 40, 520),
    (80, 50),
    (80, 0),
    (128 + 60, 64),
];

#[test]
fn the_vector_kernels_scan_every_shape() {
    let vectors = [Kernel::Avx512, Kernel::Avx2, Kernel::Neon];
    for kernel in kernels().filter(|kernel| vectors.contains(kernel)) {
        for algorithm in Algorithm::ALL {
            for encoding in encodings() {
                for (length, offset) in SHAPES {
                    let scanned_by = scanned_by(algorithm, length, offset, encoding, Some(kernel));
                    assert_eq!(
                        scanned_by, kernel,
                        "{algorithm} {length} {offset} {encoding}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_blake3_message_of_several_chunks_is_scanned_by_the_portable_kernel() {
    for kernel in kernels() {
        for encoding in encodings() {
            let scanned_by = scanned_by(Algorithm::Blake3, 5_000, 4_990, encoding, Some(kernel));
            assert_eq!(scanned_by, Kernel::Portable, "{encoding}");
        }
    }
}

#[test]
fn the_sha_extensions_scan_sha256_with_the_nonce_in_the_last_block_and_nothing_else() {
    if !Platform::detect().supports(Kernel::ShaNi) {
        return;
    }
    for algorithm in Algorithm::ALL {
        let is_sha256 = [Algorithm::Sha256, Algorithm::Sha256d].contains(&algorithm);
        for encoding in encodings() {
            for (i, (length, offset)) in SHAPES.into_iter().enumerate() {
                let kernel = Some(Kernel::ShaNi);
                let scanned_by = scanned_by(algorithm, length, offset, encoding, kernel);
                let expected = if is_sha256 && i < 4 {
                    Kernel::ShaNi
                } else {
                    Kernel::Portable
                };
                assert_eq!(
                    scanned_by, expected,
                    "{algorithm} {length} {offset} {encoding}"
                );
            }
        }
    }
}

#[test]
fn the_other_kernels_of_instructions_for_sha2_scan_every_shape_of_its_functions_and_nothing_else() {
    let of_sha2 = [Kernel::ShaNiAvx512, Kernel::Sha2];
    // Arm's instructions for SHA-512 are an extension of their own.
    let has_sha512 = Platform::detect().features().contains(&"sha3");
    for kernel in kernels().filter(|kernel| of_sha2.contains(kernel)) {
        for algorithm in Algorithm::ALL {
            let is_supported = match algorithm {
                Algorithm::Sha256 | Algorithm::Sha256d => true,
                Algorithm::Sha512 | Algorithm::Sha512d => kernel == Kernel::Sha2 && has_sha512,
                _ => false,
            };
            let expected = if is_supported {
                kernel
            } else {
                Kernel::Portable
            };
            for encoding in encodings() {
                for (length, offset) in SHAPES {
                    let scanned_by = scanned_by(algorithm, length, offset, encoding, Some(kernel));
                    assert_eq!(
                        scanned_by, expected,
                        "{algorithm} {length} {offset} {encoding}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_first_kernel_that_supports_the_shape_is_selected_without_a_choice() {
    for algorithm in Algorithm::ALL {
        let without_choice =
            |length, offset| scanned_by(algorithm, length, offset, NonceEncoding::U32Le, None);
        for (length, offset) in [(80, 76), (80, 0), (5_000, 4_990)] {
            let mut kernels = kernels();
            let first = kernels.find(|&kernel| {
                let encoding = NonceEncoding::U32Le;
                scanned_by(algorithm, length, offset, encoding, Some(kernel)) == kernel
            });
            assert_eq!(
                Some(without_choice(length, offset)),
                first,
                "{algorithm} {length}"
            );
        }
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
        let all = rule(4, ByteOrder::BigEndian, U512::ZERO, max(4));
        let template = Template::new(algorithm, vec![0; 8], nonce, all).expect("valid");
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
            let width = algorithm.default_digest_len();
            let order = ByteOrder::LittleEndian;
            let all = rule(width, order, U512::ZERO, max(width));
            let template = Template::new(algorithm, vec![7; 65_536], nonce, all).expect("valid");
            let least = (0..20)
                .map(|nonce| digest_value(&template, nonce, width, order))
                .min()
                .expect("20 digests");
            let template = with_rule(&template, rule(width, order, U512::ZERO, least));
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
