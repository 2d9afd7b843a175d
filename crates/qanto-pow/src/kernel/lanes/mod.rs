//! Hash functions written once for every vector width. Each lane holds one nonce, so no lane ever waits for another.
//!
//! The compiler uses an instruction set only in functions that enable it, and in what is inlined into them. For each
//! instruction set one function does so: `Filter::first_candidate` in `x86`. Therefore everything that it calls and
//! that touches vectors is `#[inline(always)]`, and takes no closures, for which this attribute is not stable.

pub(super) mod blake3;
pub(super) mod rolling_sha256d;
pub(super) mod sha256;

use super::low_word::LowWord;
use super::simd::{Lanes, Simd};

/// A hash function of the last block, prepared for a template, for every vector width.
pub(super) trait LaneHash: Send + Sync {
    /// What is computed once for all nonces of a segment.
    type Precomputed;

    /// The precomputed words in every lane of a vector, and the vectors that depend on the nonce.
    type Vectors<V>;

    /// `words` is the last block with a nonce whose low bits, see [`LowWord`], are zero.
    fn precompute(&self, words: &[u32; 16]) -> Self::Precomputed;

    /// Broadcasts the precomputed words to vectors.
    fn broadcast<S: Simd>(
        &self,
        simd: S,
        precomputed: &Self::Precomputed,
    ) -> Self::Vectors<S::Lanes>;

    /// Returns the candidates, as a bit for each lane as [`Lanes::at_most`] does. `nonces` is what the nonces add to
    /// the low word, and `bound` holds the target's top word.
    fn candidates<S: Simd>(
        &self,
        simd: S,
        precomputed: &Self::Precomputed,
        vectors: &mut Self::Vectors<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32;
}

/// A hash function, and the instruction set that computes it.
pub(super) struct LaneFilter<S, H> {
    pub(super) simd: S,
    pub(super) hash: H,
    pub(super) low_word: LowWord,
    /// The target's top word.
    pub(super) bound: u32,
}

/// Finds the first candidate, a whole vector at a time. This is the hot loop of the vector kernels.
#[inline(always)]
pub(super) fn first_candidate<S: Simd, H: LaneHash>(
    filter: &LaneFilter<S, H>,
    precomputed: &H::Precomputed,
    low: u32,
    count: u64,
) -> Option<u64> {
    let simd = filter.simd;
    let bound = simd.splat(filter.bound);
    let mut vectors = filter.hash.broadcast(simd, precomputed);
    let mut done = 0;
    while done < count {
        let nonces = filter.low_word.lanes(simd, low.wrapping_add(done as u32));
        let candidates = filter
            .hash
            .candidates(simd, precomputed, &mut vectors, nonces, bound);
        if candidates != 0 {
            let offset = done + u64::from(candidates.trailing_zeros());
            return (offset < count).then_some(offset);
        }
        done += S::Lanes::COUNT as u64;
    }
    None
}

/// Puts each word into every lane of a vector.
#[inline(always)]
fn splat<S: Simd, const N: usize>(simd: S, words: &[u32; N]) -> [S::Lanes; N] {
    let mut lanes = [simd.splat(0); N];
    for (lanes, &word) in lanes.iter_mut().zip(words) {
        *lanes = simd.splat(word);
    }
    lanes
}

/// Repeats the body with each of the numbers as a constant. In a `for` loop of this size the indices would not be
/// constants, and the state would be in memory instead of registers.
macro_rules! unroll {
    ($index:ident in [$($number:literal)*] $body:block) => {
        $( { const $index: usize = $number; $body } )*
    };
}
use unroll;
