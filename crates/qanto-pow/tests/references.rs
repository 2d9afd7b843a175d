//! The reference implementations agree with published vectors and with other implementations.

mod common;

use common::to_hex;
use proptest::prelude::*;
use qanto_pow::Algorithm;
use qanto_pow::algorithm::{sha1, sha512, sha512d};
use sha2::Digest;

/// The message of two blocks in the FIPS 180 examples of the functions with words of 32 bits.
const TWO_BLOCKS: &str = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

/// The message of two blocks in the FIPS 180 examples of the functions with words of 64 bits.
const TWO_LONG_BLOCKS: &str = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

#[test]
fn sha1_gives_the_published_digests() {
    // NIST, "SHA-1 examples" and the empty message of the CAVP short-message vectors.
    for (message, digest) in [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (TWO_BLOCKS, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
    ] {
        assert_eq!(to_hex(sha1::digest(message.as_bytes())), digest);
    }
}

#[test]
fn sha1_gives_the_published_digest_of_a_million_letters() {
    assert_eq!(
        to_hex(sha1::digest(&vec![b'a'; 1_000_000])),
        "34aa973cd4c4daa4f61eeb2bdbad27316534016f"
    );
}

#[test]
fn sha256_gives_the_published_digests() {
    // NIST, "SHA-256 examples" and the empty message of the CAVP short-message vectors.
    for (message, digest) in [
        (
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            TWO_BLOCKS,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        assert_eq!(
            to_hex(Algorithm::Sha256.digest(message.as_bytes()).to_vec()),
            digest
        );
    }
}

#[test]
fn sha256_gives_the_published_digest_of_a_million_letters() {
    assert_eq!(
        to_hex(Algorithm::Sha256.digest(&vec![b'a'; 1_000_000]).to_vec()),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

#[test]
fn sha512_gives_the_published_digests() {
    // NIST, "SHA-512 examples" and the empty message of the CAVP short-message vectors.
    for (message, digest) in [
        (
            "",
            concat!(
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce",
                "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
            ),
        ),
        (
            "abc",
            concat!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
        (
            TWO_LONG_BLOCKS,
            concat!(
                "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018",
                "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
            ),
        ),
    ] {
        assert_eq!(to_hex(sha512::digest(message.as_bytes())), digest);
    }
}

#[test]
fn sha512_gives_the_published_digest_of_a_million_letters() {
    assert_eq!(
        to_hex(sha512::digest(&vec![b'a'; 1_000_000])),
        concat!(
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb",
            "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"
        )
    );
}

#[test]
fn sha1_sha512_and_sha512d_agree_with_other_implementations_at_every_padding_border() {
    for length in 0..=1000 {
        let message: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let expected_sha1: [u8; 20] = ::sha1::Sha1::digest(&message).into();
        let expected_sha512: [u8; 64] = sha2::Sha512::digest(&message).into();
        let expected_sha512d: [u8; 64] = sha2::Sha512::digest(expected_sha512).into();
        assert_eq!(sha1::digest(&message), expected_sha1, "{length}");
        assert_eq!(sha512::digest(&message), expected_sha512, "{length}");
        assert_eq!(sha512d::digest(&message), expected_sha512d, "{length}");
    }
}

proptest! {
    #[test]
    fn sha1_agrees_with_another_implementation(message in prop::collection::vec(any::<u8>(), 0..=1000)) {
        let expected: [u8; 20] = ::sha1::Sha1::digest(&message).into();
        prop_assert_eq!(sha1::digest(&message), expected);
    }

    #[test]
    fn sha512_agrees_with_another_implementation(message in prop::collection::vec(any::<u8>(), 0..=1000)) {
        let expected: [u8; 64] = sha2::Sha512::digest(&message).into();
        prop_assert_eq!(sha512::digest(&message), expected);
    }

    #[test]
    fn sha512d_is_another_implementation_applied_twice(message in prop::collection::vec(any::<u8>(), 0..=1000)) {
        let expected: [u8; 64] = sha2::Sha512::digest(sha2::Sha512::digest(&message)).into();
        prop_assert_eq!(sha512d::digest(&message), expected);
    }

    #[test]
    fn sha256_agrees_with_another_implementation(message in prop::collection::vec(any::<u8>(), 0..1000)) {
        let expected: [u8; 32] = sha2::Sha256::digest(&message).into();
        prop_assert_eq!(&Algorithm::Sha256.digest(&message)[..], &expected);
    }

    #[test]
    fn sha256d_is_another_implementation_applied_twice(message in prop::collection::vec(any::<u8>(), 0..300)) {
        let expected: [u8; 32] = sha2::Sha256::digest(sha2::Sha256::digest(&message)).into();
        prop_assert_eq!(&Algorithm::Sha256d.digest(&message)[..], &expected);
    }

    #[test]
    fn blake3_agrees_with_another_implementation(message in prop::collection::vec(any::<u8>(), 0..10_000)) {
        let expected = blake3::hash(&message);
        prop_assert_eq!(&Algorithm::Blake3.digest(&message)[..], expected.as_slice());
    }
}

#[test]
fn blake3_agrees_with_another_implementation_at_every_chunk_border() {
    for chunks in 1..=65 {
        for length in [1024 * chunks - 1, 1024 * chunks, 1024 * chunks + 1] {
            let message: Vec<u8> = (0..length).map(|i| i as u8).collect();
            assert_eq!(
                Algorithm::Blake3.digest(&message)[..],
                blake3::hash(&message).as_bytes()[..],
                "{length}"
            );
        }
    }
}
