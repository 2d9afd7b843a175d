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
//! - Four chains of rounds hide the latency of `sha256rnds2`. They take 8 registers, and xmm0 is the third operand.
//! - Sixteen vector registers do not hold the sixteen words of the schedule's window and intermediate results. The schedule
//!   is arranged so that it needs only the last 8 words, see [`schedule`].
//! - An exclusive or of three words is two instructions instead of one of ternary logic, which shares a port with
//!   `sha256rnds2`.

pub mod instruction;
pub mod merge;
pub mod phases;
pub mod rounds;
pub mod schedule;
pub mod table;
