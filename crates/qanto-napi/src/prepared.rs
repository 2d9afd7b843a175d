use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{BigInt, Function};
use napi_derive::napi;
use qanto_pow::{Digest, Template};

use crate::error::{Result, invalid_argument, node_api};
use crate::template::{TemplateInput, to_hex, to_nonce, variant_of};

/// A template whose nonces are verified one after another, by the reference implementation. It holds the templates of all
/// variants (one without version rolling).
#[napi]
pub struct PreparedTemplate {
    variants: Vec<Arc<qanto_pow::PreparedTemplate>>,
}

#[napi]
impl PreparedTemplate {
    /// Copies the template.
    #[napi(constructor, catch_unwind)]
    pub fn new(template: TemplateInput) -> Result<Self> {
        let template = template.into_template()?;
        let variants = (0..template.variants())
            .map(|variant| {
                variant_of(&template, variant)
                    .map(|template| Arc::new(qanto_pow::PreparedTemplate::new(template)))
            })
            .collect::<Result<_>>()?;
        Ok(Self { variants })
    }

    /// Returns a function that returns whether a nonce, an integer up to 2^53, is a hit of variant 0. Calling a function takes
    /// less time than calling a method, for which Node-API looks up the object.
    #[napi(catch_unwind)]
    pub fn verifier<'env>(&self, env: &'env Env) -> Result<Function<'env, f64, bool>> {
        let prepared = Arc::clone(self.variant(0)?);
        env.create_function_from_closure("verify", move |context| {
            let nonce: f64 = context.get(0)?;
            Ok(prepared.is_hit(nonce as u64))
        })
        .map_err(node_api)
    }

    /// Returns whether the nonce is a hit.
    #[napi(catch_unwind)]
    pub fn verify_large(&self, nonce: BigInt, variant: u32) -> Result<bool> {
        let nonce = to_nonce("nonce", &nonce)?;
        Ok(self.variant(variant)?.is_hit(nonce))
    }

    /// Returns whether the template is hit with this text in the place of its nonce, which is text, too. The text has 1 to
    /// 64 bytes, which are hashed as they are.
    #[napi(catch_unwind)]
    pub fn verify_text(&self, text: String) -> Result<bool> {
        let template = self.variant(0)?.template();
        let digest = digest_with_text(template, &text)?;
        Ok(template.rule().is_met_by(&digest))
    }

    /// Returns the digest with this nonce, in hex.
    #[napi(catch_unwind)]
    pub fn digest(&self, nonce: BigInt, variant: u32) -> Result<String> {
        let nonce = to_nonce("nonce", &nonce)?;
        let digest = self.variant(variant)?.digest(nonce);
        Ok(to_hex(&digest.map_err(invalid_argument)?))
    }

    /// Returns the digest with this text in the place of the nonce, in hex.
    #[napi(catch_unwind)]
    pub fn digest_text(&self, text: String) -> Result<String> {
        Ok(to_hex(&digest_with_text(
            self.variant(0)?.template(),
            &text,
        )?))
    }

    fn variant(&self, number: u32) -> Result<&Arc<qanto_pow::PreparedTemplate>> {
        self.variants.get(number as usize).ok_or_else(|| {
            let variants = self.variants.len();
            invalid_argument(format_args!(
                "variant must be less than {variants}; got {number}"
            ))
        })
    }
}

fn digest_with_text(template: &Template, text: &str) -> Result<Digest> {
    template
        .digest_with_text(text.as_bytes())
        .map_err(invalid_argument)
}
