//! The N-API binding of `qanto-pow` and `qanto-store`: it converts arguments and outcomes, and carries the wake-up of the
//! event loop. Everything that computes or decides lives in those crates; everything that JavaScript can check is
//! checked in TypeScript before it gets here.

mod mailbox;
pub mod platform;
mod pool_status;
mod process_pool;
mod solver;
mod store;
mod template;
mod trace;

use napi::bindgen_prelude::{BigInt, Error, Result, Uint8Array};
use napi_derive::napi;
use pool_status::PoolStatus;
use template::{TemplateInput, to_nonce};

/// Whether the nonce is a hit of the template's variant (0 without version rolling), by the reference
/// implementation.
#[napi(catch_unwind)]
pub fn verify(template: TemplateInput, nonce: BigInt, variant: u32) -> Result<bool> {
    let nonce = to_nonce("nonce", &nonce)?;
    Ok(template.into_variant(variant)?.is_hit(nonce))
}

/// The digest, 32 bytes, of the preimage of the template's variant (0 without version rolling) with the nonce
/// written in, by the reference.
#[napi(catch_unwind)]
pub fn digest(template: TemplateInput, nonce: BigInt, variant: u32) -> Result<Uint8Array> {
    let nonce = to_nonce("nonce", &nonce)?;
    Ok(template
        .into_variant(variant)?
        .digest(nonce)
        .map_err(refuse)?
        .to_vec()
        .into())
}

/// The digest, 32 bytes, of any bytes, by the reference.
#[napi(catch_unwind)]
pub fn hash(algorithm: String, bytes: &[u8]) -> Result<Uint8Array> {
    let algorithm: qanto_pow::Algorithm = algorithm.parse().map_err(refuse)?;
    Ok(algorithm.digest(bytes).to_vec().into())
}

/// How many threads a job uses unless told otherwise.
#[napi]
pub fn default_threads() -> u32 {
    u32::try_from(qanto_pow::default_threads()).unwrap_or(u32::MAX)
}

/// What the process's hashing threads are doing now.
#[napi(catch_unwind)]
pub fn pool_status() -> PoolStatus {
    process_pool::status().into()
}

/// An error whose message is `CODE: detail`.
fn refuse(detail: impl std::fmt::Display) -> Error {
    Error::from_reason(format!("ERR_QANTO_INVALID_ARGUMENT: {detail}"))
}
