//! The code of the kernel `sha-ni-avx512`: SHA-256 with the rounds by the SHA extensions, and the message schedule in vectors
//! of 256 bits, a nonce in each of 8 lanes.
//!
//! The two parts use different units of the processor. On Zen 4, `sha256rnds2` starts once a cycle, on one port, and the
//! vector instructions that beside it have the three other ports, and what is left of the first. Therefore a *phase*
//! merges two streams of instructions that do not depend on each other: the [rounds](rounds) of some messages, and the
//! [schedule](schedule) of the next messages or hashes. Each stream is written as a plain list, and [`merge`] distributes
//! both evenly over the phase.
//!
//! The code is text for `asm!`, because a compiler would choose other registers, and they decide about the speed:
//!
//! - `sha256rnds2` has no VEX form, so it keeps the upper half of the register that it writes. If that half may not be zero,
//!   8 of them beside 18 vector instructions take 12.1 cycles on Zen 4 instead of 9.1, and on Intel's processors the code is
//!   about a hundred times slower. Therefore vectors are only in ymm16 to ymm31, which have no legacy form, and only
//!   instructions of 128 bits write to xmm0 to xmm15.
//! - Seven nonces take turns, so that one of them can go on while others wait for their results, see [`rounds`]. They take 14
//!   registers, xmm0 is the third operand, and xmm15 keeps a result. Two `sha256rnds2` follow one another, see [`merge`].
//! - Sixteen vector registers do not hold the sixteen words of the schedule's window and intermediate results. The schedule
//!   is arranged so that it needs only the last 8 words, see [`schedule`].
//! - An exclusive or of three words is two instructions instead of one of ternary logic, which keeps `sha256rnds2` from its port:
//!   28 of them beside 56 `sha256rnds2` take 76 cycles instead of 57, and 28 rotations, shifts, additions or exclusive ors take
//!   no time at all.
//! - No vector is loaded from where several shorter stores have just written, and nothing is loaded a few instructions after it
//!   was stored at an address that another register holds, see [`insert`]. Either took 20 to 100 cycles.
//!
//! # Measurements
//!
//! The cycles that a phase takes on an EPYC processor (Zen 4, 3.68 GHz), repeated 1,000 times, the median of 31 samples while other
//! programs ran. 8 hashes take one of the phases of SHA-256, or both of those of SHA-256d.
//!
//! | phase | its rounds alone | its schedule alone | with four nonces in turn | now |
//! |---|---|---|---|---|
//! | `sha256_header` | 234 | 202 | 302 | 267 |
//! | `sha256d_header_first` | 249 | 226 | 316 | 293 |
//! | `sha256d_header_second` | 242 | 213 | 319 | 279 |
//!
//! The millions of hashes per second of CPU time there, the medians of `cargo bench -p qanto-pow --bench shapes`. The first column
//! is the kernel with four nonces in turn, when the words that change in a block were not inserted inside the phases.
//!
//! | shape | before | now | `avx512` |
//! |---|---|---|---|
//! | header, sha256 | 91.2 | 103.9 | 71.1 |
//! | header, sha256d | 45.5 | 50.1 | 32.8 |
//! | header, sha256d, 16 versions | 46.0 | 50.7 | 38.7 |
//! | Anubis: sha256, 128 bytes, decimal | 53.7 | 87.4 | 62.9 |
//! | ALTCHA: sha256, 25 bytes, decimal | 86.2 | 86.8 | 67.8 |
//! | sha256, nonce in the first of two blocks | 34.6 | 47.5 | 34.0 |
//! | go-away: sha256, 32 bytes, u64le | 86.5 | 89.7 | 68.5 |
//!
//! The rounds alone are as fast as they can be: `sha256_header` has 232 `sha256rnds2`. What is missing is that an instruction of
//! the schedule sometimes occupies the port of `sha256rnds2`. It did not become less with vectors of 512 bits, with words of the
//! schedule computed in pairs, with six or seven nonces that all advance equally fast, or with random distances between the
//! `sha256rnds2`.

pub mod insert;
pub mod instruction;
pub mod merge;
pub mod phases;
pub mod rounds;
pub mod schedule;
pub mod table;
