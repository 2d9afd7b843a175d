//! SHA-256d of the last block of several headers that differ only in an earlier block, in lanes. They have the message
//! schedule of the last block in common, which is computed once for each vector of nonces.

use super::sha256::{
    Precomputed, Schedule, add, complete, expand, last_word_of_second_hash, round,
};
use super::{LaneHash, unroll};
use crate::algorithm::sha256::{Block, K, State};
use crate::kernel::simd::{Lanes, Simd};

pub(in crate::kernel) struct RollingSha256d {
    /// The midstate of each variant: the hash value before the last block.
    pub(in crate::kernel) midstates: Vec<State>,
    /// The index of the low word, n.
    pub(in crate::kernel) n: usize,
}

pub(in crate::kernel) struct Variant {
    midstate: State,
    precomputed: Precomputed,
}

/// What all variants have in common for a vector of nonces.
pub(in crate::kernel) struct Vectors<V> {
    schedule: Schedule<V>,
    /// K(t) + W(t) for t from 16 to 63.
    round_words: [[V; 16]; 3],
}

impl LaneHash for RollingSha256d {
    type Precomputed = Vec<Variant>;
    type Vectors<V> = Vectors<V>;

    fn precompute(&self, words: &Block) -> Vec<Variant> {
        let midstates = self.midstates.iter();
        midstates
            .map(|midstate| Variant {
                midstate: *midstate,
                precomputed: Precomputed::new(midstate, words, self.n),
            })
            .collect()
    }

    #[inline(always)]
    fn broadcast<S: Simd>(&self, simd: S, variants: &Vec<Variant>) -> Vectors<S::Lanes> {
        Vectors {
            schedule: Schedule::new(simd, &variants[0].precomputed),
            round_words: [[simd.splat(0); 16]; 3],
        }
    }

    #[inline(always)]
    fn candidates<S: Simd>(
        &self,
        simd: S,
        variants: &Vec<Variant>,
        vectors: &mut Vectors<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32 {
        let shared = &variants[0].precomputed;
        let word = nonces ^ simd.splat(shared.fixed);
        vectors.schedule.add_word(simd, shared, self.n, word);
        vectors.expand(simd);
        let mut candidates = 0;
        if S::REGISTERS < 32 {
            for variant in variants {
                candidates |= vectors.candidates(simd, [variant], word, bound);
            }
        } else {
            // Without the message schedule between them, the rounds of one variant would wait for one another.
            // Therefore the rounds of two variants are done in turn. The last of an odd number is paired with itself.
            for pair in variants.chunks(2) {
                let partners = [&pair[0], &pair[pair.len() - 1]];
                candidates |= vectors.candidates(simd, partners, word, bound);
            }
        }
        candidates
    }
}

impl<V: Lanes> Vectors<V> {
    #[inline(always)]
    fn expand<S: Simd<Lanes = V>>(&mut self, simd: S) {
        let [first, rest @ ..] = &mut self.round_words;
        let mut w = self.schedule.terms();
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            complete::<I, _>(&mut w);
            first[I] = simd.splat(K[16 + I]) + w[I];
        });
        for (words, k) in rest.iter_mut().zip(K[32..].as_chunks::<16>().0) {
            unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
                expand::<I, _>(&mut w);
                words[I] = simd.splat(k[I]) + w[I];
            });
        }
    }

    /// Returns the candidates of N variants. The rounds of their first hashes are done in turn.
    #[inline(always)]
    fn candidates<S: Simd<Lanes = V>, const N: usize>(
        &self,
        simd: S,
        variants: [&Variant; N],
        word: V,
        bound: V,
    ) -> u32 {
        let mut states = [[word; 8]; N];
        for (state, variant) in states.iter_mut().zip(variants) {
            *state = variant.precomputed.after_round_15(simd, word);
        }
        for words in &self.round_words {
            unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
                for state in &mut states {
                    round::<I, _>(state, words[I]);
                }
            });
        }
        let mut candidates = 0;
        for (state, variant) in states.into_iter().zip(variants) {
            let hash = add(simd, state, &variant.midstate);
            let last = last_word_of_second_hash(simd, hash);
            candidates |= last.swap_bytes().at_most(bound);
        }
        candidates
    }
}
