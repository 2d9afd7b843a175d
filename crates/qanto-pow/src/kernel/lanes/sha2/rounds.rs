//! The rounds and the message schedule.

use super::Sha2;
use crate::kernel::lanes::unroll;
use crate::kernel::simd::{Lanes, Simd};

/// Does the rounds from 32 to the last one. `w` is W(16) to W(31).
///
/// They are a loop, since the unrolled code would not fit into the instruction cache of some processors. Only if `PART` says
/// that the caller uses a part of the hash value, the last sixteen are not in the loop, and the compiler removes from them
/// what only the other words need.
#[inline(always)]
pub(super) fn rounds_from_32<H: Sha2, S: Simd<H::Word>, const PART: bool>(
    simd: S,
    state: &mut [S::Lanes; 8],
    mut w: [S::Lanes; 16],
) {
    let last = H::K.len() - if PART { 16 } else { 0 };
    for k in H::K[32..last].as_chunks::<16>().0 {
        sixteen_rounds::<H, _>(simd, state, &mut w, k);
    }
    if PART {
        sixteen_rounds::<H, _>(simd, state, &mut w, &H::K[last..]);
    }
}

/// Does sixteen rounds, the first of which has a number that is a multiple of 16. `w` is the 16 words of the schedule
/// before them.
#[inline(always)]
pub(super) fn sixteen_rounds<H: Sha2, S: Simd<H::Word>>(
    simd: S,
    state: &mut [S::Lanes; 8],
    w: &mut [S::Lanes; 16],
    k: &[H::Word],
) {
    unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
        expand::<H, I, _>(w);
        round::<H, I, _>(state, simd.splat(k[I]) + w[I]);
    });
}

/// Completes W(16 + I) with the terms that are among W(16) to W(31). Must be called for every I from 0 to 15 in order.
#[inline(always)]
pub(in crate::kernel) fn complete<H: Sha2, const I: usize, V: Lanes>(w: &mut [V; 16]) {
    if I >= 15 {
        w[I] = w[I] + H::small_sigma0(w[I - 15]);
    }
    if I >= 7 {
        w[I] = w[I] + w[I - 7];
    }
    if I >= 2 {
        w[I] = w[I] + H::small_sigma1(w[I - 2]);
    }
}

/// Replaces W(T - 16) with W(T) in the last 16 words of the schedule.
#[inline(always)]
pub(in crate::kernel) fn expand<H: Sha2, const T: usize, V: Lanes>(w: &mut [V; 16]) {
    let sigma0 = H::small_sigma0(w[(T + 1) % 16]);
    let sigma1 = H::small_sigma1(w[(T + 14) % 16]);
    w[T % 16] = w[T % 16] + sigma0 + w[(T + 9) % 16] + sigma1;
}

/// Returns the index that a variable has in round T. `name` is 0 for a, and 7 for h. Unlike in the standard, the
/// variables are not moved after a round but change their names: the variable a is b in the next round.
const fn index_of<const T: usize>(name: usize) -> usize {
    (name + 80 - T) % 8
}

/// Does round T. `round_word` is K(T) + W(T).
#[inline(always)]
pub(in crate::kernel) fn round<H: Sha2, const T: usize, V: Lanes>(
    state: &mut [V; 8],
    round_word: V,
) {
    let (a, b, c) = (
        state[index_of::<T>(0)],
        state[index_of::<T>(1)],
        state[index_of::<T>(2)],
    );
    let (e, f, g) = (
        state[index_of::<T>(4)],
        state[index_of::<T>(5)],
        state[index_of::<T>(6)],
    );
    // Σ1 takes longest. Its instructions come before those of Ch, which processors otherwise begin first.
    let sigma1 = H::big_sigma1(e);
    let known_first = [state[index_of::<T>(7)], round_word, e.choose(f, g), sigma1];
    let t1 = V::sum(known_first);
    state[index_of::<T>(3)] = state[index_of::<T>(3)] + t1;
    let t2 = H::big_sigma0(a) + a.majority(b, c);
    state[index_of::<T>(7)] = t1 + t2;
}

/// Does a round in a loop, where the names of the variables cannot change.
#[inline(always)]
pub(in crate::kernel) fn round_with_moves<H: Sha2, V: Lanes>(
    mut state: [V; 8],
    round_word: V,
) -> [V; 8] {
    round::<H, 0, _>(&mut state, round_word);
    let [b, c, d, e, f, g, h, a] = state;
    [a, b, c, d, e, f, g, h]
}
