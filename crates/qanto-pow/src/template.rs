//! What to hash, where the nonce is written, and which digests are hits.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::target::Target;

/// The maximum length of a preimage, in bytes.
pub const MAX_PREIMAGE_LEN: usize = 65_536;

/// The bits of a block header's version that miners may change freely (BIP 320). The version is the first four bytes of
/// the header, little-endian.
pub const VERSION_ROLLING_MASK: u32 = 0x1fff_e000;

/// The maximum number of versions that a search tries with each nonce.
pub const MAX_VARIANTS: u32 = 16;

/// How a nonce is written into the preimage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NonceEncoding {
    /// 4 bytes, little-endian.
    U32Le,
    /// 4 bytes, big-endian.
    U32Be,
    /// 8 bytes, little-endian.
    U64Le,
    /// 8 bytes, big-endian.
    U64Be,
}

/// The error for a name that no encoding has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nonce.encoding must be one of u32le, u32be, u64le, u64be; got {0:?}")]
pub struct UnknownNonceEncoding(pub String);

impl NonceEncoding {
    /// Every encoding.
    pub const ALL: [Self; 4] = [Self::U32Le, Self::U32Be, Self::U64Le, Self::U64Be];

    /// Returns the name, as it is parsed and displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::U32Le => "u32le",
            Self::U32Be => "u32be",
            Self::U64Le => "u64le",
            Self::U64Be => "u64be",
        }
    }

    /// Returns the length of the nonce in bytes: 4 or 8.
    pub fn width(self) -> usize {
        match self {
            Self::U32Le | Self::U32Be => 4,
            Self::U64Le | Self::U64Be => 8,
        }
    }

    /// Returns the last nonce of the nonce space: 2^32 - 1 or 2^64 - 1.
    pub fn max_nonce(self) -> u64 {
        match self {
            Self::U32Le | Self::U32Be => u64::from(u32::MAX),
            Self::U64Le | Self::U64Be => u64::MAX,
        }
    }

    /// Writes a nonce of at most [`max_nonce`](Self::max_nonce) into [`width`](Self::width) bytes.
    fn write(self, nonce: u64, field: &mut [u8]) {
        match self {
            Self::U32Le => field.copy_from_slice(&(nonce as u32).to_le_bytes()),
            Self::U32Be => field.copy_from_slice(&(nonce as u32).to_be_bytes()),
            Self::U64Le => field.copy_from_slice(&nonce.to_le_bytes()),
            Self::U64Be => field.copy_from_slice(&nonce.to_be_bytes()),
        }
    }
}

impl fmt::Display for NonceEncoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for NonceEncoding {
    type Err = UnknownNonceEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownNonceEncoding> {
        let named = Self::ALL
            .into_iter()
            .find(|encoding| encoding.name() == name);
        named.ok_or_else(|| UnknownNonceEncoding(name.to_owned()))
    }
}

/// The position and the encoding of the nonce in the preimage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NonceField {
    /// The number of bytes before the nonce.
    pub offset: usize,
    /// The encoding of the nonce.
    pub encoding: NonceEncoding,
}

/// Why a template was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The preimage is empty or too long.
    #[error("preimage must have 1 to {MAX_PREIMAGE_LEN} bytes; got {length}")]
    PreimageLength {
        /// The length of the preimage in bytes.
        length: usize,
    },
    /// The nonce does not lie within the preimage.
    #[error(
        "nonce.offset must leave space for {} bytes in the preimage of {preimage_len} bytes; got {}",
        .field.encoding.width(), .field.offset
    )]
    NonceOutsidePreimage {
        /// The field that was given.
        field: NonceField,
        /// The length of the preimage in bytes.
        preimage_len: usize,
    },
    /// The number of variants is 0 or too large.
    #[error("variants must be from 1 to {MAX_VARIANTS}; got {variants}")]
    Variants {
        /// The number that was given.
        variants: u32,
    },
    /// The nonce overlaps the version of a header, or has 8 bytes.
    #[error(
        "version rolling needs a nonce of 4 bytes after the version in bytes 0 to 3; got {} at offset {}",
        .field.encoding, .field.offset
    )]
    NoVersion {
        /// The field of the nonce.
        field: NonceField,
    },
    /// The nonce is too large for the encoding.
    #[error("nonce must be at most {max}; got {nonce}")]
    NonceTooLarge {
        /// The nonce that was given.
        nonce: u64,
        /// The last nonce of the encoding.
        max: u64,
    },
}

/// A proof-of-work problem. A nonce is a *hit* if the digest of the preimage with this nonce meets the target.
///
/// A template is cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    algorithm: Algorithm,
    preimage: Arc<[u8]>,
    nonce: NonceField,
    target: Target,
    variants: u32,
}

impl Template {
    /// Creates a template. The preimage has 1 to 65,536 bytes. Its bytes in the place of the nonce are placeholders,
    /// which every nonce overwrites.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::PreimageLength`] or [`TemplateError::NonceOutsidePreimage`].
    pub fn new(
        algorithm: Algorithm,
        preimage: impl Into<Arc<[u8]>>,
        nonce: NonceField,
        target: Target,
    ) -> Result<Self, TemplateError> {
        let preimage = preimage.into();
        let length = preimage.len();
        if length == 0 || length > MAX_PREIMAGE_LEN {
            return Err(TemplateError::PreimageLength { length });
        }
        let end = nonce.offset.checked_add(nonce.encoding.width());
        if end.is_none_or(|end| end > length) {
            return Err(TemplateError::NonceOutsidePreimage {
                field: nonce,
                preimage_len: length,
            });
        }
        Ok(Self {
            algorithm,
            preimage,
            nonce,
            target,
            variants: 1,
        })
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
    /// Returns [`TemplateError::Variants`], or [`TemplateError::NoVersion`] if the nonce overlaps the version or has 8
    /// bytes.
    pub fn with_version_rolling(self, variants: u32) -> Result<Self, TemplateError> {
        if variants == 0 || variants > MAX_VARIANTS {
            return Err(TemplateError::Variants { variants });
        }
        let field = self.nonce;
        if field.offset < 4 || field.encoding.width() > 4 {
            return Err(TemplateError::NoVersion { field });
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
        let version = u32::from_le_bytes(std::array::from_fn(|i| preimage[i]));
        let rolled = bits << VERSION_ROLLING_MASK.trailing_zeros() & VERSION_ROLLING_MASK;
        let version = version & !VERSION_ROLLING_MASK | rolled;
        preimage[..4].copy_from_slice(&version.to_le_bytes());
        Self {
            preimage: preimage.into(),
            variants: 1,
            ..self.clone()
        }
    }

    /// Returns the hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the preimage, including its placeholder bytes.
    pub fn preimage(&self) -> &[u8] {
        &self.preimage
    }

    /// Returns the preimage with zeros in the place of the nonce.
    pub(crate) fn preimage_without_nonce(&self) -> Vec<u8> {
        let NonceField { offset, encoding } = self.nonce;
        let mut message = self.preimage.to_vec();
        message[offset..offset + encoding.width()].fill(0);
        message
    }

    /// Returns the position and the encoding of the nonce.
    pub fn nonce(&self) -> NonceField {
        self.nonce
    }

    /// Returns the target.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Returns the last nonce of the nonce space.
    pub fn max_nonce(&self) -> u64 {
        self.nonce.encoding.max_nonce()
    }

    /// Computes the digest with this nonce, by the reference implementation: 32 bytes, in the order in which the hash
    /// function returns them. With version rolling, this is the digest of variant 0.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::NonceTooLarge`].
    pub fn digest(&self, nonce: u64) -> Result<[u8; 32], TemplateError> {
        let max = self.max_nonce();
        if nonce > max {
            return Err(TemplateError::NonceTooLarge { nonce, max });
        }
        let mut message = self.preimage.to_vec();
        let NonceField { offset, encoding } = self.nonce;
        encoding.write(nonce, &mut message[offset..offset + encoding.width()]);
        Ok(self.algorithm.digest(&message))
    }

    /// Returns whether this nonce is a hit, by the reference implementation. A nonce outside the nonce space is not a
    /// hit. With version rolling, only variant 0 is considered.
    pub fn is_hit(&self, nonce: u64) -> bool {
        self.digest(nonce)
            .is_ok_and(|digest| self.target.is_met_by(&digest))
    }
}
