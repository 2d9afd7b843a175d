//! SHA-256d of the last block of several headers that differ in an earlier block only, in lanes. They have the
//! message schedule of the last block in common: for each vector of nonces it is computed once, for all of
//! them.

use super::sha256::{Schedule, Stretch, add, complete, expand, last_word_of_second_hash, round};
use super::{LaneHash, Lanes, Simd, unroll};
use crate::algorithm::sha256::{Block, K, State};

pub(in crate::kernel) struct RollingSha256d {
    /// Of each variant the hash value before the last block.
    pub(in crate::kernel) midstates: Vec<State>,
    /// Number of the word with the nonce's low bits, n.
    pub(in crate::kernel) n: usize,
}

pub(in crate::kernel) struct Variant {
    midstate: State,
    stretch: Stretch,
}

/// What all variants of a vector of nonces share.
pub(in crate::kernel) struct Image<V> {
    schedule: Schedule<V>,
    /// K(t) + W(t) for t from 16 to 63.
    round_words: [[V; 16]; 3],
}

impl LaneHash for RollingSha256d {
    type Stretch = Vec<Variant>;
    type Image<V> = Image<V>;

    fn prepare(&self, words: &Block) -> Vec<Variant> {
        let midstates = self.midstates.iter();
        midstates
            .map(|midstate| Variant {
                midstate: *midstate,
                stretch: Stretch::new(midstate, words, self.n),
            })
            .collect()
    }

    #[inline(always)]
    fn image<S: Simd>(&self, simd: S, variants: &Vec<Variant>) -> Image<S::Lanes> {
        Image {
            schedule: Schedule::new(simd, &variants[0].stretch),
            round_words: [[simd.splat(0); 16]; 3],
        }
    }

    #[inline(always)]
    fn survivors<S: Simd>(
        &self,
        simd: S,
        variants: &Vec<Variant>,
        image: &mut Image<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32 {
        let shared = &variants[0].stretch;
        let word = nonces ^ simd.splat(shared.fixed);
        image.schedule.patch(simd, shared, self.n, word);
        image.expand(simd);
        let mut survivors = 0;
        if S::REGISTERS < 32 {
            for variant in variants {
                survivors |= image.survivors(simd, [variant], word, bound);
            }
        } else {
            // Without a schedule between them rounds wait for one another; those of two variants in turn do
            // not. An odd one is its own partner.
            for pair in variants.chunks(2) {
                let partners = [&pair[0], &pair[pair.len() - 1]];
                survivors |= image.survivors(simd, partners, word, bound);
            }
        }
        survivors
    }
}

impl<V: Lanes> Image<V> {
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

    /// Those of N variants, whose first hashes are computed in turn.
    #[inline(always)]
    fn survivors<S: Simd<Lanes = V>, const N: usize>(
        &self,
        simd: S,
        variants: [&Variant; N],
        word: V,
        bound: V,
    ) -> u32 {
        let mut states = [[word; 8]; N];
        for (state, variant) in states.iter_mut().zip(variants) {
            *state = variant.stretch.after_round_15(simd, word);
        }
        for words in &self.round_words {
            unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
                for state in &mut states {
                    round::<I, _>(state, words[I]);
                }
            });
        }
        let mut survivors = 0;
        for (state, variant) in states.into_iter().zip(variants) {
            let hash = add(simd, state, &variant.midstate);
            let last = last_word_of_second_hash(simd, hash);
            survivors |= last.swap_bytes().at_most(bound);
        }
        survivors
    }
}
