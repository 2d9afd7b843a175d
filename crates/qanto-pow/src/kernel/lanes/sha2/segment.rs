//! A block of which some words change from nonce to nonce.

use std::num::Wrapping;

use super::Sha2;
use super::rounds::{complete, round, round_with_moves, rounds_from_32};
use crate::kernel::lanes::{splat, unroll};
use crate::kernel::simd::{Lanes, Simd};

/// What the compression of a block has in common for all nonces of a segment, in which N words of the block change.
pub(in crate::kernel) struct Precomputed<H: Sha2, const N: usize> {
    /// The indices of the words that change, in ascending order.
    changing: [usize; N],
    /// The hash value before the block.
    before: [H::Word; 8],
    /// The variables a to h after the round that takes the first word that changes, as if that word were zero: it only
    /// has to be added to a and e.
    after: [H::Word; 8],
    /// K(t) + W(t) for t from 0 to 15, as if the words that change were zero.
    round_words: [H::Word; 16],
    /// The terms of the sums W(16) to W(31) that depend neither on the words that change nor on one another.
    schedule: [H::Word; 16],
}

/// The precomputed words in every lane. Those that depend on the words that change are updated for each vector.
pub(in crate::kernel) struct Vectors<V> {
    round_words: [V; 16],
    /// The terms of W(16) to W(31), without those that are among these words themselves.
    pub(in crate::kernel::lanes) schedule: [V; 16],
}

impl<H: Sha2, const N: usize> Precomputed<H, N> {
    /// `before` is the hash value before the block. The words of the block that change have the indices `changing`, in
    /// ascending order. Their values in `words` do not matter.
    pub(in crate::kernel) fn new(
        before: &[H::Word; 8],
        words: &[H::Word; 16],
        changing: [usize; N],
    ) -> Self
    where
        Wrapping<H::Word>: Lanes,
    {
        let zero = Wrapping(H::Word::default());
        let mut w = words.map(Wrapping);
        for n in changing {
            w[n] = zero;
        }
        let round_words: [_; 16] = std::array::from_fn(|t| Wrapping(H::K[t]) + w[t]);
        let mut after = before.map(Wrapping);
        for &round_word in &round_words[..=changing[0]] {
            after = round_with_moves::<H, _>(after, round_word);
        }
        let schedule: [_; 16] = std::array::from_fn(|i| {
            let word = |back: usize| w.get(16 + i - back).copied();
            word(16).unwrap_or(zero)
                + word(15).map_or(zero, H::small_sigma0)
                + word(7).unwrap_or(zero)
                + word(2).map_or(zero, H::small_sigma1)
        });
        Self {
            changing,
            before: *before,
            after: after.map(|variable| variable.0),
            round_words: round_words.map(|word| word.0),
            schedule: schedule.map(|word| word.0),
        }
    }

    #[inline(always)]
    pub(in crate::kernel) fn broadcast<S: Simd<H::Word>>(&self, simd: S) -> Vectors<S::Lanes> {
        Vectors {
            round_words: splat(simd, &self.round_words),
            schedule: splat(simd, &self.schedule),
        }
    }

    /// Returns the hash value after the block. `words` are the words that change. If `PART` says that the caller uses a part
    /// of the hash value, the compiler removes what only the other words need.
    #[inline(always)]
    pub(in crate::kernel) fn hash<S: Simd<H::Word>, const PART: bool>(
        &self,
        simd: S,
        vectors: &mut Vectors<S::Lanes>,
        words: [S::Lanes; N],
    ) -> [S::Lanes; 8] {
        self.insert(simd, vectors, words);
        let mut state = self.after_round_15(simd, vectors, words);
        let mut w = vectors.schedule;
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            complete::<H, I, _>(&mut w);
            round::<H, I, _>(&mut state, simd.splat(H::K[16 + I]) + w[I]);
        });
        rounds_from_32::<H, _, PART>(simd, &mut state, w);
        unroll!(I in [0 1 2 3 4 5 6 7] { state[I] = state[I] + simd.splat(self.before[I]); });
        state
    }

    /// Returns the variables a to h after round 15. [`insert`](Self::insert) must have been called with the same words,
    /// for this block or for another one with the same words.
    #[inline(always)]
    pub(in crate::kernel::lanes) fn after_round_15<S: Simd<H::Word>>(
        &self,
        simd: S,
        vectors: &Vectors<S::Lanes>,
        words: [S::Lanes; N],
    ) -> [S::Lanes; 8] {
        let mut state = splat(simd, &self.after);
        state[0] = state[0] + words[0];
        state[4] = state[4] + words[0];
        for &round_word in &vectors.round_words[self.changing[0] + 1..] {
            state = round_with_moves::<H, _>(state, round_word);
        }
        state
    }

    /// Updates what depends on the words that change. Word n is W(t - 16), W(t - 15), W(t - 7) and W(t - 2) for some t.
    #[inline(always)]
    pub(in crate::kernel::lanes) fn insert<S: Simd<H::Word>>(
        &self,
        simd: S,
        vectors: &mut Vectors<S::Lanes>,
        words: [S::Lanes; N],
    ) {
        for n in self.changing {
            for t in [n + 16, n + 15, n + 7, n + 2] {
                if t >= 16 {
                    vectors.schedule[t - 16] = simd.splat(self.schedule[t - 16]);
                }
            }
        }
        for i in 0..N {
            let n = self.changing[i];
            // The round that takes the first word is done, up to this word.
            if i > 0 {
                vectors.round_words[n] = simd.splat(self.round_words[n]) + words[i];
            }
            vectors.add_term(n + 16, words[i]);
            vectors.add_term(n + 15, H::small_sigma0(words[i]));
            vectors.add_term(n + 7, words[i]);
            vectors.add_term(n + 2, H::small_sigma1(words[i]));
        }
    }
}

impl<V: Lanes> Vectors<V> {
    #[inline(always)]
    fn add_term(&mut self, t: usize, term: V) {
        if t >= 16 {
            self.schedule[t - 16] = self.schedule[t - 16] + term;
        }
    }
}
