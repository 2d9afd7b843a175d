use napi::bindgen_prelude::{BigInt, Uint8Array};
use napi_derive::napi;
use qanto_pow::{NonceField, Target, Template};

use crate::error::{Result, invalid_argument};

/// A template, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct TemplateInput {
    /// The hash function.
    #[napi(ts_type = "Algorithm")]
    pub algorithm: String,
    /// The preimage, 1 to 65,536 bytes.
    pub preimage: Uint8Array,
    /// The byte offset of the nonce in the preimage.
    pub nonce_offset: u32,
    /// The encoding of the nonce.
    #[napi(ts_type = "'u32le' | 'u32be' | 'u64le' | 'u64be'")]
    pub nonce_encoding: String,
    /// The target, 32 bytes, little-endian.
    pub target: Uint8Array,
    /// The number of versions that are tried with each nonce, 1 to 16. If absent, the version is not changed.
    pub version_rolling: Option<u32>,
}

impl TemplateInput {
    pub fn into_template(self) -> Result<Template> {
        let nonce = NonceField {
            offset: self.nonce_offset as usize,
            encoding: self.nonce_encoding.parse().map_err(invalid_argument)?,
        };
        let target: [u8; 32] = self.target.as_ref().try_into().map_err(invalid_argument)?;
        let template = Template::new(
            self.algorithm.parse().map_err(invalid_argument)?,
            self.preimage.to_vec(),
            nonce,
            Target::from_le_bytes(target).map_err(invalid_argument)?,
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

/// Converts a bigint to u64. `argument` is its name in the error.
pub fn to_nonce(argument: &str, value: &BigInt) -> Result<u64> {
    match value.get_u64() {
        (false, value, true) => Ok(value),
        _ => Err(invalid_argument(format_args!(
            "{argument} must be an unsigned 64-bit integer"
        ))),
    }
}
