//! The reference implementation of BLAKE2b agrees with published vectors and with another implementation.

mod common;

use blake2b_simd::Params;
use common::to_hex;
use proptest::prelude::*;
use qanto_pow::algorithm::blake2b;

fn digest(message: &[u8], digest_len: usize) -> Vec<u8> {
    let mut digest = vec![0; digest_len];
    blake2b::digest_into(message, &mut digest);
    digest
}

fn another_digest(message: &[u8], digest_len: usize) -> Vec<u8> {
    let hash = Params::new().hash_length(digest_len).hash(message);
    hash.as_bytes().to_vec()
}

#[test]
fn it_gives_the_digest_of_rfc_7693_appendix_a() {
    assert_eq!(
        to_hex(digest(b"abc", 64)),
        concat!(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1",
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        )
    );
}

/// The self-test of RFC 7693, appendix E, hashes the digests of many messages with and without a key. Those with a key
/// come from another implementation.
#[test]
fn it_gives_the_digest_of_the_self_test_of_rfc_7693() {
    let mut digests = Vec::new();
    for digest_len in [20, 32, 48, 64] {
        for message_len in [0, 3, 128, 129, 255, 1024] {
            let message = self_test_sequence(message_len);
            digests.extend(digest(&message, digest_len));
            let key = self_test_sequence(digest_len);
            let keyed = Params::new()
                .hash_length(digest_len)
                .key(&key)
                .hash(&message);
            digests.extend(keyed.as_bytes());
        }
    }
    assert_eq!(
        to_hex(digest(&digests, 32)),
        "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475"
    );
}

/// Returns the bytes that the self-test of RFC 7693 uses as a message or a key of a length: the top bytes of a sequence
/// in which each number is the sum of the two before it.
fn self_test_sequence(length: usize) -> Vec<u8> {
    let (mut last_but_one, mut last) = (0xdead_4bad_u32.wrapping_mul(length as u32), 1_u32);
    let mut next = || {
        (last_but_one, last) = (last, last_but_one.wrapping_add(last));
        last.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn it_agrees_with_another_implementation_at_every_digest_length_and_block_border() {
    for digest_len in 1..=64 {
        for message_len in [0, 1, 127, 128, 129, 255, 256, 257, 1000] {
            let message: Vec<u8> = (0..message_len).map(|i| i as u8).collect();
            assert_eq!(
                digest(&message, digest_len),
                another_digest(&message, digest_len),
                "{digest_len}, {message_len}"
            );
        }
    }
}

#[test]
#[should_panic(expected = "digest must have 1 to 64 bytes; got 0")]
fn an_empty_digest_panics() {
    digest(b"abc", 0);
}

#[test]
#[should_panic(expected = "digest must have 1 to 64 bytes; got 65")]
fn a_digest_of_more_than_64_bytes_panics() {
    digest(b"abc", 65);
}

proptest! {
    #[test]
    fn it_agrees_with_another_implementation(
        message in prop::collection::vec(any::<u8>(), 0..=1000),
        digest_len in 1_usize..=64,
    ) {
        prop_assert_eq!(digest(&message, digest_len), another_digest(&message, digest_len));
    }
}
