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
//!   shape. The portable kernel supports every shape.
//! - `choices` remembers which kernel was measured to be the fastest for each `shape`. `measure` measures them.
//! - `digit_counts` splits decimal nonces by their number of digits, because the length of the message changes with it.
//!   `variants` scans a template with version rolling with any kernel, variant by variant. All other scanners see one
//!   template whose nonces have a fixed length.
//! - `repeated` scans the templates that repeat bytes. No other scanner sees them.
//! - `nonce_blocks` hashes the blocks before the nonce's first byte, once per job.
//! - `changing` cuts the nonces into *segments*, within which only one word of the message changes, or two neighbours. The
//!   change is arithmetic for binary nonces (`low_word`), and comes from a table for digits (`digit_table`). The segments
//!   of an aligned binary nonce have 2^32 nonces. Those of the least aligned one have 2^8, which is still worthwhile.
//! - `scanner` walks over the segments. A `Filter` is the hot part: it computes once per segment everything that
//!   does not depend on the words that change, and then finds the first nonce whose digest has a word that passes the
//!   rule's word test. If the rule is met by one digest in 2^32 or fewer, this word alone rejects all but one nonce in
//!   billions, so no other word of the digest is computed.
//! - `lanes` holds the hash functions, written once for every vector width with a nonce in each lane. `simd` says what
//!   they need of an instruction set. `side_by_side` hashes whole messages in them, for verifying many answers at once.
//!   `x86` and `arm` hold the instruction sets, and the kernels of instructions for SHA-256, which are not generic. Only these
//!   and the call of a filter contain `unsafe`.
//!
//! A job calls [`Scan::scan`] for each batch, which calls `Filter::first_candidate`. This method is compiled once for
//! each instruction set and hash function, and contains the loop over the nonces. The portable scanners contain the
//! loop in [`Scan::scan`] itself.
//!
//! # The optimisations
//!
//! SHA-256 and SHA-256d:
//! - The midstate, the rounds before the words that change, and all terms of W(16) to W(31) that do not depend on them
//!   are computed once per segment. Their terms are then only *added* to a few words, so the rounds do not depend on
//!   their indices.
//! - A block behind the one in which words change is the same for all nonces of a segment. Its message schedule is
//!   computed once, and only its rounds are done for every nonce.
//! - The padding of the second hash is constant. Therefore its message schedule omits zeros and folds constants.
//! - The last word of the hash value needs h after 64 rounds, which is e after 61. The compiler removes what only the
//!   other words need.
//! - The working variables are renamed from round to round instead of moved. The number of the round is a constant, and
//!   so are the indices.
//! - Code is unrolled where indices must be constants, and a loop where it can be one. The code has to fit into the 32
//!   KB instruction cache. The AVX-512 code was faster below 20 KB, where it also fits into the decoded instruction
//!   cache. `npm run bench:kernels` prints the sizes.
//! - With AVX-512, a round adds its terms in the order in which they are known. The compiler is kept from adding them in another
//!   order (`Lanes::sum`). On Zen 5, where a vector instruction takes two cycles, this made headers 1.19 times as fast with
//!   SHA-256, and 1.17 times with SHA-256d.
//! - AVX-512 rotates in one instruction. Its ternary logic instruction computes Ch, Maj, and an exclusive or of three
//!   words.
//! - Version rolling changes only an earlier block, so all variants share the message schedule of the last one
//!   (`rolling_sha256d`).
//! - The SHA instructions wait for their own results. Hashing two nonces in turn fills the gaps.
//! - On Zen 4, `sha256rnds2` starts once a cycle, while the other ports are idle. `sha_ni_avx512` uses them for the message
//!   schedule of the next nonces, in vectors. Then a hash takes little more than a cycle for each two of its rounds. The
//!   order of the instructions and their registers decide about this, so `build/code` generates them.
//!
//! BLAKE3:
//! - Each nonce takes one compression, which begins with the chaining value before the last block. In the first round,
//!   the quarter-rounds that do not depend on the words that change are done once per segment.
//! - Words that are zero are not added. In the last block of a header, 4 of 16 words are not zero.
//! - In the last round, only what the tested word of the digest needs is computed, if it is the first or the last one.
//!
//! Two optimisations were tried on Zen 4 without success: two vectors of 16 lanes side by side, and four streams of SHA
//! instructions. In both cases registers are spilled, and the code no longer fits into the caches. On Zen 5, two vectors of whole
//! messages side by side took as long with SHA-256 as one after the other.
//!
//! # Adding a hash function
//!
//! Write the readable reference in [`algorithm`](crate::algorithm), with published vectors, and add it to
//! [`Algorithm`](crate::Algorithm). Write the same function over arrays in `portable`, where `sha1` is the shortest model:
//! from then on every template can be searched, and the property tests in `tests/kernels.rs` cover it. Then write its
//! rounds in `lanes`, where `sha1` is again the shortest model (`Precomputed` is what a segment has in common, `hash` the
//! rest), a `LaneHash` for whole messages in `lanes::hashes`, its blocks in `nonce_blocks`, and construct it in
//! `in_lanes`. Every function that touches vectors must be `#[inline(always)]`, and numbers of bits must be
//! constants where they are used. `cargo bench -p qanto-pow --bench shapes` measures it.
//!
//! # Adding an instruction set
//!
//! Add a [`Kernel`]. In `x86` or `arm`, or in a new module for another architecture, add a proof type whose values only the
//! detection makes, its vectors, and a `Filter` whose `first_candidate` enables the target feature. Add the proof to
//! `Extensions`. All hash functions are then available.

#[cfg(target_arch = "aarch64")]
mod arm;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod changing;
mod choice;
mod choices;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod digest_lanes;
mod digit_counts;
mod digit_table;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod in_lanes;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod lanes;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod low_word;
mod measure;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod nonce_blocks;
mod nonce_bytes;
mod nonce_words;
mod platform;
mod portable;
mod repeated;
mod scan;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod scanner;
mod select;
mod shape;
mod side_by_side;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod simd;
mod variants;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use self::choice::{Kernel, KernelUnavailable, Reason, UnknownKernel};
pub(crate) use self::choices::{Choices, MEASUREMENTS, Measurement};
pub use self::measure::Measured;
pub use self::platform::Platform;
pub use self::scan::{Hit, Scan, Step, Steps};
pub(crate) use self::select::select_by;
pub use self::select::{Selection, measure_now, prepare, select};
pub(crate) use self::side_by_side::{LaneMessages, SideBySide, word_len};
