//! Block headers, and whatever else has the only word that changes at index 3 of its last block.
//!
//! What is left out, beyond what [`General`](super::general) leaves out:
//! - Word 3 is merely added to a and e after the first four rounds, so these are done once per segment.
//! - Of the message schedule, the terms that SHA256SU0 computes do not depend on the nonce in W(20) to W(31).
//!
//! Four nonces share what is loaded from memory.

use std::num::Wrapping;

use super::instructions::{Group, Variables, Window};
use super::{Message, STREAMS, Sha2};
use crate::algorithm::sha256::{Block, INITIAL, K, State, compress};
use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::hashes::LAST;
use crate::kernel::lanes::sha2::Sha2 as _;
use crate::kernel::lanes::sha2::rounds::round_with_moves;
use crate::kernel::lanes::sha256::Sha256;
use crate::kernel::lanes::{LaneTest, unroll};
use crate::kernel::scanner::{Filter, test_of};
use crate::kernel::simd::Simd;
use crate::rule::{ByteOrder, WordTest};
use crate::template::Template;

/// The index of the word that changes.
const CHANGING: usize = 3;

/// K + W for the padding of the second hash, which are the words from number 8 on.
const PADDING_ROUND_WORDS: State = {
    let mut words = Sha256::DIGEST_PADDING;
    let mut i = 0;
    while i < words.len() {
        words[i] = words[i].wrapping_add(K[8 + i]);
        i += 1;
    }
    words
};

/// SHA-256, or SHA-256d if `TWICE` is set. The last word of the digest is tested.
pub(super) struct Header<const TWICE: bool> {
    proof: Sha2,
    /// The hash value before the blocks that depend on the nonce.
    before: State,
    changing: Changing<u32>,
    /// The number of the last block, counted from the one that holds the nonce's first byte.
    block: usize,
    test: WordTest,
}

impl<const TWICE: bool> Header<TWICE> {
    pub(super) fn new(template: &Template, message: &Message) -> Self {
        Self {
            proof: message.proof,
            before: message.before,
            changing: message.blocks.changing.clone(),
            block: message.place.block,
            test: test_of::<u32>(template),
        }
    }
}

/// What the nonces of a segment have in common.
pub(super) struct Precomputed {
    /// The hash value before the last block.
    midstate: State,
    /// What the hash value before the last block and K add to the first eight round words of the second hash.
    midstate_and_k: State,
    /// The word that changes, for the first nonce of the segment.
    word: u32,
    /// The last block, with 0 in the place of the word that changes.
    words: Block,
    /// The working variables after round 3, as if the word that changes were 0.
    start: State,
    /// K(t) + W(t) for t from 0 to 15. The first group is not used.
    round_words: [u32; 16],
    /// W(16) to W(19), as if the word that changes were 0.
    w16: [u32; 4],
    /// The terms W(t - 16) and those of W(t - 15) of W(20) to W(31).
    terms: [u32; 12],
}

impl<const TWICE: bool> Filter for Header<TWICE> {
    type Word = u32;
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::Sha2;
    const LANES: usize = 4;

    fn changing(&self) -> &Changing<u32> {
        &self.changing
    }

    fn precompute(&self, blocks: &[Block]) -> Precomputed {
        let mut midstate = self.before;
        let (before, rest) = blocks.split_at(self.block);
        for block in before {
            compress(&mut midstate, block);
        }
        let mut words = rest[0];
        let word = std::mem::take(&mut words[CHANGING]);
        let w = words.map(Wrapping);
        let k = |t: usize| Wrapping(K[t]);
        let (sigma0, sigma1) = (Sha256::small_sigma0, Sha256::small_sigma1);
        let w16 = w[0] + sigma0(w[1]) + w[9] + sigma1(w[14]);
        let w17 = w[1] + sigma0(w[2]) + w[10] + sigma1(w[15]);
        let w18 = w[2] + w[11] + sigma1(w16);
        let w19 = sigma0(w[4]) + w[12] + sigma1(w17);
        let after = |t: usize| if t == 15 { w16 } else { w[t + 1] };
        let start = (0..4).fold(midstate.map(Wrapping), |state, t| {
            round_with_moves::<Sha256, _>(state, k(t) + w[t])
        });
        let value = |word: Wrapping<u32>| word.0;
        Precomputed {
            midstate,
            midstate_and_k: std::array::from_fn(|t| midstate[t].wrapping_add(K[t])),
            word,
            words,
            start: start.map(value),
            round_words: std::array::from_fn(|t| value(k(t) + w[t])),
            w16: [w16, w17, w18, w19].map(value),
            terms: std::array::from_fn(|i| value(w[4 + i] + sigma0(after(4 + i)))),
        }
    }

    #[target_feature(enable = "neon,sha2")]
    unsafe fn first_candidate(
        &self,
        precomputed: &Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        let Self { proof, test, .. } = self;
        let lane_test = LaneTest::new::<u32, _>(proof.neon, test, ByteOrder::BigEndian);
        let fixed = proof.neon.splat(precomputed.word);
        let mut constants = &K;
        let lanes = Self::LANES as u64;
        // Counting down saves an instruction.
        let (mut low, mut left) = (low, count);
        while left > 0 {
            let [changes] = self.changing.lanes::<_, 1>(proof.neon, low);
            constants = proof.round_constants(constants);
            let words = last_words::<TWICE>(*proof, precomputed, constants, changes ^ fixed);
            let candidates = lane_test.passes(words);
            if candidates != 0 {
                let lane = u64::from(candidates.trailing_zeros());
                return (lane < left).then_some(count - left + lane);
            }
            if left <= lanes {
                break;
            }
            left -= lanes;
            low = low.wrapping_add(lanes as u32);
        }
        None
    }
}

/// A nonce that is being hashed.
#[derive(Clone, Copy)]
struct Stream {
    variables: Variables,
    window: Window,
}

/// Two nonces that are hashed in turn.
type Pair = [Stream; STREAMS];

/// Returns the last words of the digests of four nonces. `words` are the words that change. The two pairs share what is loaded.
#[inline(always)]
fn last_words<const TWICE: bool>(
    proof: Sha2,
    precomputed: &Precomputed,
    constants: &[u32; 64],
    words: Group,
) -> Group {
    let mut pairs = [
        [
            start(proof, precomputed, words),
            start(proof, precomputed, proof.lanes_from::<1>(words, words)),
        ],
        [
            start(proof, precomputed, proof.lanes_from::<2>(words, words)),
            start(proof, precomputed, proof.lanes_from::<3>(words, words)),
        ],
    ];
    unroll!(I in [1 2 3] {
        let round_words = proof.group(&precomputed.round_words, I);
        for pair in &mut pairs {
            four_rounds(proof, pair, [round_words; STREAMS]);
        }
    });
    unroll!(P in [2 3 4 5 6 7] {
        let constants = proof.two_groups(constants, P);
        unroll!(I in [0 1] {
            const GROUP: usize = 2 * P + I;
            for pair in &mut pairs {
                let mut round_words = [constants[I]; STREAMS];
                unroll!(S in [0 1] {
                    let window = &mut pair[S].window;
                    match GROUP {
                        4 => {}
                        5..8 => proof.expand_with(window, proof.group(&precomputed.terms, GROUP - 5)),
                        _ => proof.expand(window),
                    }
                    round_words[S] = round_words[S] + window[3];
                });
                match GROUP {
                    15 if !TWICE => last_rounds(proof, pair, round_words),
                    _ => four_rounds(proof, pair, round_words),
                }
            }
        });
    });
    let before = if TWICE {
        hash_digests(proof, precomputed, &mut pairs, constants);
        INITIAL[LAST]
    } else {
        precomputed.midstate[LAST]
    };
    let [[a, b], [c, d]] = pairs;
    proof.last_words([a.variables, b.variables, c.variables, d.variables])
        + proof.neon.splat(before)
}

/// Does four rounds for two nonces. The pairs take turns in the order in which this is called. Otherwise the compiler would do
/// the rounds of all four nonces at the same time, for which there are not enough registers.
#[inline(always)]
fn four_rounds(proof: Sha2, pair: &mut Pair, round_words: [Group; STREAMS]) {
    keep_order(pair);
    unroll!(S in [0 1] { proof.four_rounds(&mut pair[S].variables, round_words[S]); });
    keep_order(pair);
}

/// Does of the last four rounds what the last word of the digest needs.
#[inline(always)]
fn last_rounds(proof: Sha2, pair: &mut Pair, round_words: [Group; STREAMS]) {
    keep_order(pair);
    unroll!(S in [0 1] { proof.last_rounds(&mut pair[S].variables, round_words[S]); });
}

#[inline(always)]
fn keep_order(pair: &mut Pair) {
    unroll!(S in [0 1] { pair[S].variables = pair[S].variables.in_order(); });
}

/// Returns W(4) to W(19), and the working variables after round 3. The lowest lane of `words` is the word that changes.
#[inline(always)]
fn start(proof: Sha2, precomputed: &Precomputed, words: Group) -> Stream {
    let zero = proof.neon.splat(0u32);
    // The word in lane 3, in place of W(3), and in lane 0, in that of a and e. The other lanes are 0.
    let in_place = proof.lanes_from::<1>(zero, words);
    let lowest = proof.lanes_from::<3>(in_place, zero);
    let [abcd, efgh] = proof.halves(&precomputed.start);
    // This yields the terms of the word that changes in W(18) and W(19).
    let terms = proof.early_terms(in_place, zero);
    let w = &precomputed.words;
    Stream {
        variables: Variables::new([abcd + lowest, efgh + lowest]),
        window: [
            proof.group(w, 1),
            proof.group(w, 2),
            proof.group(w, 3),
            proof.group(&precomputed.w16, 0) + terms,
        ],
    }
}

/// Hashes the digests of the first hash, whose working variables are given. Afterwards only h is right.
#[inline(always)]
fn hash_digests(
    proof: Sha2,
    precomputed: &Precomputed,
    pairs: &mut [Pair; 2],
    constants: &[u32; 64],
) {
    let initial = proof.halves(&INITIAL);
    let padding = proof.halves(&Sha256::DIGEST_PADDING);
    let midstate = proof.halves(&precomputed.midstate);
    let with_k = proof.halves(&precomputed.midstate_and_k);
    for pair in pairs.iter_mut() {
        let mut round_words = [with_k; STREAMS];
        unroll!(S in [0 1] {
            let variables = pair[S].variables;
            let [first, second] = variables.added_to(midstate);
            round_words[S] = variables.added_to(with_k);
            pair[S] = Stream {
                variables: Variables::new(initial),
                window: [first, second, padding[0], padding[1]],
            };
        });
        let [first, second] = round_words;
        four_rounds(proof, pair, [first[0], second[0]]);
        four_rounds(proof, pair, [first[1], second[1]]);
    }
    unroll!(I in [0 1] {
        for pair in pairs.iter_mut() {
            four_rounds(proof, pair, [proof.group(&PADDING_ROUND_WORDS, I); STREAMS]);
        }
    });
    let padding_terms = proof.early_terms(padding[0], padding[1]);
    unroll!(P in [2 3 4 5 6 7] {
        let constants = proof.two_groups(constants, P);
        unroll!(I in [0 1] {
            const GROUP: usize = 2 * P + I;
            for pair in pairs.iter_mut() {
                let mut round_words = [constants[I]; STREAMS];
                unroll!(S in [0 1] {
                    let window = &mut pair[S].window;
                    match GROUP {
                        6 => proof.expand_with(window, padding_terms),
                        _ => proof.expand(window),
                    }
                    round_words[S] = round_words[S] + window[3];
                });
                match GROUP {
                    15 => last_rounds(proof, pair, round_words),
                    _ => four_rounds(proof, pair, round_words),
                }
            }
        });
    });
}
