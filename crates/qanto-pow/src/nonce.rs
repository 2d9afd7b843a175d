//! How nonces are written into messages.

use std::fmt;

/// How a nonce is written into the message.
///
/// A binary nonce overwrites bytes of the preimage. The digits of a text nonce are ASCII characters that are inserted
/// between its bytes.
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
    /// 8 bytes: the upper 32 bits, then the lower 32 bits, both little-endian.
    U64LeSwapped,
    /// Decimal digits without leading zeros.
    Decimal,
    /// A fixed number of decimal digits, with leading zeros.
    DecimalFixed {
        /// The number of digits, 1 to [`MAX_DECIMAL_WIDTH`].
        width: u8,
    },
    /// A fixed number of lowercase hexadecimal digits, with leading zeros.
    Hex {
        /// The number of digits, 1 to [`MAX_HEX_WIDTH`].
        width: u8,
    },
}

/// The number of decimal digits of the largest nonce, 2^64 - 1.
pub const MAX_DECIMAL_WIDTH: u8 = 20;

/// The number of hexadecimal digits of the largest nonce.
pub const MAX_HEX_WIDTH: u8 = 16;

/// The error for a name that no encoding has, or a width that its encoding cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NonceEncodingError {
    /// No encoding has this name.
    #[error("nonce.encoding must be one of {known}; got {0:?}", known = NAMES.join(", "))]
    Unknown(String),
    /// The number of digits is out of range, is missing, or belongs to an encoding without one.
    #[error("nonce.width of {encoding} must be {expected}; got {width:?}")]
    Width {
        /// The name of the encoding.
        encoding: &'static str,
        /// What would be right.
        expected: &'static str,
        /// The width that was given.
        width: Option<u32>,
    },
}

/// The names of the encodings.
const NAMES: [&str; 8] = [
    "u32le",
    "u32be",
    "u64le",
    "u64be",
    "u64le-swapped",
    "decimal",
    "decimal-fixed",
    "hex",
];

impl NonceEncoding {
    /// Every binary encoding.
    pub const BINARY: [Self; 5] = [
        Self::U32Le,
        Self::U32Be,
        Self::U64Le,
        Self::U64Be,
        Self::U64LeSwapped,
    ];

    /// Returns the encoding with this name and, if it has one, this number of digits.
    ///
    /// # Errors
    ///
    /// Returns [`NonceEncodingError`] if no encoding has the name, or if it cannot have the width.
    pub fn new(name: &str, width: Option<u32>) -> Result<Self, NonceEncodingError> {
        let digits = |max: u8| {
            let width = width.and_then(|width| u8::try_from(width).ok());
            width.filter(|width| (1..=max).contains(width))
        };
        let (encoding, expected) = match name {
            "decimal-fixed" => (
                digits(MAX_DECIMAL_WIDTH).map(|width| Self::DecimalFixed { width }),
                "from 1 to 20",
            ),
            "hex" => (
                digits(MAX_HEX_WIDTH).map(|width| Self::Hex { width }),
                "from 1 to 16",
            ),
            _ => {
                let mut others = Self::BINARY.into_iter().chain([Self::Decimal]);
                let found = others.find(|encoding| encoding.name() == name);
                let encoding = found.ok_or_else(|| NonceEncodingError::Unknown(name.to_owned()))?;
                (width.is_none().then_some(encoding), "absent")
            }
        };
        encoding.ok_or_else(|| NonceEncodingError::Width {
            encoding: NAMES
                .into_iter()
                .find(|&known| known == name)
                .expect("a known name"),
            expected,
            width,
        })
    }

    /// Returns the name, as it is parsed and displayed. It does not contain the number of digits.
    pub fn name(self) -> &'static str {
        match self {
            Self::U32Le => "u32le",
            Self::U32Be => "u32be",
            Self::U64Le => "u64le",
            Self::U64Be => "u64be",
            Self::U64LeSwapped => "u64le-swapped",
            Self::Decimal => "decimal",
            Self::DecimalFixed { .. } => "decimal-fixed",
            Self::Hex { .. } => "hex",
        }
    }

    /// Returns whether nonces are text, which is inserted, and not bytes, which overwrite.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Decimal | Self::DecimalFixed { .. } | Self::Hex { .. }
        )
    }

    /// Returns the number of bytes of this nonce in the message: 1 to 20.
    pub fn len_of(self, nonce: u64) -> usize {
        match self {
            Self::U32Le | Self::U32Be => 4,
            Self::U64Le | Self::U64Be | Self::U64LeSwapped => 8,
            Self::Decimal => nonce.checked_ilog10().unwrap_or(0) as usize + 1,
            Self::DecimalFixed { width } | Self::Hex { width } => usize::from(width),
        }
    }

    /// Returns the last nonce of the nonce space: 2^32 - 1, 2^64 - 1, or the largest number with the given number of
    /// digits.
    pub fn max_nonce(self) -> u64 {
        match self {
            Self::U32Le | Self::U32Be => u64::from(u32::MAX),
            Self::U64Le | Self::U64Be | Self::U64LeSwapped | Self::Decimal => u64::MAX,
            Self::DecimalFixed { width } => 10u64
                .checked_pow(u32::from(width))
                .map_or(u64::MAX, |count| count - 1),
            Self::Hex { width } => u64::MAX >> (64 - 4 * u32::from(width)),
        }
    }

    /// Returns the position, within a nonce of `len` bytes, of the byte or digit that has this many less significant
    /// ones.
    pub(crate) fn position(self, significance: usize, len: usize) -> usize {
        match self {
            Self::U32Le | Self::U64Le => significance,
            Self::U64LeSwapped => (significance + 4) % 8,
            _ => len - 1 - significance,
        }
    }

    /// Returns the number of values of a byte or digit: 256, 16 or 10.
    pub(crate) fn radix(self) -> u64 {
        match self {
            Self::Decimal | Self::DecimalFixed { .. } => 10,
            Self::Hex { .. } => 16,
            _ => 256,
        }
    }

    /// Writes a nonce of at most [`max_nonce`](Self::max_nonce) into its [`len_of`](Self::len_of) bytes.
    pub(crate) fn write(self, nonce: u64, field: &mut [u8]) {
        match self {
            Self::U32Le => field.copy_from_slice(&(nonce as u32).to_le_bytes()),
            Self::U32Be => field.copy_from_slice(&(nonce as u32).to_be_bytes()),
            Self::U64Le => field.copy_from_slice(&nonce.to_le_bytes()),
            Self::U64Be => field.copy_from_slice(&nonce.to_be_bytes()),
            Self::U64LeSwapped => field.copy_from_slice(&nonce.rotate_left(32).to_le_bytes()),
            Self::Decimal | Self::DecimalFixed { .. } => write_digits(nonce, 10, field),
            Self::Hex { .. } => write_digits(nonce, 16, field),
        }
    }
}

/// Fills the field with the last digits of a number, most significant first.
fn write_digits(mut number: u64, radix: u64, field: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in field.iter_mut().rev() {
        *byte = DIGITS[(number % radix) as usize];
        number /= radix;
    }
}

impl fmt::Display for NonceEncoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The position and the encoding of the nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NonceField {
    /// The number of bytes before the nonce.
    pub offset: usize,
    /// The encoding of the nonce.
    pub encoding: NonceEncoding,
}

impl NonceField {
    /// Returns the number of bytes of the preimage that a nonce overwrites: 4, 8, or 0 if it is inserted.
    pub(crate) fn overwritten_len(&self) -> usize {
        match self.encoding {
            NonceEncoding::U32Le | NonceEncoding::U32Be => 4,
            NonceEncoding::U64Le | NonceEncoding::U64Be | NonceEncoding::U64LeSwapped => 8,
            NonceEncoding::Decimal
            | NonceEncoding::DecimalFixed { .. }
            | NonceEncoding::Hex { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back() {
        for encoding in NonceEncoding::BINARY
            .into_iter()
            .chain([NonceEncoding::Decimal])
        {
            assert_eq!(NonceEncoding::new(encoding.name(), None), Ok(encoding));
        }
        for width in 1..=20 {
            let encoding = NonceEncoding::DecimalFixed { width };
            let parsed = NonceEncoding::new("decimal-fixed", Some(u32::from(width)));
            assert_eq!(parsed, Ok(encoding));
        }
        for width in 1..=16 {
            let encoding = NonceEncoding::Hex { width };
            let parsed = NonceEncoding::new("hex", Some(u32::from(width)));
            assert_eq!(parsed, Ok(encoding));
        }
    }

    #[test]
    fn a_width_that_the_encoding_cannot_have_is_refused() {
        for (name, width) in [
            ("decimal", Some(3)),
            ("u32le", Some(4)),
            ("hex", None),
            ("hex", Some(0)),
            ("hex", Some(17)),
            ("hex", Some(257)),
            ("decimal-fixed", None),
            ("decimal-fixed", Some(21)),
        ] {
            let error = NonceEncoding::new(name, width).expect_err("refused");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_a_list_of_the_known_ones() {
        let error = NonceEncoding::new("u16le", None).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "nonce.encoding must be one of u32le, u32be, u64le, u64be, u64le-swapped, decimal, decimal-fixed, hex; got \"u16le\""
        );
    }

    fn written(encoding: NonceEncoding, nonce: u64) -> Vec<u8> {
        let mut field = vec![0; encoding.len_of(nonce)];
        encoding.write(nonce, &mut field);
        field
    }

    #[test]
    fn a_nonce_is_written_as_its_encoding_says() {
        let nonce = 0x0102_0304_0506_0708;
        assert_eq!(
            written(NonceEncoding::U64LeSwapped, nonce),
            [4, 3, 2, 1, 8, 7, 6, 5]
        );
        assert_eq!(written(NonceEncoding::Decimal, 0), b"0");
        assert_eq!(written(NonceEncoding::Decimal, 9), b"9");
        assert_eq!(written(NonceEncoding::Decimal, 10), b"10");
        assert_eq!(
            written(NonceEncoding::Decimal, u64::MAX),
            b"18446744073709551615"
        );
        assert_eq!(
            written(NonceEncoding::DecimalFixed { width: 5 }, 42),
            b"00042"
        );
        assert_eq!(
            written(NonceEncoding::Hex { width: 6 }, 0xab_cdef),
            b"abcdef"
        );
        assert_eq!(
            written(NonceEncoding::Hex { width: 16 }, 1),
            b"0000000000000001"
        );
    }

    #[test]
    fn the_last_nonce_fills_its_digits() {
        assert_eq!(NonceEncoding::DecimalFixed { width: 3 }.max_nonce(), 999);
        assert_eq!(
            NonceEncoding::DecimalFixed { width: 19 }.max_nonce(),
            9_999_999_999_999_999_999
        );
        assert_eq!(
            NonceEncoding::DecimalFixed { width: 20 }.max_nonce(),
            u64::MAX
        );
        assert_eq!(NonceEncoding::Hex { width: 1 }.max_nonce(), 15);
        assert_eq!(NonceEncoding::Hex { width: 16 }.max_nonce(), u64::MAX);
    }
}
