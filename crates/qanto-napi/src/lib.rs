//! The N-API binding of `qanto-pow` and `qanto-store`: it converts arguments and outcomes, and carries the wake-up of the
//! event loop. Everything that computes or decides lives in those crates; everything that JavaScript can check is
//! checked in TypeScript before it gets here.

mod mailbox;
pub mod platform;
mod pool_status;
mod process_pool;
mod refusal;
mod solver;
mod store;
mod template;
mod trace;

use napi::bindgen_prelude::{BigInt, Uint8Array};
use napi_derive::napi;
use pool_status::PoolStatus;
use refusal::{Result, invalid_argument};
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
        .map_err(invalid_argument)?
        .to_vec()
        .into())
}

/// The digest, 32 bytes, of any bytes, by the reference.
#[napi(catch_unwind)]
pub fn hash(
    #[napi(ts_arg_type = "Algorithm")] algorithm: String,
    bytes: &[u8],
) -> Result<Uint8Array> {
    let algorithm: qanto_pow::Algorithm = algorithm.parse().map_err(invalid_argument)?;
    Ok(algorithm.digest(bytes).to_vec().into())
}

/// How many threads a job uses unless told otherwise.
#[napi]
pub fn default_threads() -> u32 {
    u32::try_from(process_pool::config().default_threads.get()).unwrap_or(u32::MAX)
}

/// What the process's hashing threads are doing now.
#[napi(catch_unwind)]
pub fn pool_status() -> PoolStatus {
    process_pool::status().into()
}

/// Sets the number of threads that a job uses by default and the number of unsettled jobs, for the whole process. Only
/// before the first job: throws `ERR_QANTO_POOL_IN_USE` later.
#[napi(catch_unwind)]
pub fn configure_pool(threads: Option<u32>, queue_limit: Option<u32>) -> Result<()> {
    process_pool::configure(threads, queue_limit)
}
