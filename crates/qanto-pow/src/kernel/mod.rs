//! The kernels, which search nonces fast, and the one place that selects between them.
//!
//! A kernel prepares a scanner ([`Scan`]) for each job. A scanner may use any optimisation, as long as it returns
//! exactly the hits that [`Template::is_hit`](crate::Template::is_hit) accepts. It only finds *candidates* by a cheap
//! test, and the reference implementation confirms them. Therefore a faulty scanner could miss a hit but not invent
//! one. The property tests look for both.
//!
//! # From a template to vectors
//!
//! - [`select`] asks [`Platform`] for the fastest [`Kernel`] that this machine can run and that supports the template's
//!   shape. The portable kernel supports every shape. The others require the nonce to lie in the last block of the
//!   message, and with BLAKE3 a message of one chunk.
//! - `last_block` hashes the blocks before the last one, once per job.
//! - `low_word` cuts the nonces into *segments*, within which a single 32-bit word of the block changes. The segments
//!   of an aligned nonce have 2^32 nonces. Those of the least aligned nonce have 2^8, which is still worthwhile. So a
//!   kernel knows one changing word, and does not need to know where or how the nonce is written.
//! - `x86::scanner` walks over the segments. A `Filter` is the hot part: it computes once per segment everything that
//!   does not depend on the low word, and then finds the first nonce whose digest has a *top word* (the most
//!   significant one, its last four bytes) that does not exceed the target's. If the target has 32 leading zero bits or
//!   more, the top word alone rejects all but one nonce in billions, so no other word of the digest is computed.
//! - `lanes` holds the hash functions, written once for every vector width with a nonce in each lane. `simd` says what
//!   they need of an instruction set. `x86` holds the instruction sets, and the kernel of the SHA extensions, which has
//!   no lanes. Only `x86` contains `unsafe`.
//! - `variants` scans a template with version rolling with any kernel, variant by variant.
//!
//! A job calls [`Scan::scan`] for each batch, which calls `Filter::first_candidate`. This method is compiled once for
//! each instruction set and hash function, and contains the loop over the nonces. The portable scanners contain the
//! loop in [`Scan::scan`] itself.
//!
//! # The optimisations
//!
//! SHA-256 and SHA-256d:
//! - The midstate, the rounds before the low word, and all terms of W(16) to W(31) that do not depend on the low word
//!   are computed once per segment. The terms of the low word are then only *added* to a few words, so the rounds do
//!   not depend on its index.
//! - The padding of the second hash is constant. Therefore its message schedule omits zeros and folds constants.
//! - The last word of the hash value needs h after 64 rounds, which is e after 61. The compiler removes what only the
//!   other words need.
//! - The working variables are renamed from round to round instead of moved. The number of the round is a constant, and
//!   so are the indices.
//! - Code is unrolled where indices must be constants, and a loop where it can be one. The code has to fit into the 32
//!   KB instruction cache. The AVX-512 code was faster below 20 KB, where it also fits into the decoded instruction
//!   cache. `npm run bench:kernels` prints the sizes.
//! - AVX-512 rotates in one instruction. Its ternary logic instruction computes Ch, Maj, and an exclusive or of three
//!   words.
//! - Version rolling changes only an earlier block, so all variants share the message schedule of the last one
//!   (`rolling_sha256d`).
//! - The SHA instructions wait for their own results. Hashing two nonces in turn fills the gaps.
//!
//! BLAKE3:
//! - Each nonce takes one compression, which begins with the chaining value before the last block. In the first round,
//!   the quarter-rounds that do not depend on the low word are done once per segment.
//! - Words that are zero are not added. In the last block of a header, 4 of 16 words are not zero.
//! - In the last round, only what output word 7 needs is computed.
//!
//! Two optimisations were tried on Zen 4 without success: two vectors of 16 lanes side by side, and four streams of SHA
//! instructions. In both cases registers are spilled, and the code no longer fits into the caches.
//!
//! # Adding a hash function
//!
//! Write the readable reference in [`algorithm`](crate::algorithm), then a `LaneHash` next to `lanes::blake3`, which is
//! the shorter model: `precompute` computes what a segment has in common, and `candidates` the rest. Every function
//! that touches vectors must be `#[inline(always)]`. Add to `last_block` what comes before the last block, and
//! construct the hash function in `x86::in_lanes`. The property tests in `tests/kernels.rs` cover
//! [`Algorithm::ALL`](crate::Algorithm::ALL) and [`Kernel::ALL`], and so does `cargo bench -p qanto-pow`. Count the
//! instructions for `ceiling`; `npm run bench:kernels` then shows how much of the processor is used.
//!
//! # Adding an instruction set
//!
//! Add a [`Kernel`]. In `x86`, or in a new module for another architecture, add a proof type whose values only the
//! detection makes, its vectors, and a `Filter` whose `first_candidate` enables the target feature. Add the proof to
//! `Extensions`. All hash functions are then available.

mod ceiling;
#[cfg(target_arch = "x86_64")]
mod changing;
mod choice;
mod digit_counts;
mod digit_table;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[cfg(target_arch = "x86_64")]
mod low_word;
#[cfg(target_arch = "x86_64")]
mod nonce_blocks;
mod nonce_bytes;
mod nonce_words;
mod platform;
mod portable;
mod scan;
mod select;
#[cfg(target_arch = "x86_64")]
mod simd;
mod variants;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use self::ceiling::hash_ceiling;
pub use self::choice::{Kernel, KernelUnavailable, Reason, UnknownKernel};
pub use self::platform::Platform;
pub use self::scan::{Hit, Scan};
pub use self::select::{Selection, prepare, select};
