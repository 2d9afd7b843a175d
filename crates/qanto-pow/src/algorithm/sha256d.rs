//! Double SHA-256, the hash of Bitcoin's block headers.

use super::sha256;

/// Computes the SHA-256 digest of the SHA-256 digest of a message.
pub fn digest(message: &[u8]) -> [u8; 32] {
    sha256::digest(&sha256::digest(message))
}
