//! Hashing whole messages side by side: each lane hashes one of them, and the words of the digests are taken out.

use super::lanes::blocks::Blocks;
use super::lanes::sha2::Sha2;
use super::lanes::sha256::Sha256;
use super::lanes::sha512::Sha512;
use super::simd::Simd;
use crate::algorithm::{Algorithm, sha1};

/// A vector instruction set that hashes whole messages. Each one compiles the functions itself, since only there its
/// extensions are enabled. [`sha2::digests`](crate::kernel::lanes::sha2::digests) says what they compute.
pub(super) trait DigestKernel: Simd<u32> + Simd<u64> {
    fn sha2<H: Sha2>(self, blocks: &Blocks<'_>, is_twice: bool, hashes: &mut [H::Word])
    where
        Self: Simd<H::Word>;

    fn sha1(self, blocks: &Blocks<'_>, hashes: &mut [u32]);
}

/// Compresses blocks of the messages, with these hash values before and afterwards. The digests of SHA-256d and SHA-512d are
/// hashed again if `is_last` says that the messages end with the blocks.
///
/// # Panics
///
/// Panics if the hash function is none of SHA-1 and SHA-2, or has words of another size.
pub(super) fn digests<S: DigestKernel>(
    simd: S,
    algorithm: Algorithm,
    blocks: &Blocks<'_>,
    is_last: bool,
    hashes: &mut LaneHashes,
) {
    match (algorithm, hashes) {
        (Algorithm::Sha1, LaneHashes::Of32(hashes)) => simd.sha1(blocks, hashes),
        (Algorithm::Sha256, LaneHashes::Of32(hashes)) => {
            simd.sha2::<Sha256>(blocks, false, hashes);
        }
        (Algorithm::Sha256d, LaneHashes::Of32(hashes)) => {
            simd.sha2::<Sha256>(blocks, is_last, hashes);
        }
        (Algorithm::Sha512, LaneHashes::Of64(hashes)) => {
            simd.sha2::<Sha512>(blocks, false, hashes);
        }
        (Algorithm::Sha512d, LaneHashes::Of64(hashes)) => {
            simd.sha2::<Sha512>(blocks, is_last, hashes);
        }
        _ => unreachable!("{algorithm} has no lanes of these words"),
    }
}

/// The words of hash values, each of which is followed by the same word of the next message, and so on for every lane.
/// SHA-512 has words of 64 bits, and SHA-1 and SHA-256 of 32 bits.
#[derive(Clone)]
pub(super) enum LaneHashes {
    Of32(Vec<u32>),
    Of64(Vec<u64>),
}

impl LaneHashes {
    /// Returns the hash values before the first block, for this number of lanes.
    pub(super) fn initial(algorithm: Algorithm, lanes: usize) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Of32(in_every_lane(&sha1::INITIAL, lanes)),
            Algorithm::Sha512 | Algorithm::Sha512d => {
                Self::Of64(in_every_lane(&Sha512::INITIAL, lanes))
            }
            _ => Self::Of32(in_every_lane(&Sha256::INITIAL, lanes)),
        }
    }

    /// Copies hash values of the same hash function and number of lanes.
    pub(super) fn copy_from(&mut self, other: &Self) {
        match (self, other) {
            (Self::Of32(hashes), Self::Of32(other)) => hashes.copy_from_slice(other),
            (Self::Of64(hashes), Self::Of64(other)) => hashes.copy_from_slice(other),
            _ => unreachable!("the words have the same size"),
        }
    }

    /// Returns the word with this number, counted over all lanes.
    #[inline(always)]
    pub(super) fn word(&self, number: usize) -> u64 {
        match self {
            Self::Of32(hashes) => u64::from(hashes[number]),
            Self::Of64(hashes) => hashes[number],
        }
    }
}

fn in_every_lane<W: Copy>(words: &[W], lanes: usize) -> Vec<W> {
    words
        .iter()
        .flat_map(|&word| std::iter::repeat_n(word, lanes))
        .collect()
}
