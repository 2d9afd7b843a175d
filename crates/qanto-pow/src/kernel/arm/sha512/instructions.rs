//! The instructions for SHA-512 on pairs of words. All of it is inlined by force, for the reason that
//! [`sha2::instructions`](super::super::sha2) gives.

use std::arch::aarch64::*;

use super::{STREAMS, Sha512};
use crate::algorithm::sha512::{Block, K, State};
use crate::kernel::arm::neon::U64x2;
use crate::kernel::lanes::unroll;
use crate::kernel::simd::Simd;

/// Two words, the first one in the lower lane.
pub(super) type Words = U64x2;

/// The number of times that two rounds are done for a block.
pub(super) const ROUND_PAIRS: usize = K.len() / 2;

/// A hash value.
pub(super) type HashValue = [Words; 4];

/// The last 16 words of the message schedule.
#[derive(Clone, Copy)]
pub(super) struct Window([Words; 8]);

impl From<[HashValue; 2]> for Window {
    #[inline(always)]
    fn from([[a, b, c, d], [e, f, g, h]]: [HashValue; 2]) -> Self {
        Self([a, b, c, d, e, f, g, h])
    }
}

/// The working variables.
#[derive(Clone, Copy)]
pub(super) struct Variables {
    ab: Words,
    cd: Words,
    ef: Words,
    gh: Words,
}

impl Variables {
    #[inline(always)]
    pub(super) fn new([ab, cd, ef, gh]: HashValue) -> Self {
        Self { ab, cd, ef, gh }
    }

    /// Returns the hash value, if `before` is the one before the block.
    #[inline(always)]
    pub(super) fn added_to(self, before: HashValue) -> HashValue {
        [
            self.ab + before[0],
            self.cd + before[1],
            self.ef + before[2],
            self.gh + before[3],
        ]
    }
}

impl Sha512 {
    /// Returns two words, beginning with the word number `2 number`.
    #[inline(always)]
    pub(super) fn pair(self, words: &[u64], number: usize) -> Words {
        self.neon.load(&words[2 * number..])
    }

    #[inline(always)]
    pub(super) fn hash_value(self, words: &State) -> HashValue {
        [
            self.pair(words, 0),
            self.pair(words, 1),
            self.pair(words, 2),
            self.pair(words, 3),
        ]
    }

    #[inline(always)]
    pub(super) fn window(self, block: &Block) -> Window {
        let mut pairs = [self.pair(block, 0); 8];
        unroll!(I in [1 2 3 4 5 6 7] { pairs[I] = self.pair(block, I); });
        Window(pairs)
    }

    /// Returns the hash values after a block, of which there is one for each nonce.
    #[inline(always)]
    pub(super) fn compress(
        self,
        mut windows: [Window; STREAMS],
        before: [HashValue; STREAMS],
    ) -> [HashValue; STREAMS] {
        let mut variables = [Variables::new(before[0]), Variables::new(before[1])];
        let (last, others) = K.as_chunks::<16>().0.split_last().expect("80 constants");
        for constants in others {
            unroll!(I in [0 1 2 3 4 5 6 7] {
                for (variables, Window(window)) in variables.iter_mut().zip(&mut windows) {
                    self.two_rounds(variables, window[I] + self.pair(constants, I));
                    self.expand::<I>(window);
                }
            });
        }
        unroll!(I in [0 1 2 3 4 5 6 7] {
            for (variables, Window(window)) in variables.iter_mut().zip(&windows) {
                self.two_rounds(variables, window[I] + self.pair(last, I));
            }
        });
        let [first, second] = variables;
        [first.added_to(before[0]), second.added_to(before[1])]
    }

    /// Does two rounds. `round_words` is K + W of them.
    #[inline(always)]
    pub(super) fn two_rounds(self, variables: &mut Variables, round_words: Words) {
        // SAFETY: self proves that the processor has the instructions.
        *variables = unsafe { sha512_rounds(*variables, round_words.into()) };
    }

    /// Replaces the words number 2 I and 2 I + 1 of the window by the ones that come 16 later.
    #[inline(always)]
    fn expand<const I: usize>(self, window: &mut [Words; 8]) {
        let (w0, w2) = (window[I], window[(I + 1) % 8]);
        let (w8, w10) = (window[(I + 4) % 8], window[(I + 5) % 8]);
        let w14 = window[(I + 7) % 8];
        // SAFETY: self proves that the processor has the instructions.
        window[I] = unsafe { sha512_schedule(w0, w2, w8, w10, w14) };
    }

    /// Returns the words of this index of two hash values, one in each lane.
    #[inline(always)]
    pub(super) fn words_of(self, hash_values: [HashValue; STREAMS], index: usize) -> Words {
        let mut words = [0; STREAMS];
        for (word, hash_value) in words.iter_mut().zip(hash_values) {
            let mut pair = [0; 2];
            self.neon.store(hash_value[index / 2], &mut pair);
            *word = pair[index % 2];
        }
        self.pair(&words, 0)
    }
}

// An instruction can be used only in a function that enables it, so each has one. They are inlined once their callers are.

#[target_feature(enable = "sha3")]
#[inline]
fn sha512_rounds(variables: Variables, round_words: uint64x2_t) -> Variables {
    let Variables { ab, cd, ef, gh } = variables;
    let (v_ab, v_cd): (uint64x2_t, uint64x2_t) = (ab.into(), cd.into());
    let (v_ef, v_gh): (uint64x2_t, uint64x2_t) = (ef.into(), gh.into());
    // The words g and h have the round words of the other one.
    let sum = vaddq_u64(vextq_u64::<1>(round_words, round_words), v_gh);
    let fg = vextq_u64::<1>(v_ef, v_gh);
    let de = vextq_u64::<1>(v_cd, v_ef);
    let t1 = vsha512hq_u64(sum, fg, de);
    Variables {
        ab: vsha512h2q_u64(t1, v_cd, v_ab).into(),
        cd: ab,
        ef: vaddq_u64(v_cd, t1).into(),
        gh: ef,
    }
}

/// Returns W(t) and W(t + 1) from the words that begin 16, 14, 8, 6 and 2 before.
#[target_feature(enable = "sha3")]
#[inline]
fn sha512_schedule(w0: Words, w2: Words, w8: Words, w10: Words, w14: Words) -> Words {
    let w9 = vextq_u64::<1>(w8.into(), w10.into());
    let terms = vsha512su0q_u64(w0.into(), w2.into());
    vsha512su1q_u64(terms, w14.into(), w9).into()
}
