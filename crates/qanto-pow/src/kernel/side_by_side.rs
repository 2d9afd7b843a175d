//! Hashing whole messages side by side, one in each lane of a vector. Unlike a scanner, this takes messages that have
//! nothing in common but the hash function and the length.

use std::ops::Range;

use super::choice::{Kernel, KernelUnavailable};
use super::digest_lanes::LaneHashes;
use super::lanes::blocks::Blocks;
use super::platform::Platform;
use crate::algorithm::{Algorithm, sha256, sha512};

/// The kernel that hashes side by side: AVX-512, AVX2 or NEON. Without one, messages are hashed by the reference
/// implementations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SideBySide {
    platform: Platform,
    kernel: Kernel,
}

impl SideBySide {
    /// Selects the kernel that the environment variable [`Kernel::VARIABLE`] names, or else the fastest one.
    ///
    /// # Errors
    ///
    /// Returns [`KernelUnavailable`] if the variable names no kernel, or one that this machine cannot run.
    pub(crate) fn select() -> Result<Self, KernelUnavailable> {
        let platform = Platform::detect();
        let kernel = match Kernel::forced_by(std::env::var_os(Kernel::VARIABLE).as_deref())? {
            Some(kernel) if !platform.supports(kernel) => {
                return Err(KernelUnavailable::Unsupported(kernel));
            }
            Some(kernel) => kernel,
            None => [Kernel::Avx512, Kernel::Avx2, Kernel::Neon]
                .into_iter()
                .find(|&kernel| platform.supports(kernel))
                .unwrap_or(Kernel::Portable),
        };
        Ok(Self { platform, kernel })
    }

    /// Uses one of the kernels that this machine can run.
    #[cfg(test)]
    pub(crate) fn of(kernel: Kernel) -> Self {
        let platform = Platform::detect();
        assert!(platform.supports(kernel));
        Self { platform, kernel }
    }

    /// Returns the kernel. Only AVX-512, AVX2 and NEON hash side by side; with any other kernel, the reference
    /// implementations hash.
    pub(crate) fn kernel(self) -> Kernel {
        self.kernel
    }

    /// Returns the number of messages that are hashed side by side, or 1 if the hash function is not one of those for
    /// which there is such code: SHA-1 and the SHA-2 functions.
    pub(crate) fn lanes(self, algorithm: Algorithm) -> usize {
        let vector_len = match self.kernel {
            Kernel::Avx512 => 64,
            Kernel::Avx2 => 32,
            Kernel::Neon => 16,
            _ => return 1,
        };
        match algorithm {
            Algorithm::Sha1 | Algorithm::Sha256 | Algorithm::Sha256d => vector_len / 4,
            Algorithm::Sha512 | Algorithm::Sha512d => vector_len / 8,
            Algorithm::Blake2b | Algorithm::Blake3 => 1,
        }
    }
}

/// Messages of one length, one in each lane, and their digests.
pub(crate) struct LaneMessages {
    hasher: SideBySide,
    algorithm: Algorithm,
    lanes: usize,
    /// The length of a message in bytes.
    len: usize,
    /// The length of a message with its padding.
    padded_len: usize,
    /// The length of the blocks that all messages have in common.
    common_len: usize,
    /// The padded messages, one behind the other.
    bytes: Vec<u8>,
    /// The hash values after the blocks that all messages have in common.
    before: LaneHashes,
    digests: LaneHashes,
}

impl LaneMessages {
    /// Puts a message into every lane. All later ones have the same length, and begin with the same `common` bytes.
    ///
    /// # Panics
    ///
    /// Panics if the hash function has only one lane, or if `common` is greater than the length.
    pub(crate) fn new(
        hasher: SideBySide,
        algorithm: Algorithm,
        message: &[u8],
        common: usize,
    ) -> Self {
        let lanes = hasher.lanes(algorithm);
        assert!(lanes > 1, "{algorithm} has no lanes");
        let len = message.len();
        assert!(common <= len, "{common} of {len} bytes");
        let (block_len, _) = padding(algorithm);
        let padded_len = padded_len(algorithm, len);
        let mut padded = vec![0; padded_len];
        padded[..len].copy_from_slice(message);
        pad(&mut padded, len);
        let initial = LaneHashes::initial(algorithm, lanes);
        let mut messages = Self {
            hasher,
            algorithm,
            lanes,
            len,
            padded_len,
            common_len: common / block_len * block_len,
            bytes: padded.repeat(lanes),
            before: initial.clone(),
            digests: initial,
        };
        messages.compress(0..messages.common_len);
        messages.before.copy_from(&messages.digests);
        messages
    }

    /// Returns whether messages of this hash function and length fit.
    pub(crate) fn fit(&self, algorithm: Algorithm, len: usize) -> bool {
        self.algorithm == algorithm && self.len == len
    }

    /// Returns the hash function.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the message in a lane, to write the next one over it.
    pub(crate) fn message(&mut self, lane: usize) -> &mut [u8] {
        &mut self.bytes[lane * self.padded_len..][..self.len]
    }

    /// Returns the number of lanes.
    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Computes the digests of all lanes.
    pub(crate) fn hash(&mut self) {
        self.digests.copy_from(&self.before);
        self.compress(self.common_len..self.padded_len);
    }

    /// Computes the digests of messages that are in memory one behind the other, one for each lane. Of each message, only what
    /// follows the last whole block is copied.
    pub(crate) fn hash_in_place(&mut self, messages: &[u8]) {
        let (block_len, _) = padding(self.algorithm);
        let whole = self.len / block_len * block_len;
        let copies = self.bytes.chunks_exact_mut(self.padded_len);
        for (copy, message) in copies.zip(messages.chunks_exact(self.len)) {
            copy[whole..self.len].copy_from_slice(&message[whole..]);
        }
        self.digests.copy_from(&self.before);
        let blocks = Blocks {
            messages,
            len: self.len,
            range: self.common_len..whole,
        };
        let SideBySide { platform, kernel } = self.hasher;
        platform.digests(kernel, self.algorithm, &blocks, false, &mut self.digests);
        self.compress(whole..self.padded_len);
    }

    /// Compresses the blocks in this range of every message in the lanes.
    fn compress(&mut self, range: Range<usize>) {
        let is_last = range.end == self.padded_len;
        let blocks = Blocks {
            messages: &self.bytes,
            len: self.padded_len,
            range,
        };
        let SideBySide { platform, kernel } = self.hasher;
        platform.digests(kernel, self.algorithm, &blocks, is_last, &mut self.digests);
    }

    /// Returns a word of the digest in a lane, whose bytes are in big-endian order.
    #[inline(always)]
    pub(crate) fn digest_word(&self, lane: usize, word: usize) -> u64 {
        self.digests.word(word * self.lanes + lane)
    }
}

/// Returns the length of the words of a hash function in bytes. It must be SHA-1 or one of SHA-2.
pub(crate) fn word_len(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Sha512 | Algorithm::Sha512d => 8,
        _ => 4,
    }
}

/// Returns the length of a message with the padding of its hash function, which must be SHA-1 or one of SHA-2.
fn padded_len(algorithm: Algorithm, message_len: usize) -> usize {
    let (block_len, length_len) = padding(algorithm);
    (message_len + 1 + length_len).next_multiple_of(block_len)
}

/// Pads the message in the first `message_len` of the bytes, which are [`padded_len`] together: with a 1 bit, zeros, and
/// the length of the message in bits (FIPS 180-4, section 5.1).
fn pad(bytes: &mut [u8], message_len: usize) {
    bytes[message_len] = 0x80;
    bytes[message_len + 1..].fill(0);
    let length = (8 * message_len as u64).to_be_bytes();
    let end = bytes.len();
    bytes[end - length.len()..].copy_from_slice(&length);
}

/// Returns the length of a block, and the length of the field in which the padding states the length of the message.
fn padding(algorithm: Algorithm) -> (usize, usize) {
    match algorithm {
        Algorithm::Sha512 | Algorithm::Sha512d => (sha512::BLOCK_LEN, 16),
        _ => (sha256::BLOCK_LEN, 8),
    }
}
