use qanto_pow::Algorithm;
use sha2::{Digest, Sha256};

use crate::input::Input;

/// The reference implementations agree with other implementations, for messages of any length.
pub fn hash(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let times = 1 + usize::from(input.byte()) % 40;
    let message = input.rest().repeat(times);
    let once: [u8; 32] = Sha256::digest(&message).into();
    assert_eq!(Algorithm::Sha256.digest(&message), once);
    assert_eq!(
        Algorithm::Sha256d.digest(&message),
        <[u8; 32]>::from(Sha256::digest(once))
    );
    assert_eq!(
        Algorithm::Blake3.digest(&message),
        *blake3::hash(&message).as_bytes()
    );
}
