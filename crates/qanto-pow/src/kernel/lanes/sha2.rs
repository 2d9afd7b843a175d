//! SHA-256 and SHA-512 in lanes. They differ in the length of their words and in some constants.

pub(super) mod digest;
pub(in crate::kernel) mod rounds;
pub(super) mod segment;

use std::num::Wrapping;

use self::rounds::{round, small_sigma0, small_sigma1};
use super::unroll;
use crate::kernel::simd::{Lanes, Simd};

/// The constants of one of the hash functions.
pub(in crate::kernel) trait Sha2 {
    type Word: Copy + Default + 'static;

    /// The initial hash value.
    const INITIAL: [Self::Word; 8];
    /// A constant for each of the 64 or 80 rounds.
    const K: &[Self::Word];
    /// The rotations of the functions Σ0 and Σ1.
    const BIG_SIGMA0: [u32; 3];
    const BIG_SIGMA1: [u32; 3];
    /// The two rotations and the shift of the functions σ0 and σ1.
    const SMALL_SIGMA0: [u32; 3];
    const SMALL_SIGMA1: [u32; 3];
    /// The padding that makes a digest a message of one block: a 1 bit, zeros, and the length of the digest in bits.
    const DIGEST_PADDING: [Self::Word; 8];
}

/// Returns the hash value after a block whose words are the same in every lane. `round_words` are those of
/// [`round_words`].
#[inline(always)]
pub(in crate::kernel) fn compress_constant<H: Sha2, S: Simd<H::Word>>(
    simd: S,
    before: [S::Lanes; 8],
    round_words: &[H::Word],
) -> [S::Lanes; 8] {
    let mut state = before;
    for round_words in round_words.as_chunks::<16>().0 {
        unroll!(T in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            round::<H, T, _>(&mut state, simd.splat(round_words[T]));
        });
    }
    add(state, before)
}

/// Returns K(t) + W(t) for every round.
pub(in crate::kernel) fn round_words<H: Sha2>(block: &[H::Word; 16]) -> Vec<H::Word>
where
    Wrapping<H::Word>: Lanes,
{
    let mut w: Vec<_> = block.map(Wrapping).into();
    for t in 16..H::K.len() {
        w.push(
            w[t - 16] + small_sigma0::<H, _>(w[t - 15]) + w[t - 7] + small_sigma1::<H, _>(w[t - 2]),
        );
    }
    let numbered = H::K.iter().zip(w);
    numbered.map(|(&k, w)| (Wrapping(k) + w).0).collect()
}

#[inline(always)]
fn add<V: Lanes>(mut state: [V; 8], before: [V; 8]) -> [V; 8] {
    unroll!(I in [0 1 2 3 4 5 6 7] { state[I] = state[I] + before[I]; });
    state
}
