//! Double SHA-512.

use super::sha512;

/// Computes the SHA-512 digest of the SHA-512 digest of a message.
pub fn digest(message: &[u8]) -> [u8; 64] {
    sha512::digest(&sha512::digest(message))
}
