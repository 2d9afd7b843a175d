//! SHA-256d of several headers that differ only before the block in which a word changes, in lanes. They have the message
//! schedule of this block in common, which is computed once for each vector of nonces.

use super::hashes::{LAST, combine};
use super::sha2::digest::hash_of_digest;
use super::sha2::rounds::{complete, expand, round};
use super::sha2::segment;
use super::sha256::Sha256;
use super::{LaneHash, LaneTest, Place, unroll};
use crate::algorithm::sha256::{K, State, compress};
use crate::kernel::simd::Simd;
use crate::rule::ByteOrder;

/// The test of the last word of the digest. The block in which a word changes is the last one.
pub(in crate::kernel) struct RollingSha256d {
    /// The midstate of each variant: the hash value before the blocks that depend on the nonce.
    pub(in crate::kernel) midstates: Vec<State>,
}

pub(in crate::kernel) struct Precomputed {
    fixed: [u32; 1],
    variants: Vec<Variant>,
}

struct Variant {
    /// The hash value before the block in which a word changes.
    before: State,
    block: segment::Precomputed<Sha256, 1>,
}

/// What all variants have in common for a vector of nonces.
pub(in crate::kernel) struct Vectors<V> {
    block: segment::Vectors<V>,
    /// K(t) + W(t) for t from 16 to 63.
    round_words: [[V; 16]; 3],
}

impl LaneHash<1> for RollingSha256d {
    type Word = u32;
    type Precomputed = Precomputed;
    type Vectors<V> = Vectors<V>;

    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn precompute(&self, blocks: &[[u32; 16]], place: Place<1>) -> Precomputed {
        let (before, rest) = blocks.split_at(place.block);
        let variants = self.midstates.iter().map(|midstate| {
            let mut state = *midstate;
            for block in before {
                compress(&mut state, block);
            }
            Variant {
                before: state,
                block: segment::Precomputed::new(&state, &rest[0], place.indices),
            }
        });
        Precomputed {
            fixed: place.indices.map(|index| rest[0][index]),
            variants: variants.collect(),
        }
    }

    #[inline(always)]
    fn broadcast<S: Simd>(&self, simd: S, precomputed: &Precomputed) -> Vectors<S::Lanes> {
        Vectors {
            block: precomputed.variants[0].block.broadcast(simd),
            round_words: [[simd.splat(0); 16]; 3],
        }
    }

    #[inline(always)]
    fn candidates<S: Simd>(
        &self,
        simd: S,
        precomputed: &Precomputed,
        vectors: &mut Vectors<S::Lanes>,
        changes: [S::Lanes; 1],
        test: &LaneTest<S::Lanes>,
    ) -> u32 {
        let variants = &precomputed.variants;
        let words = combine(simd, &precomputed.fixed, changes);
        variants[0].block.insert(simd, &mut vectors.block, words);
        expand_schedule(simd, vectors);
        let mut candidates = 0;
        if S::REGISTERS < 32 {
            for variant in variants {
                candidates |= candidates_of(simd, vectors, [variant], words, test);
            }
        } else {
            // Without the message schedule between them, the rounds of one variant would wait for one another.
            // Therefore the rounds of two variants are done in turn. The last of an odd number is paired with itself.
            for pair in variants.chunks(2) {
                let partners = [&pair[0], &pair[pair.len() - 1]];
                candidates |= candidates_of(simd, vectors, partners, words, test);
            }
        }
        candidates
    }
}

#[inline(always)]
fn expand_schedule<S: Simd>(simd: S, vectors: &mut Vectors<S::Lanes>) {
    let [first, rest @ ..] = &mut vectors.round_words;
    let mut w = vectors.block.schedule;
    unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
        complete::<Sha256, I, _>(&mut w);
        first[I] = simd.splat(K[16 + I]) + w[I];
    });
    for (words, k) in rest.iter_mut().zip(K[32..].as_chunks::<16>().0) {
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            expand::<Sha256, I, _>(&mut w);
            words[I] = simd.splat(k[I]) + w[I];
        });
    }
}

/// Returns the candidates of N variants. The rounds of their first hashes are done in turn.
#[inline(always)]
fn candidates_of<S: Simd, const N: usize>(
    simd: S,
    vectors: &Vectors<S::Lanes>,
    variants: [&Variant; N],
    words: [S::Lanes; 1],
    test: &LaneTest<S::Lanes>,
) -> u32 {
    let mut states = [[words[0]; 8]; N];
    for (state, variant) in states.iter_mut().zip(variants) {
        *state = variant.block.after_round_15(simd, &vectors.block, words);
    }
    for round_words in &vectors.round_words {
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            for state in &mut states {
                round::<Sha256, I, _>(state, round_words[I]);
            }
        });
    }
    let mut candidates = 0;
    for (mut state, variant) in states.into_iter().zip(variants) {
        unroll!(I in [0 1 2 3 4 5 6 7] { state[I] = state[I] + simd.splat(variant.before[I]); });
        candidates |= test.passes(hash_of_digest::<Sha256, S, true>(simd, state)[LAST]);
    }
    candidates
}
