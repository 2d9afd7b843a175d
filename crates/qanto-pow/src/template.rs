//! What to hash, where the nonce is written, and which digests are hits.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::digest::Digest;
use crate::nonce::{NonceEncoding, NonceField};
use crate::rule::HitRule;

/// The maximum length of a preimage, in bytes.
pub const MAX_PREIMAGE_LEN: usize = 65_536;

/// The length up to which a message that is hashed once needs no memory of the heap.
const MAX_MESSAGE_LEN_ON_STACK: usize = 256;

/// The maximum length of the bytes that a template repeats.
pub const MAX_REPEATED_LEN: usize = 1024;

/// The minimum and the maximum length of all repetitions together, in bytes.
pub const REPETITIONS_LEN: RangeInclusive<usize> = 128..=16 << 20;

/// The length of the repetitions with which the kernels are measured.
const FEW_REPETITIONS_LEN: usize = 64 * 192;

/// The maximum length of a text in the place of a nonce, in bytes.
pub const MAX_TEXT_LEN: usize = 64;

/// The bits of a block header's version that miners may change freely (BIP 320). The version is the first four bytes of
/// the header, little-endian.
pub const VERSION_ROLLING_MASK: u32 = 0x1fff_e000;

/// The maximum number of versions that a search tries with each nonce.
pub const MAX_VARIANTS: u32 = 16;

/// Why a template was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The preimage is empty or too long.
    #[error("preimage must have 1 to {MAX_PREIMAGE_LEN} bytes; got {length}")]
    PreimageLength {
        /// The length of the preimage in bytes.
        length: usize,
    },
    /// The nonce does not lie within the preimage. A text nonce, which is inserted, takes no space of it.
    #[error(
        "nonce.offset must leave space for {} bytes in the preimage of {preimage_len} bytes; got {}",
        (.field).overwritten_len(), .field.offset
    )]
    NonceOutsidePreimage {
        /// The field that was given.
        field: NonceField,
        /// The length of the preimage in bytes.
        preimage_len: usize,
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
    /// The text in the place of a nonce is empty or too long, or the nonce is binary.
    #[error(
        "the text of a nonce must have 1 to {MAX_TEXT_LEN} bytes, and the encoding must be a text; got {length} bytes"
    )]
    NonceText {
        /// The length of the text in bytes.
        length: usize,
    },
    /// The number of variants is 0 or too large.
    #[error("variants must be from 1 to {MAX_VARIANTS}; got {variants}")]
    Variants {
        /// The number that was given.
        variants: u32,
    },
    /// The template has no variant with this number.
    #[error("variant must be less than {variants}; got {variant}")]
    NoSuchVariant {
        /// The number that was given.
        variant: u32,
        /// The number of variants of the template.
        variants: u32,
    },
    /// The nonce overlaps the version of a header, or does not have 4 bytes.
    #[error(
        "version rolling needs a nonce of 4 bytes after the version in bytes 0 to 3; got {} at offset {}",
        .field.encoding, .field.offset
    )]
    NoVersion {
        /// The field of the nonce.
        field: NonceField,
    },
    /// The bytes to repeat are empty or too long, or all repetitions together are too short or too long.
    #[error(
        "repeated must have 1 to {MAX_REPEATED_LEN} bytes, which are {} to {} bytes with all repetitions; got {length} bytes, {times} times",
        REPETITIONS_LEN.start(), REPETITIONS_LEN.end()
    )]
    RepetitionsLength {
        /// The length of the bytes that are repeated.
        length: usize,
        /// The number of repetitions.
        times: usize,
    },
    /// Bytes cannot be repeated with this hash function, with a text nonce, with version rolling, or where many answers are
    /// verified at once.
    #[error(
        "repeated must only be given for sha256 and a binary nonce, without version rolling, and not for many answers at once"
    )]
    NoRepetition,
    /// The nonce is too large for the encoding.
    #[error("nonce must be at most {max}; got {nonce}")]
    NonceTooLarge {
        /// The nonce that was given.
        nonce: u64,
        /// The last nonce of the encoding.
        max: u64,
    },
}

/// A proof-of-work problem. A nonce is a *hit* if the digest of the message with this nonce meets the rule.
///
/// The message is the preimage with the nonce in it: a binary nonce overwrites its bytes, and a text nonce is inserted.
/// A template is cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    algorithm: Algorithm,
    digest_len: usize,
    preimage: Arc<[u8]>,
    nonce: NonceField,
    rule: HitRule,
    variants: u32,
    repeated: Option<Repeated>,
}

/// Bytes that follow the preimage several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) times: usize,
}

impl Repeated {
    /// Returns the length of all repetitions together.
    pub(crate) fn total_len(&self) -> usize {
        self.bytes.len() * self.times
    }

    /// Writes the repetitions from this position on.
    pub(crate) fn write(&self, from: usize, to: &mut [u8]) {
        let start = from % self.bytes.len();
        let (_, rest) = self.bytes.split_at(start);
        let (first, others) = to.split_at_mut(rest.len().min(to.len()));
        first.copy_from_slice(&rest[..first.len()]);
        for part in others.chunks_mut(self.bytes.len()) {
            part.copy_from_slice(&self.bytes[..part.len()]);
        }
    }
}

impl Template {
    /// Creates a template. The preimage has 1 to 65,536 bytes. Its bytes in the place of a binary nonce are
    /// placeholders, which every nonce overwrites. A text nonce may also follow the whole preimage.
    ///
    /// The digest has the default length of the hash function. A [`Target`](crate::Target) is a rule, too.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::PreimageLength`], [`TemplateError::NonceOutsidePreimage`] or
    /// [`TemplateError::RuleWidth`].
    pub fn new(
        algorithm: Algorithm,
        preimage: impl Into<Arc<[u8]>>,
        nonce: NonceField,
        rule: impl Into<HitRule>,
    ) -> Result<Self, TemplateError> {
        let digest_len = algorithm.default_digest_len();
        Self::with_digest_len(algorithm, digest_len, preimage, nonce, rule)
    }

    /// Creates a template whose digests have this length in bytes. Only the digests of [`Algorithm::Blake2b`] may have
    /// another length than the default one.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::DigestLength`] or an error of [`new`](Self::new).
    pub fn with_digest_len(
        algorithm: Algorithm,
        digest_len: usize,
        preimage: impl Into<Arc<[u8]>>,
        nonce: NonceField,
        rule: impl Into<HitRule>,
    ) -> Result<Self, TemplateError> {
        let preimage = preimage.into();
        let rule = rule.into();
        let length = preimage.len();
        if length == 0 || length > MAX_PREIMAGE_LEN {
            return Err(TemplateError::PreimageLength { length });
        }
        let end = nonce.offset.checked_add(nonce.overwritten_len());
        if end.is_none_or(|end| end > length) {
            return Err(TemplateError::NonceOutsidePreimage {
                field: nonce,
                preimage_len: length,
            });
        }
        if !algorithm.has_digest_len(digest_len) {
            return Err(TemplateError::DigestLength {
                algorithm,
                length: digest_len,
            });
        }
        let width = rule.width();
        if width > digest_len {
            return Err(TemplateError::RuleWidth { width, digest_len });
        }
        Ok(Self {
            algorithm,
            digest_len,
            preimage,
            nonce,
            rule,
            variants: 1,
            repeated: None,
        })
    }

    /// Returns the same template with messages that have these bytes `times` times behind the preimage. Many nonces are then
    /// hashed with the message schedule of the few blocks that differ, and a search can be stopped within a hash.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::RepetitionsLength`] if there are not 1 to [`MAX_REPEATED_LEN`] bytes, or if all repetitions
    /// do not have [`REPETITIONS_LEN`] bytes. Returns [`TemplateError::NoRepetition`] if the hash function is not SHA-256,
    /// the nonce is a text, or there is version rolling.
    pub fn with_repeated(
        self,
        bytes: impl Into<Arc<[u8]>>,
        times: usize,
    ) -> Result<Self, TemplateError> {
        let bytes = bytes.into();
        let length = bytes.len();
        let total = length.saturating_mul(times);
        if length == 0 || length > MAX_REPEATED_LEN || !REPETITIONS_LEN.contains(&total) {
            return Err(TemplateError::RepetitionsLength { length, times });
        }
        let is_possible = self.algorithm == Algorithm::Sha256
            && !self.nonce.encoding.is_text()
            && self.variants == 1;
        if !is_possible {
            return Err(TemplateError::NoRepetition);
        }
        Ok(Self {
            repeated: Some(Repeated { bytes, times }),
            ..self
        })
    }

    /// Returns the bytes that are repeated behind the preimage, if there are any.
    pub(crate) fn repeated(&self) -> Option<&Repeated> {
        self.repeated.as_ref()
    }

    /// Returns the same template with few repetitions of the bytes that it repeats.
    pub(crate) fn with_few_repetitions(mut self) -> Self {
        if let Some(repeated) = &mut self.repeated {
            let enough = FEW_REPETITIONS_LEN.div_ceil(repeated.bytes.len());
            repeated.times = repeated.times.min(enough);
        }
        self
    }

    /// Returns the same template with version rolling: each nonce is tried with `variants` (1 to [`MAX_VARIANTS`])
    /// versions before the next nonce is tried.
    ///
    /// Variant v has v in the bits of [`VERSION_ROLLING_MASK`]. The preimage's own bits there are placeholders. For a
    /// header whose nonce is in a later block of the hash function than the version, this is faster than a search for
    /// each version, because the variants share the message schedule of the nonce's block.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::Variants`], or [`TemplateError::NoVersion`] if the nonce overlaps the version or does
    /// not have 4 bytes.
    pub fn with_version_rolling(self, variants: u32) -> Result<Self, TemplateError> {
        if variants == 0 || variants > MAX_VARIANTS {
            return Err(TemplateError::Variants { variants });
        }
        let field = self.nonce;
        if field.offset < 4 || field.overwritten_len() != 4 {
            return Err(TemplateError::NoVersion { field });
        }
        if self.repeated.is_some() {
            return Err(TemplateError::NoRepetition);
        }
        Ok(Self {
            variants,
            ..self.with_rolled_bits(0)
        })
    }

    /// Returns the number of versions that are tried with each nonce. It is 1 without version rolling.
    pub fn variants(&self) -> u32 {
        self.variants
    }

    /// Returns the template of one variant, without version rolling. Returns `None` if `variant` is not less than
    /// [`variants`](Self::variants).
    pub fn variant(&self, variant: u32) -> Option<Self> {
        if variant >= self.variants {
            return None;
        }
        Some(match self.variants {
            1 => self.clone(),
            _ => self.with_rolled_bits(variant),
        })
    }

    /// Returns the templates of all variants, in order.
    pub(crate) fn each_variant(&self) -> impl Iterator<Item = Self> {
        (0..self.variants).filter_map(|variant| self.variant(variant))
    }

    fn with_rolled_bits(&self, bits: u32) -> Self {
        let mut preimage = self.preimage.to_vec();
        Self::roll_version(&mut preimage, bits);
        Self {
            preimage: preimage.into(),
            variants: 1,
            ..self.clone()
        }
    }

    /// Writes the number of a variant into the version of a header.
    pub(crate) fn roll_version(header: &mut [u8], variant: u32) {
        let version = u32::from_le_bytes(std::array::from_fn(|i| header[i]));
        let rolled = variant << VERSION_ROLLING_MASK.trailing_zeros() & VERSION_ROLLING_MASK;
        let version = version & !VERSION_ROLLING_MASK | rolled;
        header[..4].copy_from_slice(&version.to_le_bytes());
    }

    /// Returns the hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the length of the digest in bytes, 1 to 64.
    pub fn digest_len(&self) -> usize {
        self.digest_len
    }

    /// Returns the preimage, including its placeholder bytes.
    pub fn preimage(&self) -> &[u8] {
        &self.preimage
    }

    /// Returns the position and the encoding of the nonce.
    pub fn nonce(&self) -> NonceField {
        self.nonce
    }

    /// Returns the rule that says which digests are hits.
    pub fn rule(&self) -> &HitRule {
        &self.rule
    }

    /// Returns the last nonce of the nonce space.
    pub fn max_nonce(&self) -> u64 {
        self.nonce.encoding.max_nonce()
    }

    /// Returns the same template with another encoding of the nonce at the same place. Both encodings must be texts.
    pub(crate) fn with_text_encoding(&self, encoding: NonceEncoding) -> Self {
        debug_assert!(self.nonce.encoding.is_text() && encoding.is_text());
        Self {
            nonce: NonceField {
                encoding,
                ..self.nonce
            },
            ..self.clone()
        }
    }

    /// Returns the same template with the rule that the fewest digests meet.
    pub(crate) fn hardest(&self) -> Self {
        Self {
            rule: self.rule.hardest(),
            ..self.clone()
        }
    }

    /// Returns the same template without the first `len` bytes of its message, which lie before the nonce.
    pub(crate) fn without_start(&self, len: usize) -> Self {
        Self {
            preimage: self.preimage[len..].into(),
            nonce: NonceField {
                offset: self.nonce.offset - len,
                ..self.nonce
            },
            ..self.clone()
        }
    }

    /// Calls `hash` with the message with this nonce, or returns [`TemplateError::NonceTooLarge`].
    pub(crate) fn with_message<T>(
        &self,
        nonce: u64,
        hash: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, TemplateError> {
        let max = self.max_nonce();
        if nonce > max {
            return Err(TemplateError::NonceTooLarge { nonce, max });
        }
        let NonceField { offset, encoding } = self.nonce;
        let nonce_len = encoding.len_of(nonce);
        let first_len = self.preimage.len() - self.nonce.overwritten_len() + nonce_len;
        let len = first_len + self.repeated.as_ref().map_or(0, Repeated::total_len);
        let mut on_stack = [0; MAX_MESSAGE_LEN_ON_STACK];
        let mut on_heap = Vec::new();
        let message = match on_stack.get_mut(..len) {
            Some(message) => message,
            None => {
                on_heap.resize(len, 0);
                &mut on_heap
            }
        };
        let (first, repetitions) = message.split_at_mut(first_len);
        self.write_around(first, nonce_len);
        if let Some(repeated) = &self.repeated {
            repeated.write(0, repetitions);
        }
        encoding.write(nonce, &mut message[offset..offset + nonce_len]);
        Ok(hash(message))
    }

    /// Writes the bytes of the message before and after a nonce of this length.
    fn write_around(&self, message: &mut [u8], nonce_len: usize) {
        let offset = self.nonce.offset;
        let (before, rest) = self.preimage.split_at(offset);
        let after = &rest[self.nonce.overwritten_len()..];
        message[..offset].copy_from_slice(before);
        message[offset + nonce_len..].copy_from_slice(after);
    }

    /// Returns the message with `len` zero bytes in the place of the nonce.
    pub(crate) fn message_around(&self, len: usize) -> Vec<u8> {
        let mut message = vec![0; self.preimage.len() - self.nonce.overwritten_len() + len];
        self.write_around(&mut message, len);
        message
    }

    /// Computes the digest with this nonce, by the reference implementation, in the order in which the hash function
    /// returns its bytes. With version rolling, this is the digest of variant 0.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::NonceTooLarge`].
    pub fn digest(&self, nonce: u64) -> Result<Digest, TemplateError> {
        self.with_message(nonce, |message| self.digest_of(message))
    }

    /// Computes the digest with this text in the place of a text nonce, by the reference implementation. The text has
    /// 1 to [`MAX_TEXT_LEN`] bytes, which need not be what the encoding would write: a server that hashes what a client
    /// sent must hash it unchanged.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::NonceText`] if the length is out of range or the encoding is binary.
    pub fn digest_with_text(&self, text: &[u8]) -> Result<Digest, TemplateError> {
        let length = text.len();
        let is_valid = (1..=MAX_TEXT_LEN).contains(&length) && self.nonce.encoding.is_text();
        if !is_valid {
            return Err(TemplateError::NonceText { length });
        }
        let mut message = self.message_around(length);
        message[self.nonce.offset..][..length].copy_from_slice(text);
        Ok(self.digest_of(&message))
    }

    fn digest_of(&self, message: &[u8]) -> Digest {
        self.algorithm.digest_of_len(message, self.digest_len)
    }

    /// Returns whether this nonce is a hit, by the reference implementation. A nonce outside the nonce space is not a
    /// hit. With version rolling, only variant 0 is considered.
    pub fn is_hit(&self, nonce: u64) -> bool {
        self.digest(nonce)
            .is_ok_and(|digest| self.rule.is_met_by(&digest))
    }
}
