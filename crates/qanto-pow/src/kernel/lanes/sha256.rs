//! SHA-256 and SHA-256d of the last block, in lanes.

use std::num::Wrapping;

use super::{LaneHash, splat, unroll};
use crate::algorithm::sha256::{Block, INITIAL, K, State};
use crate::kernel::simd::{Lanes, Simd};

const PADDING_BIT: u32 = 0x8000_0000;
const DIGEST_BITS: u32 = 256;
/// The padding that makes a digest a message of one block.
pub(in crate::kernel) const DIGEST_PADDING: [u32; 8] = [PADDING_BIT, 0, 0, 0, 0, 0, 0, DIGEST_BITS];

/// SHA-256, or SHA-256d if `TWICE` is set.
pub(in crate::kernel) struct Sha256<const TWICE: bool> {
    /// The hash value before the last block.
    pub(in crate::kernel) midstate: State,
    /// The index of the low word, n.
    pub(in crate::kernel) n: usize,
}

/// What the compression of the last block has in common for all nonces of a segment.
pub(in crate::kernel) struct Precomputed {
    /// Word n, where the low bits are zero.
    pub(super) fixed: u32,
    /// The variables a to h after the round that takes word n, as if word n were zero: it only has to be added to a and
    /// e.
    after: State,
    /// K(t) + W(t) for t from 0 to 15. The rounds up to n are done.
    round_words: [u32; 16],
    rounds_done: usize,
    /// The terms of the sums W(16) to W(31) that do not depend on word n.
    schedule: [u32; 16],
}

impl Precomputed {
    pub(super) fn new(midstate: &State, words: &Block, n: usize) -> Self {
        let mut w = words.map(Wrapping);
        w[n] = Wrapping(0);
        let round_words: [_; 16] = std::array::from_fn(|t| Wrapping(K[t]) + w[t]);
        let rounds_done = n + 1;
        let variables = rounds(midstate.map(Wrapping), &round_words[..rounds_done]);
        let schedule: [_; 16] = std::array::from_fn(|i| {
            let zero = Wrapping(0);
            let word = |back: usize| w.get(16 + i - back).copied();
            word(16).unwrap_or(zero)
                + word(15).map_or(zero, small_sigma0)
                + word(7).unwrap_or(zero)
                + word(2).map_or(zero, small_sigma1)
        });
        Self {
            fixed: words[n],
            after: variables.map(|variable| variable.0),
            round_words: round_words.map(|word| word.0),
            rounds_done,
            schedule: schedule.map(|word| word.0),
        }
    }

    /// Returns the variables a to h after round 15, for a vector of words n.
    #[inline(always)]
    pub(super) fn after_round_15<S: Simd>(&self, simd: S, word: S::Lanes) -> [S::Lanes; 8] {
        let mut state = splat(simd, &self.after);
        state[0] = state[0] + word;
        state[4] = state[4] + word;
        for &round_word in &self.round_words[self.rounds_done..] {
            state = round_with_moves(state, simd.splat(round_word));
        }
        state
    }
}

/// The precomputed terms of W(16) to W(31) in every lane, to which the terms of word n are added, in three words at
/// most. After that the rounds do not depend on the position of the nonce.
pub(in crate::kernel) struct Schedule<V>([V; 16]);

impl<V: Lanes> Schedule<V> {
    #[inline(always)]
    pub(super) fn new<S: Simd<Lanes = V>>(simd: S, precomputed: &Precomputed) -> Self {
        Self(splat(simd, &precomputed.schedule))
    }

    /// Adds the terms of a vector of words n. Word n is W(t - 16), W(t - 15) and W(t - 7) for some t. It is never
    /// W(t - 2), because words 14 and 15 hold the length of the message.
    #[inline(always)]
    pub(super) fn add_word<S: Simd<Lanes = V>>(
        &mut self,
        simd: S,
        precomputed: &Precomputed,
        n: usize,
        word: V,
    ) {
        self.add_term(simd, precomputed, n + 16, word);
        self.add_term(simd, precomputed, n + 15, small_sigma0(word));
        self.add_term(simd, precomputed, n + 7, word);
    }

    #[inline(always)]
    fn add_term<S: Simd<Lanes = V>>(
        &mut self,
        simd: S,
        precomputed: &Precomputed,
        t: usize,
        term: V,
    ) {
        if t >= 16 {
            self.0[t - 16] = simd.splat(precomputed.schedule[t - 16]) + term;
        }
    }

    /// Returns the terms of W(16) to W(31), without those that are among these words themselves.
    #[inline(always)]
    pub(super) fn terms(&self) -> [V; 16] {
        self.0
    }
}

/// Completes W(16 + I). Must be called for every I from 0 to 15 in order.
#[inline(always)]
pub(super) fn complete<const I: usize, V: Lanes>(w: &mut [V; 16]) {
    if I >= 15 {
        w[I] = w[I] + small_sigma0(w[I - 15]);
    }
    if I >= 7 {
        w[I] = w[I] + w[I - 7];
    }
    if I >= 2 {
        w[I] = w[I] + small_sigma1(w[I - 2]);
    }
}

impl<const TWICE: bool> LaneHash for Sha256<TWICE> {
    type Precomputed = Precomputed;
    type Vectors<V> = Schedule<V>;

    fn precompute(&self, words: &Block) -> Precomputed {
        Precomputed::new(&self.midstate, words, self.n)
    }

    #[inline(always)]
    fn broadcast<S: Simd>(&self, simd: S, precomputed: &Precomputed) -> Schedule<S::Lanes> {
        Schedule::new(simd, precomputed)
    }

    #[inline(always)]
    fn candidates<S: Simd>(
        &self,
        simd: S,
        precomputed: &Precomputed,
        schedule: &mut Schedule<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32 {
        let word = nonces ^ simd.splat(precomputed.fixed);
        schedule.add_word(simd, precomputed, self.n, word);
        let mut state = precomputed.after_round_15(simd, word);
        let mut w = schedule.terms();
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            complete::<I, _>(&mut w);
            round::<I, _>(&mut state, simd.splat(K[16 + I]) + w[I]);
        });
        // This stays a loop, since the unrolled code would not fit into the decoded instruction cache of some
        // processors.
        for k in K[32..].as_chunks::<16>().0 {
            unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
                expand::<I, _>(&mut w);
                round::<I, _>(&mut state, simd.splat(k[I]) + w[I]);
            });
        }
        let hash = add(simd, state, &self.midstate);
        let last = if TWICE {
            last_word_of_second_hash(simd, hash)
        } else {
            hash[7]
        };
        last.swap_bytes().at_most(bound)
    }
}

#[inline(always)]
pub(super) fn add<S: Simd>(simd: S, mut state: [S::Lanes; 8], before: &State) -> [S::Lanes; 8] {
    unroll!(I in [0 1 2 3 4 5 6 7] { state[I] = state[I] + simd.splat(before[I]); });
    state
}

/// Returns word 7 of the hash of a digest. It needs h after 64 rounds, which is e after 61. The remaining rounds are
/// skipped.
#[inline(always)]
pub(super) fn last_word_of_second_hash<S: Simd>(simd: S, digest: [S::Lanes; 8]) -> S::Lanes {
    let mut state = splat(simd, &INITIAL);
    unroll!(T in [0 1 2 3 4 5 6 7] {
        round::<T, _>(&mut state, simd.splat(K[T]) + digest[T]);
    });
    unroll!(T in [8 9 10 11 12 13 14 15] {
        round::<T, _>(&mut state, simd.splat(K[T].wrapping_add(DIGEST_PADDING[T - 8])));
    });
    let mut w = second_schedule(simd, digest);
    unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
        round::<I, _>(&mut state, simd.splat(K[16 + I]) + w[I]);
    });
    unroll!(T in [32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60] {
        expand::<T, _>(&mut w);
        round::<T, _>(&mut state, simd.splat(K[T]) + w[T % 16]);
    });
    state[index_of::<61>(4)] + simd.splat(INITIAL[7])
}

/// Returns W(16) to W(31) of the hash of a digest, whose W(8) to W(15) are [`DIGEST_PADDING`].
#[inline(always)]
fn second_schedule<S: Simd>(simd: S, digest: [S::Lanes; 8]) -> [S::Lanes; 16] {
    let padding_bit = Wrapping(PADDING_BIT);
    let length = Wrapping(DIGEST_BITS);
    let [w0, w1, w2, w3, w4, w5, w6, w7] = digest;
    let w16 = w0 + small_sigma0(w1);
    let w17 = w1 + small_sigma0(w2) + simd.splat(small_sigma1(length).0);
    let w18 = w2 + small_sigma0(w3) + small_sigma1(w16);
    let w19 = w3 + small_sigma0(w4) + small_sigma1(w17);
    let w20 = w4 + small_sigma0(w5) + small_sigma1(w18);
    let w21 = w5 + small_sigma0(w6) + small_sigma1(w19);
    let w22 = w6 + small_sigma0(w7) + simd.splat(DIGEST_BITS) + small_sigma1(w20);
    let w23 = w7 + simd.splat(small_sigma0(padding_bit).0) + w16 + small_sigma1(w21);
    let w24 = simd.splat(PADDING_BIT) + w17 + small_sigma1(w22);
    let w25 = w18 + small_sigma1(w23);
    let w26 = w19 + small_sigma1(w24);
    let w27 = w20 + small_sigma1(w25);
    let w28 = w21 + small_sigma1(w26);
    let w29 = w22 + small_sigma1(w27);
    let w30 = simd.splat(small_sigma0(length).0) + w23 + small_sigma1(w28);
    let w31 = simd.splat(DIGEST_BITS) + small_sigma0(w16) + w24 + small_sigma1(w29);
    [
        w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29, w30, w31,
    ]
}

/// Replaces W(T - 16) with W(T) in the last 16 words of the schedule.
#[inline(always)]
pub(super) fn expand<const T: usize, V: Lanes>(w: &mut [V; 16]) {
    let sigma0 = small_sigma0(w[(T + 1) % 16]);
    let sigma1 = small_sigma1(w[(T + 14) % 16]);
    w[T % 16] = w[T % 16] + sigma0 + w[(T + 9) % 16] + sigma1;
}

/// Returns the index that a variable has in round T. `name` is 0 for a, and 7 for h. Unlike in the standard, the
/// variables are not moved after a round but change their names: the variable a is b in the next round.
const fn index_of<const T: usize>(name: usize) -> usize {
    (name + 64 - T) % 8
}

/// Does round T. `round_word` is K(T) + W(T).
#[inline(always)]
pub(super) fn round<const T: usize, V: Lanes>(state: &mut [V; 8], round_word: V) {
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
    // The sum that the next round needs first is computed last.
    let t1 = (big_sigma1(e) + e.choose(f, g)) + (state[index_of::<T>(7)] + round_word);
    state[index_of::<T>(3)] = state[index_of::<T>(3)] + t1;
    let t2 = big_sigma0(a) + a.majority(b, c);
    state[index_of::<T>(7)] = t1 + t2;
}

/// Does a round in a loop, where the names of the variables cannot change.
#[inline(always)]
fn round_with_moves<V: Lanes>(mut state: [V; 8], round_word: V) -> [V; 8] {
    round::<0, _>(&mut state, round_word);
    let [b, c, d, e, f, g, h, a] = state;
    [a, b, c, d, e, f, g, h]
}

/// Returns the variables a to h after one round for each of the words K(t) + W(t).
pub(in crate::kernel) fn rounds<V: Lanes>(state: [V; 8], round_words: &[V]) -> [V; 8] {
    let words = round_words.iter();
    words.fold(state, |state, &word| round_with_moves(state, word))
}

#[inline(always)]
fn big_sigma0<V: Lanes>(x: V) -> V {
    x.rotate_right(2)
        .xor3(x.rotate_right(13), x.rotate_right(22))
}

#[inline(always)]
fn big_sigma1<V: Lanes>(x: V) -> V {
    x.rotate_right(6)
        .xor3(x.rotate_right(11), x.rotate_right(25))
}

#[inline(always)]
fn small_sigma0<V: Lanes>(x: V) -> V {
    x.rotate_right(7).xor3(x.rotate_right(18), x.shift_right(3))
}

#[inline(always)]
fn small_sigma1<V: Lanes>(x: V) -> V {
    x.rotate_right(17)
        .xor3(x.rotate_right(19), x.shift_right(10))
}
