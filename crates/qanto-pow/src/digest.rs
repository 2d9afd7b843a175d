//! Digests, whose length depends on the hash function.

use std::fmt;
use std::ops::Deref;

/// The length of the longest digest, in bytes.
pub const MAX_DIGEST_LEN: usize = 64;

/// A digest of 1 to 64 bytes, in the order in which the hash function returns them. It dereferences to these bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// The bytes after the digest are zero.
    bytes: [u8; MAX_DIGEST_LEN],
    len: usize,
}

impl Digest {
    /// Creates a digest from at most [`MAX_DIGEST_LEN`] bytes.
    pub(crate) fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; MAX_DIGEST_LEN];
        bytes[..digest.len()].copy_from_slice(digest);
        Self {
            bytes,
            len: digest.len(),
        }
    }

    /// Creates a digest of `len` bytes, which `fill` writes. They are zero before.
    pub(crate) fn filled(len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = [0; MAX_DIGEST_LEN];
        fill(&mut bytes[..len]);
        Self { bytes, len }
    }
}

impl Deref for Digest {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Debug for Digest {
    /// Writes the digest as hexadecimal digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(")?;
        for byte in self.iter() {
            write!(formatter, "{byte:02x}")?;
        }
        formatter.write_str(")")
    }
}
