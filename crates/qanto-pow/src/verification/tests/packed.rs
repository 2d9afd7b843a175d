//! Messages with their nonces in them, and nonces of one template.

use super::*;
use crate::Algorithm;

fn verdicts(batch: AnswerBatch, hasher: SideBySide) -> Vec<bool> {
    let verification = Verification::with(batch, hasher);
    verification.verify(0, verification.count() as u64);
    verification.verdicts().collect()
}

/// Messages of any length and bytes, and a rule.
fn messages() -> impl Strategy<Value = (Algorithm, usize, Vec<Vec<u8>>, HitRule)> {
    let algorithms = prop::sample::select(Algorithm::ALL.to_vec());
    let lens = prop_oneof![
        1..300usize,
        prop::sample::select(vec![1, 28, 55, 56, 64, 80, 111, 112, 119, 120, 128, 140])
    ];
    (algorithms, 1..=64usize, lens, 0..70usize)
        .prop_flat_map(|(algorithm, blake2b_len, len, count)| {
            let digest_len = match algorithm {
                Algorithm::Blake2b => blake2b_len,
                _ => algorithm.default_digest_len(),
            };
            let messages = vec(vec(any::<u8>(), len), count);
            (
                Just(algorithm),
                Just(digest_len),
                Just(len),
                messages,
                rules(digest_len),
            )
        })
        .prop_map(|(algorithm, digest_len, len, messages, rule)| {
            let messages = messages.into_iter().chain([vec![7; len]]).collect();
            (algorithm, digest_len, messages, rule)
        })
}

/// Compact bits of targets that about half of the digests of this length meet.
fn easy_bits(digest_len: usize) -> impl Strategy<Value = u32> {
    let exponent = digest_len as u32 + 1;
    (0x0020..0x0100u32).prop_map(move |mantissa| exponent << 24 | mantissa << 8)
}

proptest! {
    #[test]
    fn messages_are_verified_as_the_reference_does(
        (algorithm, digest_len, list, rule) in messages(),
    ) {
        let is_hit = |message: &Vec<u8>| {
            rule.is_met_by(&algorithm.digest_of_len(message, digest_len))
        };
        let alone: Vec<bool> = list.iter().map(is_hit).collect();
        let target = MessageTarget::Rule(rule);
        let messages = Messages::new(algorithm, digest_len, list[0].len(), &list.concat(), target);
        let messages = messages.expect("valid");
        for hasher in hashers() {
            let verdicts = verdicts(AnswerBatch::Messages(messages.clone()), hasher);
            prop_assert_eq!(&verdicts, &alone, "{}", hasher.kernel());
        }
    }

    #[test]
    fn each_message_is_compared_with_its_own_compact_bits(
        (algorithm, digest_len, mut list, _) in messages(),
        place in any::<Index>(),
        bits in vec(easy_bits(1), 1..80),
        runs in 1..20usize,
    ) {
        let len = list[0].len() + 4;
        let offset = place.index(len - 3);
        for (number, message) in list.iter_mut().enumerate() {
            // Bits of a digest of 1 byte become those of a longer one with a larger exponent.
            let bits = bits[number / runs % bits.len()] + ((digest_len as u32 - 1) << 24);
            message.splice(offset..offset, bits.to_le_bytes());
        }
        let is_hit = |message: &Vec<u8>| {
            let bits = u32::from_le_bytes(std::array::from_fn(|i| message[offset + i]));
            let rule = HitRule::from_compact(bits, digest_len).expect("valid bits");
            rule.is_met_by(&algorithm.digest_of_len(message, digest_len))
        };
        let alone: Vec<bool> = list.iter().map(is_hit).collect();
        let target = MessageTarget::CompactAt(offset);
        let messages = Messages::new(algorithm, digest_len, len, &list.concat(), target);
        let messages = messages.expect("valid");
        for hasher in hashers() {
            let verdicts = verdicts(AnswerBatch::Messages(messages.clone()), hasher);
            prop_assert_eq!(&verdicts, &alone, "{}", hasher.kernel());
        }
    }

    #[test]
    fn nonces_of_a_template_are_verified_as_the_reference_does(
        case in cases(),
        numbers in vec((any::<u64>(), 0..64u32, any::<Index>()), 0..80),
    ) {
        let template = case.template;
        let max = template.max_nonce();
        let nonces: Vec<u64> = numbers.iter().map(|&(nonce, shift, _)| (nonce >> shift).min(max)).collect();
        let variants: Vec<u8> = match template.variants() {
            1 => Vec::new(),
            known => numbers.iter().map(|(_, _, variant)| variant.index(known as usize) as u8).collect(),
        };
        let is_hit = |(number, &nonce): (usize, &u64)| {
            let variant = variants.get(number).map_or(0, |&variant| u32::from(variant));
            template.variant(variant).expect("a variant").is_hit(nonce)
        };
        let alone: Vec<bool> = nonces.iter().enumerate().map(is_hit).collect();
        for hasher in hashers() {
            let batch = AnswerBatch::of_nonces(template.clone(), nonces.clone(), variants.clone());
            let verdicts = verdicts(batch.expect("valid"), hasher);
            prop_assert_eq!(&verdicts, &alone, "{}", hasher.kernel());
        }
    }

    #[test]
    fn parts_of_a_batch_are_verified_alone(first in 0..70u64, count in 0..70u64) {
        let template = header();
        let nonces: Vec<u64> = (0..64).collect();
        let alone: Vec<bool> = nonces.iter().map(|&nonce| {
            (first..first + count).contains(&nonce) && template.is_hit(nonce)
        }).collect();
        for hasher in hashers() {
            let batch = AnswerBatch::of_nonces(template.clone(), nonces.clone(), Vec::new());
            let verification = Verification::with(batch.expect("valid"), hasher);
            verification.verify(first, count);
            prop_assert_eq!(&verification.verdicts().collect::<Vec<_>>(), &alone);
        }
    }
}

#[test]
fn malformed_messages_are_refused() {
    let rule = MessageTarget::Rule(*header().rule());
    let new = |len, total: usize, target| {
        Messages::new(Algorithm::Sha1, 20, len, &vec![0; total], target).map(|_| ())
    };
    assert_eq!(new(80, 160, rule), Ok(()));
    assert_eq!(new(80, 0, rule), Ok(()));
    assert_eq!(new(0, 0, rule), Err(MessagesError::Length { length: 0 }));
    let length = 65_537;
    assert_eq!(
        new(length, length, rule),
        Err(MessagesError::Length { length })
    );
    let incomplete = MessagesError::Incomplete {
        length: 80,
        total: 161,
    };
    assert_eq!(new(80, 161, rule), Err(incomplete));
    for offset in [77, usize::MAX] {
        let outside = MessagesError::CompactOutside { offset, length: 80 };
        assert_eq!(new(80, 80, MessageTarget::CompactAt(offset)), Err(outside));
    }
    let zero = crate::TargetError::ZeroBits(0);
    let compact = MessagesError::Compact {
        index: 0,
        error: zero,
    };
    assert_eq!(new(80, 160, MessageTarget::CompactAt(76)), Err(compact));

    let wide = HitRule::new(32, ByteOrder::BigEndian, U512::ZERO, U512::ONE).expect("valid");
    let too_wide = MessagesError::RuleWidth {
        width: 32,
        digest_len: 20,
    };
    assert_eq!(new(80, 80, MessageTarget::Rule(wide)), Err(too_wide));
    let digest = Messages::new(Algorithm::Sha1, 32, 80, &[], rule).map(|_| ());
    assert!(matches!(
        digest,
        Err(MessagesError::DigestLength { length: 32, .. })
    ));
}

#[test]
fn the_first_message_whose_bits_encode_no_target_is_named() {
    let mut bytes = [[0xff, 0xff, 0, 0x1d]; 5];
    bytes[3] = [0, 0, 0, 0x22];
    let messages = Messages::new(
        Algorithm::Sha256d,
        32,
        4,
        &bytes.concat(),
        MessageTarget::CompactAt(0),
    );
    assert!(matches!(
        messages,
        Err(MessagesError::Compact { index: 3, .. })
    ));
}

#[test]
fn a_nonce_or_a_variant_that_a_template_refuses_is_refused() {
    let of = |nonces: &[u64], variants: &[u8]| {
        let rolling = header().with_version_rolling(3).expect("valid");
        AnswerBatch::of_nonces(rolling, nonces.to_vec(), variants.to_vec()).map(|_| ())
    };
    assert_eq!(of(&[0, 1 << 31], &[2, 0]), Ok(()));
    assert!(matches!(
        of(&[0, 1 << 32], &[]),
        Err(NoncesError::Nonce { index: 1, .. })
    ));
    assert!(matches!(
        of(&[0, 1], &[0, 3]),
        Err(NoncesError::Nonce { index: 1, .. })
    ));
    let missing = NoncesError::Variants {
        nonces: 2,
        variants: 1,
    };
    assert_eq!(of(&[0, 1], &[0]), Err(missing));
}
