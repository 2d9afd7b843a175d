mod packed;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::{
    ByteOrder, Effort, HitRule, NonceEncoding, NonceField, Observer, Outcome, Pool, PoolConfig,
    Priority, SearchOptions, Template, TemplateError, U512, kernel,
};

/// A template, and an answer to it.
#[derive(Clone, Debug)]
struct Case {
    template: Template,
    has_versions: bool,
    variant: u32,
    nonce: CaseNonce,
}

#[derive(Clone, Debug)]
enum CaseNonce {
    Number(u64),
    Text(Vec<u8>),
}

impl Case {
    /// What the reference implementation says.
    fn is_hit(&self) -> bool {
        match &self.nonce {
            CaseNonce::Number(nonce) => {
                let variant = self.template.variant(self.variant).expect("a variant");
                variant.is_hit(*nonce)
            }
            CaseNonce::Text(text) => {
                let digest = self.template.digest_with_text(text).expect("valid");
                self.template.rule().is_met_by(&digest)
            }
        }
    }
}

fn encodings() -> impl Strategy<Value = NonceEncoding> {
    let binary = NonceEncoding::BINARY.to_vec();
    prop_oneof![
        prop::sample::select(binary),
        Just(NonceEncoding::Decimal),
        (1..=20u8).prop_map(|width| NonceEncoding::DecimalFixed { width }),
        (1..=16u8).prop_map(|width| NonceEncoding::Hex { width }),
    ]
}

/// About half of the answers are hits.
fn rules(digest_len: usize) -> impl Strategy<Value = HitRule> {
    let orders = prop_oneof![Just(ByteOrder::LittleEndian), Just(ByteOrder::BigEndian)];
    (1..=digest_len, orders, any::<[u8; 64]>(), any::<bool>()).prop_map(
        |(width, order, bytes, from_zero)| {
            let bound = U512::from_le_bytes(bytes) >> (512 - 8 * width);
            let last = U512::MAX >> (512 - 8 * width);
            let (lo, hi) = if from_zero {
                (U512::ZERO, bound)
            } else {
                (bound, last)
            };
            HitRule::new(width, order, lo, hi).expect("valid")
        },
    )
}

/// Lengths are drawn from a few, so that many messages have the same one.
fn cases() -> impl Strategy<Value = Case> {
    let algorithms = prop::sample::select(Algorithm::ALL.to_vec());
    let lens = prop_oneof![
        8..300usize,
        prop::sample::select(vec![8, 28, 55, 56, 80, 111, 120, 128])
    ];
    (algorithms, 1..=64usize, encodings(), lens)
        .prop_flat_map(|(algorithm, blake2b_len, encoding, len)| {
            let digest_len = match algorithm {
                Algorithm::Blake2b => blake2b_len,
                _ => algorithm.default_digest_len(),
            };
            let at_offset_0 = NonceField {
                offset: 0,
                encoding,
            };
            let last = len - at_offset_0.overwritten_len();
            (
                (Just(algorithm), Just(digest_len), Just(encoding)),
                (vec(any::<u8>(), len), 0..=last),
                rules(digest_len),
                (any::<u64>(), vec(any::<u8>(), 1..=64), any::<bool>()),
                (0..=16u32, any::<Index>()),
            )
        })
        .prop_map(
            |((algorithm, digest_len, encoding), place, rule, nonce, versions)| {
                let (preimage, offset) = place;
                let (number, text, is_text) = nonce;
                let (variants, variant) = versions;
                let field = NonceField { offset, encoding };
                let template =
                    Template::with_digest_len(algorithm, digest_len, preimage, field, rule)
                        .expect("valid");
                let rolling = template.clone().with_version_rolling(variants);
                let has_versions = rolling.is_ok();
                let template = rolling.unwrap_or(template);
                let variant = variant.index(template.variants() as usize) as u32;
                let nonce = if is_text && encoding.is_text() {
                    CaseNonce::Text(text)
                } else {
                    CaseNonce::Number(match template.max_nonce() {
                        u64::MAX => number,
                        max => number % (max + 1),
                    })
                };
                Case {
                    template,
                    has_versions,
                    variant,
                    nonce,
                }
            },
        )
}

/// Adds the answers, each of them several times, so that lanes are full.
fn answers(cases: &[Case], times: usize) -> Answers {
    let mut bytes = Vec::new();
    let mut put = |put: &[u8]| {
        let start = bytes.len() as u32;
        bytes.extend_from_slice(put);
        start..bytes.len() as u32
    };
    let places: Vec<_> = cases
        .iter()
        .map(|case| {
            let preimage = put(case.template.preimage());
            let nonce = match &case.nonce {
                &CaseNonce::Number(nonce) => AnswerNonce::Number(nonce),
                CaseNonce::Text(text) => AnswerNonce::Text(put(text)),
            };
            (preimage, nonce)
        })
        .collect();
    let mut answers = Answers::new(&bytes);
    let numbers: Vec<_> = cases
        .iter()
        .map(|case| answers.add_template(case.template.clone(), case.has_versions))
        .collect();
    for _ in 0..times {
        for ((case, &number), (preimage, nonce)) in cases.iter().zip(&numbers).zip(&places) {
            answers
                .add(number, preimage.clone(), nonce.clone(), case.variant)
                .expect("valid");
        }
    }
    answers
}

fn hashers() -> impl Iterator<Item = SideBySide> {
    let platform = kernel::Platform::detect();
    Kernel::ALL
        .into_iter()
        .filter(move |&kernel| platform.supports(kernel))
        .map(SideBySide::of)
}

proptest! {
    #[test]
    fn every_kernel_verifies_answers_as_the_reference_does(
        cases in vec(cases(), 1..40),
        times in 1..20usize,
    ) {
        let alone: Vec<bool> = cases.iter().map(Case::is_hit).collect();
        for hasher in hashers() {
            let verification = Verification::with(AnswerBatch::Answers(answers(&cases, times)), hasher);
            verification.verify(0, verification.count() as u64);
            let verdicts: Vec<bool> = verification.verdicts().collect();
            prop_assert_eq!(&verdicts, &alone.repeat(times), "{}", hasher.kernel());
        }
    }

    #[test]
    fn different_messages_of_one_length_are_verified_as_the_reference_does(
        case in cases(),
        preimages in any::<u64>(),
        count in 1..70u64,
    ) {
        let mut different = Vec::new();
        for i in 0..count {
            let mut preimage = case.template.preimage().to_vec();
            for (at, byte) in preimage.iter_mut().enumerate() {
                *byte ^= (preimages.wrapping_mul(i * 64 + at as u64 + 1) >> 32) as u8;
            }
            let template = &case.template;
            let field = template.nonce();
            let changed = Template::with_digest_len(
                template.algorithm(),
                template.digest_len(),
                preimage,
                field,
                *template.rule(),
            );
            let mut template = changed.expect("valid");
            if case.has_versions {
                template = template.with_version_rolling(case.template.variants()).expect("valid");
            }
            different.push(Case { template, ..case.clone() });
        }
        let alone: Vec<bool> = different.iter().map(Case::is_hit).collect();
        for hasher in hashers() {
            let verification = Verification::with(AnswerBatch::Answers(answers(&different, 1)), hasher);
            verification.verify(0, count);
            let verdicts: Vec<bool> = verification.verdicts().collect();
            prop_assert_eq!(&verdicts, &alone, "{}", hasher.kernel());
        }
    }

    #[test]
    fn the_threads_of_a_pool_verify_every_answer(cases in vec(cases(), 0..40), times in 0..40usize) {
        let pool = Pool::new(PoolConfig::default());
        let verification = Arc::new(Verification::new(AnswerBatch::Answers(answers(&cases, times))).expect("a kernel"));
        let (sender, receiver) = channel();
        let report = Box::new(Report(sender));
        let options = SearchOptions { priority: Priority::Normal, ..SearchOptions::default() };
        pool.verify(Arc::clone(&verification), &options, report).expect("accepted");
        prop_assert_eq!(receiver.recv().expect("an outcome"), Outcome::Exhausted);
        let alone: Vec<bool> = cases.iter().map(Case::is_hit).collect();
        prop_assert_eq!(verification.verdicts().collect::<Vec<_>>(), alone.repeat(times));
        prop_assert_eq!(pool.status().hashes, vec![]);
    }
}

struct Report(Sender<Outcome>);

impl Observer for Report {
    fn settled(&self, outcome: Outcome, _: Effort) {
        let _ = self.0.send(outcome);
    }
}

fn header() -> Template {
    let nonce = NonceField {
        offset: 76,
        encoding: NonceEncoding::U32Le,
    };
    let rule = HitRule::new(1, ByteOrder::BigEndian, U512::ZERO, U512::from(1)).expect("valid");
    Template::new(Algorithm::Sha256, vec![0; 80], nonce, rule).expect("valid")
}

#[test]
fn an_answer_that_a_template_refuses_is_refused() {
    let mut answers = Answers::new(&[0; 80]);
    let number = answers.add_template(header(), false);
    let mut add = |preimage, nonce, variant| answers.add(number, preimage, nonce, variant);
    assert!(add(0..80, AnswerNonce::Number(0), 0).is_ok());
    let refused = |result: Result<(), AnswerError>| match result {
        Err(AnswerError::Template(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        refused(add(0..0, AnswerNonce::Number(0), 0)),
        TemplateError::PreimageLength { length: 0 }
    ));
    assert!(matches!(
        refused(add(0..79, AnswerNonce::Number(0), 0)),
        TemplateError::NonceOutsidePreimage { .. }
    ));
    assert!(matches!(
        refused(add(0..80, AnswerNonce::Number(1 << 32), 0)),
        TemplateError::NonceTooLarge { .. }
    ));
    assert!(matches!(
        refused(add(0..80, AnswerNonce::Text(0..1), 0)),
        TemplateError::NonceText { length: 1 }
    ));
    assert!(matches!(
        refused(add(0..80, AnswerNonce::Number(0), 1)),
        TemplateError::NoSuchVariant { .. }
    ));
    let reversed = std::ops::Range { start: 80, end: 79 };
    for outside in [0..81, 81..81, reversed] {
        let result = add(outside.clone(), AnswerNonce::Number(0), 0);
        assert_eq!(result, Err(AnswerError::OutsideBytes), "{outside:?}");
    }
}
