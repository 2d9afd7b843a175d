//! The fast nonce scanners and the one place that chooses between them.
//!
//! A scanner is prepared once per job and may use any trick, as long as it returns exactly the hits that
//! [`Template::is_hit`] accepts. What survives its cheap test goes through that reference, so a faulty scanner
//! could miss a hit but not invent one; the property tests look for either.
//!
//! # From a template to vectors
//!
//! - [`prepare`] asks [`Platform`] for the fastest [`Kernel`] that runs here and knows the template's shape.
//!   The portable one knows every shape; the others want the nonce in the message's last block (of BLAKE3: of a
//!   lone chunk).
//! - `last_block` hashes what comes before that block, once per job, and cuts the nonces into *stretches*,
//!   within which a single 32-bit word of the block changes (`low_word`). For an aligned nonce a stretch is
//!   2^32 nonces long; for the least aligned 2^8, and still worth while. So a kernel knows one changing word,
//!   and not where or how the nonce is written.
//! - A `Filter` is the hot part: it computes once per stretch whatever does not depend on that word, and then
//!   finds the first nonce whose digest's most significant word, the last four bytes, is not above the
//!   target's. With a target of 32 leading zero bits or more that word alone rejects all but one nonce in
//!   billions, so no other word of the digest is computed.
//! - `lanes` holds the hash functions written once for every width of vector, a nonce in each lane, and what it
//!   takes of an instruction set (`Simd`, `Lanes`). `x86` holds the instruction sets, and the kernel of the SHA
//!   instructions, which need no lanes. Only `x86` contains `unsafe`.
//! - `variants` scans a template with version rolling by any kernel, variant by variant.
//!
//! # The tricks
//!
//! SHA-256, SHA-256d:
//! - The midstate, the rounds before the changing word, and of W(16) to W(31) all terms without it are computed
//!   once a stretch. What is left of the changing word is merely *added* in a few places, so vectors of
//!   constants are patched there and the rounds need not know which word it was.
//! - The padding of the second hash is constant: its schedule drops zeros and folds constants.
//! - The last word of the hash value is h after 64 rounds, and so e after 61; the compiler drops what only the
//!   others need.
//! - Variables are renamed from round to round, not moved: the round's number is a constant, and so are the
//!   indices.
//! - Unrolled where indices must be constants, a loop where it can be one: the code has to stay in the 32 KB
//!   instruction cache, and that of AVX-512 was faster below 20 KB, where it stays in the decoded one too.
//!   `npm run bench:kernels` prints what each takes.
//! - AVX-512 rotates in one instruction, and its ternary logic computes choose, majority and a sum of three in
//!   one.
//! - Version rolling changes an earlier block only: all variants share the schedule of the last one
//!   (`rolling_sha256d`).
//! - The SHA instructions wait for their own results: two nonces in turn fill the gaps.
//!
//! BLAKE3:
//! - One compression a nonce, from the chaining value before the last block. In the first round the
//!   quarter-rounds that do not wait for the changing word are done once a stretch.
//! - Words that are zero are not added: a header leaves 4 of 16.
//! - Of the last round only what leads to output word 7 is computed.
//!
//! Tried in vain, on Zen 4: two vectors of 16 side by side (registers spill, and the code outgrows the caches)
//! and four streams of SHA instructions (likewise).
//!
//! # To add a hash function
//!
//! Write the readable reference in [`algorithm`](crate::algorithm), then a `LaneHash` beside `lanes::blake3`,
//! the shorter model: `prepare` for what a stretch has in common, `survivors` for the rest, every function that
//! touches vectors `#[inline(always)]`. Say in `last_block` what comes before the last block, and construct it
//! in `x86::in_lanes`. The property tests in `tests/kernels.rs` run over
//! [`Algorithm::ALL`](crate::Algorithm::ALL) and [`Kernel::ALL`], and so does `cargo bench -p qanto-pow`. Count the
//! instructions for `ceiling`, and `npm run bench:kernels` shows how much of the processor is used.
//!
//! # To add an instruction set
//!
//! Add a [`Kernel`], and in `x86` (or a sibling for another architecture) a proof type whose values only
//! detection makes, its vectors, and `Simd::first_survivor` as a function with the target feature. It goes into
//! `Extensions`; all hash functions follow.

mod ceiling;
mod choice;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[cfg(target_arch = "x86_64")]
mod last_block;
#[cfg(target_arch = "x86_64")]
mod low_word;
mod nonce_words;
mod platform;
mod portable;
mod portable_blake3;
mod portable_sha256;
mod variants;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::Arc;

pub use self::ceiling::hash_ceiling;
pub use self::choice::{Kernel, KernelUnavailable, Reason, UnknownKernel};
pub use self::platform::Platform;
use crate::template::Template;

/// A nonce, and a variant of the template, whose digest meets the target. Ordered as they are searched: by
/// nonce, then by variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The nonce.
    pub nonce: u64,
    /// Number of the template's variant, see [`Template::variant`]; 0 without version rolling.
    pub variant: u32,
}

/// A prepared search for the hits of one template.
pub trait Scan: Send + Sync {
    /// The first hit among the `count` nonces from `first` on, each with every variant of the template. The caller
    /// keeps the range within the nonce space.
    fn scan(&self, first: u64, count: u64) -> Option<Hit>;

    /// How many nonces are hashed side by side: a `count` that is no multiple of this wastes work.
    fn lanes(&self) -> u64;

    /// What does the scanning.
    fn kernel(&self) -> Kernel;
}

/// A scanner, and why it is this one.
pub struct Selection {
    /// The scanner; [`Scan::kernel`] names its kernel.
    pub scan: Arc<dyn Scan>,
    /// Why this kernel.
    pub reason: Reason,
}

/// Prepares the scanner for a template: the fastest that fits this machine and the template's shape, or the one
/// that `choice` or else the environment ([`Kernel::VARIABLE`]) asks for. One that the machine can run but that
/// does not know the template's shape gives way to the portable one.
pub fn select(template: &Template, choice: Option<Kernel>) -> Result<Selection, KernelUnavailable> {
    let platform = Platform::detect();
    let forced = match choice {
        Some(kernel) => Some((kernel, Reason::Option)),
        None => Kernel::forced_by(std::env::var_os(Kernel::VARIABLE).as_deref())?
            .map(|kernel| (kernel, Reason::Variable)),
    };
    let chosen = match forced {
        Some((kernel, _)) if !platform.supports(kernel) => {
            return Err(KernelUnavailable::Unsupported(kernel));
        }
        Some((kernel, reason)) => platform
            .prepare(template, kernel)
            .map(|scan| Selection { scan, reason }),
        None => Kernel::ALL
            .into_iter()
            .find_map(|kernel| platform.prepare(template, kernel))
            .map(|scan| Selection {
                scan,
                reason: Reason::Detection,
            }),
    };
    Ok(chosen.unwrap_or_else(|| Selection {
        scan: portable(platform, template),
        reason: Reason::Shape,
    }))
}

fn portable(platform: Platform, template: &Template) -> Arc<dyn Scan> {
    let scan = platform.prepare(template, Kernel::Portable);
    scan.expect("the portable kernel knows every shape")
}

/// The scanner of [`select`].
pub fn prepare(
    template: &Template,
    choice: Option<Kernel>,
) -> Result<Arc<dyn Scan>, KernelUnavailable> {
    select(template, choice).map(|selection| selection.scan)
}
