//! Messages of one length that contain their nonces, such as the headers of a chain.

use std::ops::Range;

use super::alike::{Alike, Hasher, PreparedRule, Source};
use super::copied::Copied;
use crate::algorithm::Algorithm;
use crate::rule::HitRule;
use crate::target::TargetError;
use crate::template::MAX_PREIMAGE_LEN;

/// Messages of one length, one behind the other, with one hash function.
#[derive(Clone, Debug)]
pub struct Messages {
    algorithm: Algorithm,
    digest_len: usize,
    len: usize,
    bytes: Copied,
    target: MessageTarget,
}

/// Which digests of messages are hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageTarget {
    /// The same rule holds for all messages.
    Rule(HitRule),
    /// Each message has, at this offset, the compact bits of its own target, little-endian.
    CompactAt(usize),
}

/// Why messages were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessagesError {
    /// The messages are empty or too long.
    #[error("a message must have 1 to {MAX_PREIMAGE_LEN} bytes; got {length}")]
    Length {
        /// The length of a message in bytes.
        length: usize,
    },
    /// The last message is incomplete.
    #[error("the messages must have a multiple of {length} bytes together; got {total}")]
    Incomplete {
        /// The length of a message in bytes.
        length: usize,
        /// The number of bytes that were given.
        total: usize,
    },
    /// The hash function has no digest of this length.
    #[error("the digest of {algorithm} cannot have {length} bytes")]
    DigestLength {
        /// The hash function.
        algorithm: Algorithm,
        /// The length that was given, in bytes.
        length: usize,
    },
    /// The rule reads more bytes than the digest has.
    #[error("the rule must read at most the {digest_len} bytes of the digest; got {width}")]
    RuleWidth {
        /// The number of bytes that the rule reads.
        width: usize,
        /// The length of the digest in bytes.
        digest_len: usize,
    },
    /// The compact bits do not lie within a message.
    #[error(
        "the compact bits must lie within the {length} bytes of a message; got offset {offset}"
    )]
    CompactOutside {
        /// The offset that was given.
        offset: usize,
        /// The length of a message in bytes.
        length: usize,
    },
    /// The compact bits of a message encode no target.
    #[error("message {index}: {error}")]
    Compact {
        /// The number of the message.
        index: usize,
        /// What is wrong with the bits.
        error: TargetError,
    },
}

impl Messages {
    /// Checks and copies messages of `len` bytes, from 1 to 65,536.
    ///
    /// # Errors
    ///
    /// Returns [`MessagesError`].
    pub fn new(
        algorithm: Algorithm,
        digest_len: usize,
        len: usize,
        bytes: &[u8],
        target: MessageTarget,
    ) -> Result<Self, MessagesError> {
        if len == 0 || len > MAX_PREIMAGE_LEN {
            return Err(MessagesError::Length { length: len });
        }
        if !bytes.len().is_multiple_of(len) {
            return Err(MessagesError::Incomplete {
                length: len,
                total: bytes.len(),
            });
        }
        if !algorithm.has_digest_len(digest_len) {
            return Err(MessagesError::DigestLength {
                algorithm,
                length: digest_len,
            });
        }
        match target {
            MessageTarget::Rule(rule) => {
                let width = rule.width();
                if width > digest_len {
                    return Err(MessagesError::RuleWidth { width, digest_len });
                }
            }
            MessageTarget::CompactAt(offset) => {
                if offset.checked_add(4).is_none_or(|end| end > len) {
                    return Err(MessagesError::CompactOutside {
                        offset,
                        length: len,
                    });
                }
                let mut valid = None;
                for (index, message) in bytes.chunks_exact(len).enumerate() {
                    let bits = compact_at(message, offset);
                    // Headers that follow each other usually have the same bits.
                    if valid != Some(bits) {
                        HitRule::from_compact(bits, digest_len)
                            .map_err(|error| MessagesError::Compact { index, error })?;
                        valid = Some(bits);
                    }
                }
            }
        }
        Ok(Self {
            algorithm,
            digest_len,
            len,
            bytes: Copied::of(bytes),
            target,
        })
    }

    /// Returns the number of messages.
    pub fn count(&self) -> usize {
        self.bytes.len() / self.len
    }

    pub(super) fn verify(
        &self,
        numbers: Range<usize>,
        hasher: &mut Hasher,
        record: impl Fn(usize, bool),
    ) {
        if numbers.is_empty() {
            return;
        }
        let alike = Alike {
            algorithm: self.algorithm,
            digest_len: self.digest_len,
            message: self.message(numbers.start),
            common: 0,
        };
        match self.target {
            MessageTarget::Rule(rule) => {
                let rule = PreparedRule::new(rule, self.algorithm);
                hasher.hash(&alike, numbers, self, |number, hashed| {
                    record(number, hashed.meets(&rule));
                });
            }
            MessageTarget::CompactAt(offset) => {
                hasher.hash(&alike, numbers, self, |number, hashed| {
                    let bits = compact_at(self.message(number), offset);
                    record(number, hashed.meets_compact(bits));
                });
            }
        }
    }

    fn message(&self, number: usize) -> &[u8] {
        &self.bytes[number * self.len..][..self.len]
    }
}

impl Source for Messages {
    fn write(&self, number: usize, message: &mut [u8]) {
        message.copy_from_slice(self.message(number));
    }

    fn in_place(&self, numbers: Range<usize>) -> Option<&[u8]> {
        Some(&self.bytes[numbers.start * self.len..numbers.end * self.len])
    }
}

fn compact_at(message: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| message[offset + i]))
}
