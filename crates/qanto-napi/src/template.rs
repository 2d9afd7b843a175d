use napi::bindgen_prelude::{BigInt, Uint8Array};
use napi_derive::napi;
use qanto_pow::{ByteOrder, HitRule, NonceEncoding, NonceField, Template, U512};

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
    /// The bounds of the rule, little-endian, both with as many bytes as the rule reads of the digest: 1 to 64.
    pub rule_lo: Uint8Array,
    pub rule_hi: Uint8Array,
    /// Whether the rule reads the digest as a big-endian integer.
    pub rule_big_endian: bool,
    /// The number of versions that are tried with each nonce, 1 to 16. If absent, the version is not changed.
    pub version_rolling: Option<u32>,
}

impl TemplateInput {
    pub fn into_template(self) -> Result<Template> {
        let nonce = NonceField {
            offset: self.nonce_offset as usize,
            encoding: NonceEncoding::new(&self.nonce_encoding, self.nonce_width)
                .map_err(invalid_argument)?,
        };
        let order = match self.rule_big_endian {
            true => ByteOrder::BigEndian,
            false => ByteOrder::LittleEndian,
        };
        let rule = HitRule::new(
            self.rule_lo.len(),
            order,
            to_bound(&self.rule_lo)?,
            to_bound(&self.rule_hi)?,
        )
        .map_err(invalid_argument)?;
        let template = Template::with_digest_len(
            self.algorithm.parse().map_err(invalid_argument)?,
            self.digest_length as usize,
            self.preimage.to_vec(),
            nonce,
            rule,
        )
        .map_err(invalid_argument)?;
        match self.version_rolling {
            Some(variants) => template
                .with_version_rolling(variants)
                .map_err(invalid_argument),
            None => Ok(template),
        }
    }

    /// Returns the template of one variant.
    pub fn into_variant(self, number: u32) -> Result<Template> {
        let template = self.into_template()?;
        template.variant(number).ok_or_else(|| {
            let variants = template.variants();
            invalid_argument(format_args!(
                "variant must be less than {variants}; got {number}"
            ))
        })
    }
}

fn to_bound(bytes: &[u8]) -> Result<U512> {
    U512::try_from_le_slice(bytes)
        .ok_or_else(|| invalid_argument("the bounds of a rule must have at most 64 bytes"))
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
