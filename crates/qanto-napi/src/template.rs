use napi::bindgen_prelude::{BigInt, Uint8Array};
use napi_derive::napi;
use qanto_pow::{Algorithm, ByteOrder, HitRule, NonceEncoding, NonceField, Template, U512};

use crate::error::{Result, invalid_argument};

/// A template, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct TemplateInput {
    /// The hash function.
    #[napi(ts_type = "Algorithm")]
    pub algorithm: String,
    /// The length of the digest in bytes.
    pub digest_length: u32,
    /// The preimage, 1 to 65,536 bytes.
    pub preimage: Uint8Array,
    /// The byte offset of the nonce in the message.
    pub nonce_offset: u32,
    /// The encoding of the nonce.
    pub nonce_encoding: String,
    /// The number of digits of a nonce with a fixed number of them.
    pub nonce_width: Option<u32>,
    /// What counts as a hit.
    pub rule: RuleInput,
    /// The number of versions that are tried with each nonce, 1 to 16. If absent, the version is not changed.
    pub version_rolling: Option<u32>,
    /// The bytes that follow the preimage, and how often they do.
    pub repeated: Option<RepeatedInput>,
}

/// Bytes that a template repeats, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct RepeatedInput {
    pub bytes: Uint8Array,
    pub times: u32,
}

impl RepeatedInput {
    pub fn behind(&self, template: Template) -> Result<Template> {
        template
            .with_repeated(self.bytes.to_vec(), self.times as usize)
            .map_err(invalid_argument)
    }
}

/// A rule, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct RuleInput {
    /// The bounds, little-endian, both with as many bytes as the rule reads of the digest: 1 to 64.
    pub lo: Uint8Array,
    pub hi: Uint8Array,
    /// Whether the rule reads the digest as a big-endian integer.
    pub big_endian: bool,
}

impl RuleInput {
    pub fn to_rule(&self) -> Result<HitRule> {
        HitRule::new(
            self.lo.len(),
            order_of(self.big_endian),
            to_bound(&self.lo)?,
            to_bound(&self.hi)?,
        )
        .map_err(invalid_argument)
    }
}

impl TemplateInput {
    pub fn into_template(self) -> Result<Template> {
        let nonce = NonceField {
            offset: self.nonce_offset as usize,
            encoding: NonceEncoding::new(&self.nonce_encoding, self.nonce_width)
                .map_err(invalid_argument)?,
        };
        let template = Template::with_digest_len(
            self.algorithm.parse().map_err(invalid_argument)?,
            self.digest_length as usize,
            self.preimage.to_vec(),
            nonce,
            self.rule.to_rule()?,
        )
        .map_err(invalid_argument)?;
        let template = match self.version_rolling {
            Some(variants) => template
                .with_version_rolling(variants)
                .map_err(invalid_argument)?,
            None => template,
        };
        match self.repeated {
            Some(repeated) => repeated.behind(template),
            None => Ok(template),
        }
    }
}

fn order_of(big_endian: bool) -> ByteOrder {
    match big_endian {
        true => ByteOrder::BigEndian,
        false => ByteOrder::LittleEndian,
    }
}

/// A template and an answer in a few bytes, which are read faster than the properties of an object. TypeScript writes
/// them in `ts/pow/packed.ts`.
///
/// Byte 0 is the number of the hash function, 1 the length of the digest, 2 the number of the nonce's encoding, 3 its
/// width or 0, 4 the width of the rule, 5 whether the rule is big-endian, 6 the number of versions or 0, and 7 the
/// variant. The offset of the nonce (u32) and the nonce (u64) follow, both little-endian. What lies behind them is not read.
pub struct Packed<'a>(&'a [u8; PACKED_LEN]);

const PACKED_LEN: usize = 20;

/// The encodings of nonces, in the order of their numbers.
const ENCODINGS: [&str; 8] = [
    "u32le",
    "u32be",
    "u64le",
    "u64be",
    "u64le-swapped",
    "decimal",
    "decimal-fixed",
    "hex",
];

impl<'a> Packed<'a> {
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        bytes.first_chunk().map(Self).ok_or_else(|| {
            let len = bytes.len();
            invalid_argument(format_args!(
                "a packed template must have {PACKED_LEN} bytes; got {len}"
            ))
        })
    }

    pub fn variant(&self) -> u32 {
        u32::from(self.0[7])
    }

    pub fn nonce(&self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|i| self.0[12 + i]))
    }

    /// Returns the template. A lower bound that is absent is 0.
    pub fn template(&self, preimage: &[u8], lo: Option<&BigInt>, hi: &BigInt) -> Result<Template> {
        let bytes = self.0;
        let algorithm = Algorithm::ALL
            .get(usize::from(bytes[0]))
            .ok_or_else(|| invalid_argument("there is no hash function with this number"))?;
        let nonce = NonceField {
            offset: u32::from_le_bytes(std::array::from_fn(|i| bytes[8 + i])) as usize,
            encoding: encoding_of(bytes[2], bytes[3])?,
        };
        let rule = HitRule::new(
            usize::from(bytes[4]),
            order_of(bytes[5] != 0),
            lo.map_or(Ok(U512::ZERO), integer)?,
            integer(hi)?,
        )
        .map_err(invalid_argument)?;
        let template =
            Template::with_digest_len(*algorithm, usize::from(bytes[1]), preimage, nonce, rule)
                .map_err(invalid_argument)?;
        match bytes[6] {
            0 => Ok(template),
            variants => template
                .with_version_rolling(u32::from(variants))
                .map_err(invalid_argument),
        }
    }
}

/// Returns the encoding with this number and width.
fn encoding_of(number: u8, width: u8) -> Result<NonceEncoding> {
    let number = usize::from(number);
    // The binary encodings come first. They need not be looked up by their names.
    if width == 0
        && let Some(&binary) = NonceEncoding::BINARY.get(number)
    {
        return Ok(binary);
    }
    let name = ENCODINGS
        .get(number)
        .ok_or_else(|| invalid_argument("there is no encoding with this number"))?;
    let width = (width > 0).then_some(u32::from(width));
    NonceEncoding::new(name, width).map_err(invalid_argument)
}

/// Returns the template of one variant.
pub fn variant_of(template: &Template, number: u32) -> Result<Template> {
    template.variant(number).ok_or_else(|| {
        let variants = template.variants();
        invalid_argument(format_args!(
            "variant must be less than {variants}; got {number}"
        ))
    })
}

fn integer(value: &BigInt) -> Result<U512> {
    U512::checked_from_limbs_slice(&value.words)
        .filter(|_| !value.sign_bit)
        .ok_or_else(|| invalid_argument("the bounds of a rule must have at most 64 bytes"))
}

fn to_bound(bytes: &[u8]) -> Result<U512> {
    U512::try_from_le_slice(bytes)
        .ok_or_else(|| invalid_argument("the bounds of a rule must have at most 64 bytes"))
}

/// Returns the bytes as lowercase hex digits.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Converts a bigint to u64. `argument` is its name in the error.
pub fn to_nonce(argument: &str, value: &BigInt) -> Result<u64> {
    match value.get_u64() {
        (false, value, true) => Ok(value),
        _ => Err(invalid_argument(format_args!(
            "{argument} must be an unsigned 64-bit integer"
        ))),
    }
}
