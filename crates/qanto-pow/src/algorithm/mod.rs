//! Readable reference implementations of the hash functions. Every digest that this crate returns is computed here. The
//! fast scanners in [`kernel`](crate::kernel) only find nonces.

pub mod blake2b;
pub mod blake3;
pub mod sha1;
pub mod sha256;
pub mod sha256d;
pub mod sha512;
pub mod sha512d;

use std::fmt;
use std::str::FromStr;

use crate::digest::{Digest, MAX_DIGEST_LEN};

/// A hash function for proof of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-1 (FIPS 180-4), with a digest of 20 bytes.
    Sha1,
    /// SHA-256 (FIPS 180-4), with a digest of 32 bytes.
    Sha256,
    /// Double SHA-256, the hash of Bitcoin's block headers, with a digest of 32 bytes.
    Sha256d,
    /// SHA-512 (FIPS 180-4), with a digest of 64 bytes.
    Sha512,
    /// Double SHA-512, with a digest of 64 bytes.
    Sha512d,
    /// BLAKE2b (RFC 7693) without a key, with a digest of 1 to 64 bytes, 64 by default.
    Blake2b,
    /// BLAKE3 in its default mode, with a digest of 32 bytes.
    Blake3,
}

/// The error for a name that no algorithm has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("algorithm must be one of {known}; got {0:?}", known = Algorithm::ALL.map(Algorithm::name).join(", "))]
pub struct UnknownAlgorithm(pub String);

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 7] = [
        Self::Sha1,
        Self::Sha256,
        Self::Sha256d,
        Self::Sha512,
        Self::Sha512d,
        Self::Blake2b,
        Self::Blake3,
    ];

    /// Returns the name, as it is parsed and displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha256d => "sha256d",
            Self::Sha512 => "sha512",
            Self::Sha512d => "sha512d",
            Self::Blake2b => "blake2b",
            Self::Blake3 => "blake3",
        }
    }

    /// Returns the length of a digest in bytes, unless another one is asked for.
    pub fn default_digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sha256d | Self::Blake3 => 32,
            Self::Sha512 | Self::Sha512d | Self::Blake2b => 64,
        }
    }

    /// Returns whether there are digests of this length. Only BLAKE2b has several.
    pub fn has_digest_len(self, digest_len: usize) -> bool {
        match self {
            Self::Blake2b => (1..=MAX_DIGEST_LEN).contains(&digest_len),
            _ => digest_len == self.default_digest_len(),
        }
    }

    /// Computes the digest of a message of any length, with the default length.
    pub fn digest(self, message: &[u8]) -> Digest {
        self.digest_of_len(message, self.default_digest_len())
    }

    /// Computes the digest of a message of any length. `digest_len` is its length in bytes, which the hash function
    /// must have, see [`has_digest_len`](Self::has_digest_len).
    ///
    /// # Panics
    ///
    /// Panics if the hash function has no digests of this length.
    pub fn digest_of_len(self, message: &[u8], digest_len: usize) -> Digest {
        assert!(
            self.has_digest_len(digest_len),
            "the digest of {self} cannot have {digest_len} bytes"
        );
        match self {
            Self::Sha1 => Digest::new(&sha1::digest(message)),
            Self::Sha256 => Digest::new(&sha256::digest(message)),
            Self::Sha256d => Digest::new(&sha256d::digest(message)),
            Self::Sha512 => Digest::new(&sha512::digest(message)),
            Self::Sha512d => Digest::new(&sha512d::digest(message)),
            Self::Blake2b => Digest::filled(digest_len, |bytes| {
                blake2b::digest_into(message, bytes);
            }),
            Self::Blake3 => Digest::new(&blake3::digest(message)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let named = Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name);
        named.ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_an_error_that_contains_it() {
        let error = "SHA256"
            .parse::<Algorithm>()
            .expect_err("names are lower case");
        assert!(error.to_string().contains("\"SHA256\""), "{error}");
    }
}
