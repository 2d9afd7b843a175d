//! Hash functions written once for every vector width. Each lane holds one nonce, so no lane ever waits for another.
//!
//! The compiler uses an instruction set only in functions that enable it, and in what is inlined into them. For each
//! instruction set one function does so: `Filter::first_candidate` in `x86`. Therefore everything that it calls and
//! that touches vectors is `#[inline(always)]`, and takes no closures, for which this attribute is not stable.

pub(super) mod blake2b;
pub(super) mod blake3;
pub(super) mod blocks;
pub(super) mod hashes;
mod quarter_round;
pub(super) mod rolling_sha256d;
pub(super) mod sha1;
pub(super) mod sha2;
pub(super) mod sha256;
pub(super) mod sha512;
#[cfg(test)]
pub(super) mod tests;

use super::changing::Changing;
use super::nonce_bytes::MessageWord;
use super::simd::{Lanes, Simd};
use crate::rule::{ByteOrder, WordTest};

/// A hash function, prepared for a template, for every vector width. N words of the message change within a segment.
pub(super) trait LaneHash<const N: usize>: Send + Sync + 'static {
    type Word: MessageWord;

    /// The byte order in which the hash function writes the words of its digest.
    const ORDER: ByteOrder;

    /// What is computed once for all nonces of a segment.
    type Precomputed;

    /// The precomputed words in every lane of a vector, and the vectors that depend on the nonce.
    type Vectors<V>;

    /// `blocks` are the blocks from the one on that holds the nonce's first byte, with the first nonce of the segment.
    /// `place` is where the words are that change.
    fn precompute(&self, blocks: &[[Self::Word; 16]], place: Place<N>) -> Self::Precomputed;

    /// Broadcasts the precomputed words to vectors.
    fn broadcast<S: Simd<Self::Word>>(
        &self,
        simd: S,
        precomputed: &Self::Precomputed,
    ) -> Self::Vectors<S::Lanes>;

    /// Returns the candidates, as a bit for each lane as [`Lanes::at_most`] does. `changes` is what the nonces add, by
    /// exclusive or, to the words that change.
    fn candidates<S: Simd<Self::Word>>(
        &self,
        simd: S,
        precomputed: &Self::Precomputed,
        vectors: &mut Self::Vectors<S::Lanes>,
        changes: [S::Lanes; N],
        test: &LaneTest<S::Lanes>,
    ) -> u32;
}

/// Where the words are that change within a segment.
#[derive(Clone, Copy)]
pub(super) struct Place<const N: usize> {
    /// The number of their block, counted from the one that holds the nonce's first byte.
    pub(super) block: usize,
    /// The indices, in this block, of N neighbours that include all of them, in ascending order.
    pub(super) indices: [usize; N],
    /// Which of the neighbours change. The others have the same value for all nonces of the segment.
    pub(super) is_changing: [bool; N],
}

impl<const N: usize> Place<N> {
    /// Returns whether the word of the block with this index changes.
    pub(super) fn changes(&self, index: usize) -> bool {
        let mut neighbours = self.indices.iter().zip(self.is_changing);
        neighbours.any(|neighbour| neighbour == (&index, true))
    }
}

/// The test of a word of the digest, in vectors. See [`WordTest`].
pub(super) struct LaneTest<V> {
    /// Whether the word is read in the other byte order than the hash function writes it.
    swap: bool,
    shift: u32,
    /// The negated lower bound.
    minus_lo: V,
    span: V,
}

impl<V: Lanes> LaneTest<V> {
    /// `order` is the byte order in which the hash function writes its words.
    #[inline(always)]
    pub(super) fn new<W: MessageWord, S: Simd<W, Lanes = V>>(
        simd: S,
        test: &WordTest,
        order: ByteOrder,
    ) -> Self {
        Self {
            swap: test.order != order,
            shift: test.shift,
            minus_lo: simd.splat(W::truncate(test.lo.wrapping_neg())),
            span: simd.splat(W::truncate(test.span)),
        }
    }

    /// Returns a bit for each lane, as [`Lanes::at_most`] does: whether a digest with this word may be a hit.
    #[inline(always)]
    pub(super) fn passes(&self, word: V) -> u32 {
        let word = if self.swap { word.swap_bytes() } else { word };
        (word.shift_left(self.shift) + self.minus_lo).at_most(self.span)
    }
}

/// A hash function, and the instruction set that computes it.
pub(super) struct LaneFilter<S, H: LaneHash<N>, const N: usize> {
    pub(super) simd: S,
    pub(super) hash: H,
    pub(super) changing: Changing<H::Word>,
    pub(super) place: Place<N>,
    pub(super) test: WordTest,
}

/// Finds the first candidate, a whole vector at a time. This is the hot loop of the vector kernels.
#[inline(always)]
pub(super) fn first_candidate<const N: usize, H: LaneHash<N>, S: Simd<H::Word>>(
    filter: &LaneFilter<S, H, N>,
    precomputed: &H::Precomputed,
    low: u32,
    count: u64,
) -> Option<u64> {
    let simd = filter.simd;
    let test = LaneTest::new(simd, &filter.test, H::ORDER);
    let mut vectors = filter.hash.broadcast(simd, precomputed);
    let mut done = 0;
    while done < count {
        let changes = filter.changing.lanes(simd, low.wrapping_add(done as u32));
        let candidates = filter
            .hash
            .candidates(simd, precomputed, &mut vectors, changes, &test);
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
fn splat<W: Copy, S: Simd<W>, const N: usize>(simd: S, words: &[W; N]) -> [S::Lanes; N] {
    let mut lanes = [simd.splat(words[0]); N];
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
pub(super) use unroll;
