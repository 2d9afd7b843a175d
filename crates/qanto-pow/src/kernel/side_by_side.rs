//! Hashing whole messages side by side, one in each lane of a vector. Unlike a scanner, this takes messages that have
//! nothing in common but the hash function and the length.

use super::choice::{Kernel, KernelUnavailable};
use super::platform::Platform;
use crate::algorithm::{Algorithm, sha256, sha512};
use crate::digest::MAX_DIGEST_LEN;

/// The bytes of a digest, and zeros behind it.
pub(crate) type DigestBytes = [u8; MAX_DIGEST_LEN];

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

    /// Computes the digests of padded messages of the same length. `messages` are as many of them as there are lanes,
    /// one behind the other; `digests` has room for each.
    ///
    /// # Panics
    ///
    /// Panics if the hash function has only one lane.
    pub(crate) fn digests(
        self,
        algorithm: Algorithm,
        messages: &[u8],
        digests: &mut [DigestBytes],
    ) {
        assert!(self.lanes(algorithm) > 1, "{algorithm} has no lanes");
        self.platform
            .digests(self.kernel, algorithm, messages, digests);
    }
}

/// Returns the length of a message with the padding of its hash function, which must be SHA-1 or one of SHA-2.
pub(crate) fn padded_len(algorithm: Algorithm, message_len: usize) -> usize {
    let (block_len, length_len) = padding(algorithm);
    (message_len + 1 + length_len).next_multiple_of(block_len)
}

/// Pads the message in the first `message_len` of the bytes, which are [`padded_len`] together: with a 1 bit, zeros, and
/// the length of the message in bits (FIPS 180-4, section 5.1).
pub(crate) fn pad(bytes: &mut [u8], message_len: usize) {
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
