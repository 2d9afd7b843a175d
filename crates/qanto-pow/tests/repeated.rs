//! Templates that repeat bytes behind their preimage.

mod common;

use common::{all_hits, kernels};
use proptest::prelude::*;
use qanto_pow::kernel::{Step, prepare};
use qanto_pow::{
    Algorithm, AnswerBatch, ByteOrder, HitRule, NonceEncoding, NonceField, PreparedTemplate,
    Template, TemplateError, U512,
};

/// A rule that is met by one of `2^bits` digests.
fn rule(bits: usize) -> HitRule {
    let hi = U512::from(u32::MAX >> bits);
    HitRule::new(4, ByteOrder::BigEndian, U512::ZERO, hi).expect("valid")
}

fn template(preimage: Vec<u8>, offset: usize, encoding: NonceEncoding, bits: usize) -> Template {
    let field = NonceField { offset, encoding };
    Template::new(Algorithm::Sha256, preimage, field, rule(bits)).expect("valid")
}

fn plain() -> Template {
    template(vec![7; 4], 0, NonceEncoding::U32Be, 2)
}

prop_compose! {
    fn repeating()(
        preimage in prop::collection::vec(any::<u8>(), 8..200),
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 1..=130),
            prop::collection::vec(any::<u8>(), 48),
            prop::collection::vec(any::<u8>(), 64),
        ],
        times in 1usize..60,
        offset in any::<prop::sample::Index>(),
        encoding in prop::sample::select(NonceEncoding::BINARY.to_vec()),
        bits in 0usize..6,
    ) -> (Template, Vec<u8>, usize) {
        let last = preimage.len() - encoding.len_of(0);
        let times = times.max(128usize.div_ceil(bytes.len()));
        (template(preimage, offset.index(last + 1), encoding, bits), bytes, times)
    }
}

proptest! {
    #[test]
    fn every_kernel_finds_the_hits_of_the_reference_implementation(
        (template, bytes, times) in repeating(),
        first in 0u64..u64::from(u32::MAX - 100),
        count in 1u64..40,
    ) {
        let template = template.with_repeated(bytes, times).expect("valid");
        let expected: Vec<u64> = (first..first + count).filter(|&nonce| template.is_hit(nonce)).collect();
        for kernel in kernels() {
            let scan = prepare(&template, Some(kernel)).expect("supported");
            prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
            for wanted in [1, 3, 100] {
                let mut steps = scan.in_steps(first, count, wanted).expect("in steps");
                let found = loop {
                    if let Step::Done(found) = steps.step() {
                        break found;
                    }
                };
                let nonces: Vec<u64> = found.iter().map(|found| found.nonce).collect();
                prop_assert!(nonces.len() >= wanted.min(expected.len()));
                prop_assert_eq!(&expected[..nonces.len()], &nonces[..], "{}", kernel);
                for found in found {
                    prop_assert_eq!(Ok(found.digest), template.digest(found.nonce));
                }
            }
        }
    }

    #[test]
    fn the_message_is_the_preimage_and_then_the_repetitions((template, bytes, times) in repeating(), nonce in any::<u32>()) {
        let preimage = [template.preimage(), &bytes.repeat(times)].concat();
        let NonceField { offset, encoding } = template.nonce();
        let nonce = u64::from(nonce);
        let repeating = template.with_repeated(bytes, times).expect("valid");
        let bits_of_any = 0;
        let prepared = PreparedTemplate::new(repeating.clone());
        prop_assert_eq!(prepared.digest(nonce), repeating.digest(nonce));
        if preimage.len() <= qanto_pow::MAX_PREIMAGE_LEN {
            let whole = self::template(preimage, offset, encoding, bits_of_any);
            prop_assert_eq!(repeating.digest(nonce), whole.digest(nonce));
        }
    }
}

#[test]
fn the_lengths_of_repetitions_have_limits() {
    let refused = |bytes: usize, times| {
        let template = plain().with_repeated(vec![0; bytes], times);
        matches!(template, Err(TemplateError::RepetitionsLength { length, .. }) if length == bytes)
    };
    assert!(refused(0, 100));
    assert!(refused(1, 127));
    assert!(!refused(1, 128));
    assert!(!refused(1024, 16_384));
    assert!(refused(1024, 16_385));
    assert!(refused(1025, 1));
    assert!(refused(1024, usize::MAX));
}

#[test]
fn bytes_are_repeated_only_with_sha256_and_a_binary_nonce() {
    let none = Err(TemplateError::NoRepetition);
    let decimal = template(vec![0; 4], 4, NonceEncoding::Decimal, 0);
    assert_eq!(decimal.with_repeated([0; 128], 1), none);
    let field = plain().nonce();
    let sha1 = Template::new(Algorithm::Sha1, vec![0; 4], field, rule(0)).expect("valid");
    assert_eq!(sha1.with_repeated([0; 128], 1), none);
    let header = template(vec![0; 80], 76, NonceEncoding::U32Le, 0);
    let rolling = header.clone().with_version_rolling(2).expect("a header");
    assert_eq!(rolling.with_repeated([0; 128], 1), none);
    let repeating = header.with_repeated([0; 128], 1).expect("valid");
    assert_eq!(repeating.with_version_rolling(2), none);
}

#[test]
fn templates_that_repeat_bytes_are_not_verified_in_batches() {
    let template = plain().with_repeated([0; 128], 1).expect("valid");
    let refused = AnswerBatch::of_nonces(template, vec![0], vec![]);
    let error = refused.err().expect("refused").to_string();
    assert!(error.contains("not for many answers at once"), "{error}");
}
