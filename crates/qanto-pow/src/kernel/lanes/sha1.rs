//! SHA-1 in lanes.

use std::num::Wrapping;

use super::blocks::Blocks;
use super::{splat, unroll};
use crate::algorithm::sha1::{Block, K, State};
use crate::kernel::simd::{Lanes, Simd};

/// The number of rounds.
const ROUNDS: usize = 80;

/// W(t) is made from W(t - 3), W(t - 8), W(t - 14) and W(t - 16).
const BACK: [usize; 4] = [3, 8, 14, 16];

/// What the compression of a block has in common for all nonces of a segment, in which N words of the block change.
pub(in crate::kernel) struct Precomputed<const N: usize> {
    /// The indices of the words that change, in ascending order.
    changing: [usize; N],
    /// The hash value before the block.
    before: State,
    /// The variables a to e after the round that takes the first word that changes, as if that word were zero: it only
    /// has to be added to a.
    after: State,
    /// K(t) + W(t) for t from 0 to 15, as if the words that change were zero.
    round_words: [u32; 16],
    /// The terms of W(16) to W(31) that depend neither on the words that change nor on one another.
    schedule: [u32; 16],
}

/// The precomputed words in every lane. Those that depend on the words that change are updated for each vector.
pub(in crate::kernel) struct Vectors<V> {
    round_words: [V; 16],
    schedule: [V; 16],
}

impl<const N: usize> Precomputed<N> {
    /// `before` is the hash value before the block. The words of the block that change have the indices `changing`, in
    /// ascending order. Their values in `words` do not matter.
    pub(in crate::kernel) fn new(before: &State, words: &Block, changing: [usize; N]) -> Self {
        let mut w = *words;
        for n in changing {
            w[n] = 0;
        }
        let round_words = w.map(|word| Wrapping(K[0]) + Wrapping(word));
        let mut after = before.map(Wrapping);
        for &round_word in &round_words[..=changing[0]] {
            after = round_with_moves(after, round_word);
        }
        let schedule = std::array::from_fn(|i| {
            let terms = BACK.iter().filter_map(|back| w.get(16 + i - back));
            terms.fold(0, |sum, term| sum ^ term).rotate_left(1)
        });
        Self {
            changing,
            before: *before,
            after: after.map(|variable| variable.0),
            round_words: round_words.map(|word| word.0),
            schedule,
        }
    }

    #[inline(always)]
    pub(in crate::kernel) fn broadcast<S: Simd>(&self, simd: S) -> Vectors<S::Lanes> {
        Vectors {
            round_words: splat(simd, &self.round_words),
            schedule: splat(simd, &self.schedule),
        }
    }

    /// Returns the hash value after the block. `words` are the words that change. The compiler removes what only those
    /// words of the hash value need that the caller does not use.
    #[inline(always)]
    pub(in crate::kernel) fn hash<S: Simd>(
        &self,
        simd: S,
        vectors: &mut Vectors<S::Lanes>,
        words: [S::Lanes; N],
    ) -> [S::Lanes; 5] {
        self.insert(simd, vectors, words);
        let mut state = splat(simd, &self.after);
        state[0] = state[0] + words[0];
        for &round_word in &vectors.round_words[self.changing[0] + 1..] {
            state = round_with_moves(state, round_word);
        }
        let [a, b, c, d, e] = state;
        // The names of the variables in round 16, see `index_of`.
        let mut state = [b, c, d, e, a];
        let mut w = vectors.schedule;
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            complete::<I, _>(&mut w);
            round::<{ 16 + I }, _>(&mut state, simd.splat(K[(16 + I) / 20]) + w[I]);
        });
        rounds_from_32(simd, &mut state, w);
        unroll!(I in [0 1 2 3 4] { state[I] = state[I] + simd.splat(self.before[I]); });
        state
    }

    /// Updates what depends on the words that change.
    #[inline(always)]
    fn insert<S: Simd>(&self, simd: S, vectors: &mut Vectors<S::Lanes>, words: [S::Lanes; N]) {
        for n in self.changing {
            for back in BACK {
                let t = n + back;
                if t >= 16 {
                    vectors.schedule[t - 16] = simd.splat(self.schedule[t - 16]);
                }
            }
        }
        for i in 0..N {
            let n = self.changing[i];
            vectors.round_words[n] = simd.splat(self.round_words[n]) + words[i];
            for back in BACK {
                let t = n + back;
                if t >= 16 {
                    vectors.schedule[t - 16] = vectors.schedule[t - 16] ^ words[i].rotate_right(31);
                }
            }
        }
    }
}

/// Returns the hash value after a block whose words are the same in every lane. `round_words` are those of
/// [`round_words`].
#[inline(always)]
pub(in crate::kernel) fn compress_constant<S: Simd>(
    simd: S,
    before: [S::Lanes; 5],
    round_words: &[u32; ROUNDS],
) -> [S::Lanes; 5] {
    let mut state = before;
    unroll!(T in [
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
        20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
        40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59
        60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79
    ] {
        round::<T, _>(&mut state, simd.splat(round_words[T]));
    });
    add(state, before)
}

/// Compresses the blocks of messages that differ in every lane. `hashes` has the order of words that
/// [`sha2::digests`](super::sha2::digests) describes.
#[inline(always)]
pub(in crate::kernel) fn digests<S: Simd>(simd: S, blocks: &Blocks<'_>, hashes: &mut [u32]) {
    let mut hash = [simd.load(hashes); 5];
    unroll!(I in [1 2 3 4] { hash[I] = simd.load(&hashes[I * S::Lanes::COUNT..]); });
    for offset in blocks.offsets::<u32>() {
        hash = compress(simd, hash, blocks.load(simd, offset));
    }
    unroll!(I in [0 1 2 3 4] { simd.store(hash[I], &mut hashes[I * S::Lanes::COUNT..]); });
}

/// Returns the hash value after a block whose words differ in every lane.
#[inline(always)]
fn compress<S: Simd>(simd: S, before: [S::Lanes; 5], mut w: [S::Lanes; 16]) -> [S::Lanes; 5] {
    let mut state = before;
    unroll!(T in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
        round::<T, _>(&mut state, simd.splat(K[T / 20]) + w[T]);
    });
    unroll!(T in [16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31] {
        expand::<T, _>(&mut w);
        round::<T, _>(&mut state, simd.splat(K[T / 20]) + w[T % 16]);
    });
    rounds_from_32(simd, &mut state, w);
    add(state, before)
}

/// Returns K(t) + W(t) for t from 0 to 79.
pub(in crate::kernel) fn round_words(block: &Block) -> [u32; ROUNDS] {
    let mut w = [0; ROUNDS];
    w[..16].copy_from_slice(block);
    for t in 16..ROUNDS {
        let terms = BACK.iter().map(|back| w[t - back]);
        w[t] = terms.fold(0, |sum, term| sum ^ term).rotate_left(1);
    }
    std::array::from_fn(|t| w[t].wrapping_add(K[t / 20]))
}

#[inline(always)]
fn add<V: Lanes>(mut state: [V; 5], before: [V; 5]) -> [V; 5] {
    unroll!(I in [0 1 2 3 4] { state[I] = state[I] + before[I]; });
    state
}

/// Completes W(16 + I) with the terms that are among W(16) to W(31). Must be called for every I from 0 to 15 in order.
#[inline(always)]
fn complete<const I: usize, V: Lanes>(w: &mut [V; 16]) {
    let terms = if I >= 14 {
        w[I - 3].xor3(w[I - 8], w[I - 14])
    } else if I >= 8 {
        w[I - 3] ^ w[I - 8]
    } else if I >= 3 {
        w[I - 3]
    } else {
        return;
    };
    w[I] = w[I] ^ terms.rotate_right(31);
}

/// Does the rounds from 32 to 79. `w` is W(16) to W(31).
#[inline(always)]
fn rounds_from_32<S: Simd>(simd: S, state: &mut [S::Lanes; 5], mut w: [S::Lanes; 16]) {
    unroll!(T in [
        32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55
        56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79
    ] {
        expand::<T, _>(&mut w);
        round::<T, _>(state, simd.splat(K[T / 20]) + w[T % 16]);
    });
}

/// Replaces W(T - 16) with W(T) in the last 16 words of the schedule.
#[inline(always)]
fn expand<const T: usize, V: Lanes>(w: &mut [V; 16]) {
    let terms = w[(T + 13) % 16].xor3(w[(T + 8) % 16], w[(T + 2) % 16]);
    w[T % 16] = (terms ^ w[T % 16]).rotate_right(31);
}

/// Returns the index that a variable has in round T. `name` is 0 for a, and 4 for e. Unlike in the standard, the
/// variables are not moved after a round but change their names: the variable a is b in the next round.
const fn index_of<const T: usize>(name: usize) -> usize {
    (name + ROUNDS - T) % 5
}

/// Does round T. `round_word` is K(T) + W(T).
#[inline(always)]
fn round<const T: usize, V: Lanes>(state: &mut [V; 5], round_word: V) {
    let (a, b) = (state[index_of::<T>(0)], state[index_of::<T>(1)]);
    let (c, d) = (state[index_of::<T>(2)], state[index_of::<T>(3)]);
    let f = match T / 20 {
        0 => b.choose(c, d),
        2 => b.majority(c, d),
        _ => b.xor3(c, d),
    };
    // What depends on the variable of the round before, a, is added last.
    let sum = (state[index_of::<T>(4)] + round_word) + f;
    state[index_of::<T>(4)] = sum + a.rotate_right(27);
    state[index_of::<T>(1)] = b.rotate_right(2);
}

/// Does one of the first 20 rounds in a loop, where the names of the variables cannot change.
#[inline(always)]
fn round_with_moves<V: Lanes>(mut state: [V; 5], round_word: V) -> [V; 5] {
    round::<0, _>(&mut state, round_word);
    let [b, c, d, e, a] = state;
    [a, b, c, d, e]
}
