//! Multi-threaded, cancellable proof-of-work search.
//!
//! A [`Template`] defines what to hash, where the nonce is written, and which digests are hits: those whose first bytes,
//! read as an integer, lie in the interval of a [`HitRule`]. A [`Target`] is such a rule. A [`Pool`] searches for many jobs at once, on threads
//! of its own. The answer to a job is the *first* hit, counted upwards from its start nonce. It does not depend on the
//! number of threads, the kernel or the timing.
//!
//! ```
//! use qanto_pow::{Algorithm, NonceEncoding, NonceField, Outcome, Pool, PoolConfig, SearchOptions, Target, Template};
//!
//! let template = Template::new(
//!     Algorithm::Blake3,
//!     b"hello, nonce: ........".as_slice(),
//!     NonceField { offset: 14, encoding: NonceEncoding::U64Le },
//!     Target::from_compact(0x1f00_ffff)?,
//! )?;
//! let pool = Pool::new(PoolConfig::default());
//! let (outcome, effort) = pool.solve(template.clone(), SearchOptions::default())?;
//! let Outcome::Found { nonce, .. } = outcome else { panic!("{outcome:?}") };
//! assert!(template.is_hit(nonce));
//! assert!(effort.hashes > nonce);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The layers, from the bottom: [`algorithm`] holds readable reference implementations of the hash functions,
//! [`kernel`] holds the fast scanners and selects one of them, and [`Pool`] holds the threads, the fair scheduling and
//! the life cycle of jobs.

#![deny(unsafe_code)]

pub mod algorithm;
pub mod device;
mod digest;
#[cfg(feature = "fault-injection")]
mod fault;
mod job;
pub mod kernel;
#[cfg(all(test, loom))]
mod models;
mod nonce;
mod options;
mod outcome;
mod panic;
mod pool;
mod prepared;
mod rule;
mod scheduler;
mod search;
mod subject;
mod sync;
mod target;
mod telemetry;
mod template;
#[cfg(test)]
mod test_process;
mod verification;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use digest::{Digest, MAX_DIGEST_LEN};
pub use kernel::{Kernel, KernelUnavailable, UnknownKernel};
pub use nonce::{MAX_DECIMAL_WIDTH, MAX_HEX_WIDTH, NonceEncoding, NonceEncodingError, NonceField};
pub use options::{Priority, SearchOptions};
pub use outcome::{Effort, Found, Observer, Outcome, Progress};
pub use panic::quiet_caught_panics;
pub use pool::{
    DEFAULT_QUEUE_LIMIT, JobHandle, JobStatus, JobsStatus, MAX_THREADS, Pool, PoolConfig,
    PoolStatus, SubmitError, Submitted, default_threads,
};
pub use prepared::PreparedTemplate;
/// The 256-bit integer type of targets and work, and the 512-bit one of the bounds of rules.
pub use ruint::aliases::{U256, U512};
pub use rule::{ByteOrder, HitRule, RuleError};
pub use target::{Target, TargetError};
pub use template::{
    MAX_PREIMAGE_LEN, MAX_REPEATED_LEN, MAX_TEXT_LEN, MAX_VARIANTS, REPETITIONS_LEN, Template,
    TemplateError, VERSION_ROLLING_MASK,
};
pub use verification::{
    AnswerBatch, AnswerError, AnswerNonce, Answers, MessageTarget, Messages, MessagesError, Nonces,
    NoncesError, Verification,
};
