//! The N-API binding of `qanto-pow` and `qanto-store`. It converts arguments and outcomes, and wakes the event loop.
//! All computations and decisions are in those crates. Everything that JavaScript can check is checked in TypeScript
//! before it gets here.

mod answers;
mod error;
mod mailbox;
pub mod platform;
mod pool_jobs;
mod pool_status;
mod prepared;
mod process_pool;
mod report;
mod solver;
mod store;
mod sync;
mod template;
mod trace;
mod wake_up;

use error::{Result, invalid_argument};
use napi::bindgen_prelude::{BigInt, Uint8Array};
use napi_derive::napi;
use pool_jobs::PoolJobs;
use pool_status::PoolStatus;
use qanto_pow::TemplateError;
use template::{Packed, variant_of};

/// Returns whether the nonce of a packed template is a hit of its variant, according to the reference implementation. The
/// bounds of the rule are `lo`, or 0, and `hi`.
#[napi(catch_unwind)]
pub fn verify(packed: &[u8], preimage: &[u8], hi: BigInt, lo: Option<BigInt>) -> Result<bool> {
    let packed = Packed::new(packed)?;
    let template = packed.template(preimage, lo.as_ref(), &hi)?;
    let nonce = packed.nonce();
    if template.variants() == 1 && packed.variant() == 0 {
        return Ok(template.is_hit(nonce));
    }
    Ok(variant_of(&template, packed.variant())?.is_hit(nonce))
}

/// Returns the digest of any bytes, with the default length unless one is given. It is computed by the reference
/// implementation.
#[napi(catch_unwind)]
pub fn hash(
    #[napi(ts_arg_type = "Algorithm")] algorithm: String,
    bytes: &[u8],
    digest_length: Option<u32>,
) -> Result<Uint8Array> {
    let algorithm: qanto_pow::Algorithm = algorithm.parse().map_err(invalid_argument)?;
    let length = digest_length.map_or(algorithm.default_digest_len(), |length| length as usize);
    if !algorithm.has_digest_len(length) {
        return Err(invalid_argument(TemplateError::DigestLength {
            algorithm,
            length,
        }));
    }
    Ok(algorithm.digest_of_len(bytes, length).to_vec().into())
}

/// Returns the default number of threads of a job.
#[napi]
pub fn default_threads() -> u32 {
    u32::try_from(process_pool::config().default_threads.get()).unwrap_or(u32::MAX)
}

/// Returns the state of the process's hashing threads.
#[napi(catch_unwind)]
pub fn pool_status() -> PoolStatus {
    process_pool::status().into()
}

/// Returns what the process's hashing threads are doing, with at most this many jobs.
#[napi(catch_unwind)]
pub fn pool_jobs(count: u32) -> PoolJobs {
    process_pool::jobs(count as usize).into()
}

/// Sets the default number of threads of a job, and the maximum number of unsettled jobs, for the whole process. Throws
/// `ERR_QANTO_POOL_IN_USE` after the first job.
#[napi(catch_unwind)]
pub fn configure_pool(threads: Option<u32>, queue_limit: Option<u32>) -> Result<()> {
    process_pool::configure(threads, queue_limit)
}
