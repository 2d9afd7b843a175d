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

/// A proof-of-work hash function with a digest of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// Double SHA-256, the hash of Bitcoin's block headers.
    Sha256d,
    /// BLAKE3 in its default mode.
    Blake3,
}

/// The error for a name that no algorithm has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("algorithm must be one of sha256, sha256d, blake3; got {0:?}")]
pub struct UnknownAlgorithm(pub String);

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha256d, Self::Blake3];

    /// Returns the name, as it is parsed and displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha256d => "sha256d",
            Self::Blake3 => "blake3",
        }
    }

    /// Computes the digest of a message of any length: 32 bytes, in the order in which the hash function returns them.
    pub fn digest(self, message: &[u8]) -> [u8; 32] {
        match self {
            Self::Sha256 => sha256::digest(message),
            Self::Sha256d => sha256d::digest(message),
            Self::Blake3 => blake3::digest(message),
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
