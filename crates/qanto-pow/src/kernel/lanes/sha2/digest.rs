//! The second hash of SHA-256d and SHA-512d, whose message is a digest. Zeros of the padding are omitted, and constants
//! are folded.

use std::num::Wrapping;

use super::Sha2;
use super::rounds::{round, rounds_from_32};
use crate::kernel::lanes::{splat, unroll};
use crate::kernel::simd::{Lanes, Simd};

/// Returns the hash value of a digest. If `PART` says that the caller uses a part of it, the compiler removes what only the
/// other words need.
#[inline(always)]
pub(in crate::kernel) fn hash_of_digest<H: Sha2, S: Simd<H::Word>, const PART: bool>(
    simd: S,
    digest: [S::Lanes; 8],
) -> [S::Lanes; 8]
where
    Wrapping<H::Word>: Lanes,
{
    let mut state = splat(simd, &H::INITIAL);
    unroll!(T in [0 1 2 3 4 5 6 7] {
        round::<H, T, _>(&mut state, simd.splat(H::K[T]) + digest[T]);
    });
    unroll!(T in [8 9 10 11 12 13 14 15] {
        let round_word = Wrapping(H::K[T]) + Wrapping(H::DIGEST_PADDING[T - 8]);
        round::<H, T, _>(&mut state, simd.splat(round_word.0));
    });
    let w = schedule_of_digest::<H, _>(simd, digest);
    unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
        round::<H, I, _>(&mut state, simd.splat(H::K[16 + I]) + w[I]);
    });
    rounds_from_32::<H, _, PART>(simd, &mut state, w);
    unroll!(I in [0 1 2 3 4 5 6 7] { state[I] = state[I] + simd.splat(H::INITIAL[I]); });
    state
}

/// Returns W(16) to W(31) of the hash of a digest, whose W(8) to W(15) are the padding.
#[inline(always)]
fn schedule_of_digest<H: Sha2, S: Simd<H::Word>>(simd: S, digest: [S::Lanes; 8]) -> [S::Lanes; 16]
where
    Wrapping<H::Word>: Lanes,
{
    let padding_bit = H::DIGEST_PADDING[0];
    let length = H::DIGEST_PADDING[7];
    let [w0, w1, w2, w3, w4, w5, w6, w7] = digest;
    let sigma0 = H::small_sigma0::<S::Lanes>;
    let sigma1 = H::small_sigma1::<S::Lanes>;
    let w16 = w0 + sigma0(w1);
    let w17 = w1 + sigma0(w2) + simd.splat(H::small_sigma1(Wrapping(length)).0);
    let w18 = w2 + sigma0(w3) + sigma1(w16);
    let w19 = w3 + sigma0(w4) + sigma1(w17);
    let w20 = w4 + sigma0(w5) + sigma1(w18);
    let w21 = w5 + sigma0(w6) + sigma1(w19);
    let w22 = w6 + sigma0(w7) + simd.splat(length) + sigma1(w20);
    let w23 = w7 + simd.splat(H::small_sigma0(Wrapping(padding_bit)).0) + w16 + sigma1(w21);
    let w24 = simd.splat(padding_bit) + w17 + sigma1(w22);
    let w25 = w18 + sigma1(w23);
    let w26 = w19 + sigma1(w24);
    let w27 = w20 + sigma1(w25);
    let w28 = w21 + sigma1(w26);
    let w29 = w22 + sigma1(w27);
    let w30 = simd.splat(H::small_sigma0(Wrapping(length)).0) + w23 + sigma1(w28);
    let w31 = simd.splat(length) + sigma0(w16) + w24 + sigma1(w29);
    [
        w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29, w30, w31,
    ]
}
