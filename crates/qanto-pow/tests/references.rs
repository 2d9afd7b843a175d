//! The reference implementations agree with published vectors and with other implementations.

mod common;

use common::to_hex;
use proptest::prelude::*;
use qanto_pow::Algorithm;
use sha2::Digest;

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
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        assert_eq!(to_hex(Algorithm::Sha256.digest(message.as_bytes())), digest);
    }
}

#[test]
fn sha256_gives_the_published_digest_of_a_million_letters() {
    assert_eq!(
        to_hex(Algorithm::Sha256.digest(&vec![b'a'; 1_000_000])),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

proptest! {
    #[test]
    fn sha256_agrees_with_another_implementation(message in prop::collection::vec(any::<u8>(), 0..1000)) {
        let expected: [u8; 32] = sha2::Sha256::digest(&message).into();
        prop_assert_eq!(Algorithm::Sha256.digest(&message), expected);
    }

    #[test]
    fn sha256d_is_another_implementation_applied_twice(message in prop::collection::vec(any::<u8>(), 0..300)) {
        let expected: [u8; 32] = sha2::Sha256::digest(sha2::Sha256::digest(&message)).into();
        prop_assert_eq!(Algorithm::Sha256d.digest(&message), expected);
    }

    #[test]
    fn blake3_agrees_with_another_implementation(message in prop::collection::vec(any::<u8>(), 0..10_000)) {
        prop_assert_eq!(Algorithm::Blake3.digest(&message), *blake3::hash(&message).as_bytes());
    }
}

#[test]
fn blake3_agrees_with_another_implementation_at_every_chunk_border() {
    for chunks in 1..=65 {
        for length in [1024 * chunks - 1, 1024 * chunks, 1024 * chunks + 1] {
            let message: Vec<u8> = (0..length).map(|i| i as u8).collect();
            assert_eq!(
                Algorithm::Blake3.digest(&message),
                *blake3::hash(&message).as_bytes(),
                "{length}"
            );
        }
    }
}
