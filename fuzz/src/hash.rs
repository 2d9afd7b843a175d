use qanto_pow::{Algorithm, MAX_DIGEST_LEN};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::input::Input;

/// The reference implementations agree with other implementations, for messages of any length.
pub fn hash(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let times = 1 + usize::from(input.byte()) % 40;
    let length = 1 + usize::from(input.byte()) % MAX_DIGEST_LEN;
    let message = input.rest().repeat(times);
    for algorithm in Algorithm::ALL {
        assert_eq!(
            *algorithm.digest(&message),
            other_digest(algorithm, &message),
            "{algorithm}"
        );
    }
    assert_eq!(
        *Algorithm::Blake2b.digest_of_len(&message, length),
        *blake2b(&message, length)
    );
}

fn other_digest(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Sha1 => Sha1::digest(message).to_vec(),
        Algorithm::Sha256 => Sha256::digest(message).to_vec(),
        Algorithm::Sha256d => Sha256::digest(Sha256::digest(message)).to_vec(),
        Algorithm::Sha512 => Sha512::digest(message).to_vec(),
        Algorithm::Sha512d => Sha512::digest(Sha512::digest(message)).to_vec(),
        Algorithm::Blake2b => blake2b(message, MAX_DIGEST_LEN),
        Algorithm::Blake3 => blake3::hash(message).as_bytes().to_vec(),
    }
}

fn blake2b(message: &[u8], length: usize) -> Vec<u8> {
    let digest = blake2b_simd::Params::new()
        .hash_length(length)
        .hash(message);
    digest.as_bytes().to_vec()
}
