//! Templates of any shape.

use std::num::Wrapping;

use super::instructions::{Group, HashValue, Variables, Window};
use super::{Message, STREAMS, Sha2};
use crate::algorithm::sha256::{Block, INITIAL, K, State, compress};
use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::sha2::rounds::round_with_moves;
use crate::kernel::lanes::sha2::{Sha2 as _, round_words};
use crate::kernel::lanes::sha256::Sha256;
use crate::kernel::lanes::{LaneTest, Place};
use crate::kernel::scanner::{Filter, test_of};
use crate::rule::{ByteOrder, WordTest};
use crate::template::Template;

/// SHA-256, or SHA-256d if `TWICE` is set. If `LAST_WORD` is set, the last word of the digest is tested, and it is computed
/// by the rounds of a block that depends on the nonce. The first word that changes is in group `GROUP` of its block.
pub(super) struct General<const TWICE: bool, const LAST_WORD: bool, const GROUP: usize> {
    proof: Sha2,
    /// The hash value before the blocks that depend on the nonce.
    before: State,
    changing: Changing<u32>,
    place: Place<2>,
    test: WordTest,
}

impl<const TWICE: bool, const LAST_WORD: bool, const GROUP: usize>
    General<TWICE, LAST_WORD, GROUP>
{
    pub(super) fn new(template: &Template, message: &Message) -> Self {
        Self {
            proof: message.proof,
            before: message.before,
            changing: message.blocks.changing.clone(),
            place: message.place,
            test: test_of::<u32>(template),
        }
    }
}

/// What the nonces of a segment have in common.
pub(super) struct Precomputed {
    /// The hash value before the block in which words change.
    midstate: State,
    /// This block with the first nonce of the segment.
    words: Block,
    /// The working variables before the rounds that take the first group with a word that changes.
    start: State,
    /// For each of the words that change, ones in its place in its group, and in the next one if it is there.
    masks: [[u32; 8]; 2],
    /// The round words of the blocks behind it.
    rest: Vec<Vec<u32>>,
}

impl<const TWICE: bool, const LAST_WORD: bool, const GROUP: usize> Filter
    for General<TWICE, LAST_WORD, GROUP>
{
    type Word = u32;
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::Sha2;
    const LANES: usize = 4;

    fn changing(&self) -> &Changing<u32> {
        &self.changing
    }

    fn precompute(&self, blocks: &[Block]) -> Precomputed {
        let mut midstate = self.before;
        let (before, rest) = blocks.split_at(self.place.block);
        for block in before {
            compress(&mut midstate, block);
        }
        let words = rest[0];
        let start = (0..4 * GROUP).fold(midstate.map(Wrapping), |state, t| {
            round_with_moves::<Sha256, _>(state, Wrapping(K[t]) + Wrapping(words[t]))
        });
        let masks = self.place.indices.map(|index| {
            std::array::from_fn(|i| if 4 * GROUP + i == index { u32::MAX } else { 0 })
        });
        Precomputed {
            midstate,
            words,
            start: start.map(|word| word.0),
            masks,
            rest: rest[1..].iter().map(round_words::<Sha256>).collect(),
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
        let mut constants = &K;
        let mut done = 0;
        while done < count {
            let low = low.wrapping_add(done as u32);
            let changes = self.changing.lanes::<_, 2>(proof.neon, low);
            constants = proof.round_constants(constants);
            let first = self.hash_values(precomputed, constants, changes);
            let next = [
                proof.words_after(proof.lanes_from::<2>(changes[0], changes[0]), first),
                proof.lanes_from::<2>(changes[1], changes[1]),
            ];
            constants = proof.round_constants(constants);
            let second = self.hash_values(precomputed, constants, next);
            let hash_values = [first[0], first[1], second[0], second[1]];
            let words = if LAST_WORD {
                proof.last_words(hash_values.map(Variables::new))
            } else {
                proof.words_of(hash_values, test.index)
            };
            let candidates = lane_test.passes(words);
            if candidates != 0 {
                let offset = done + u64::from(candidates.trailing_zeros());
                return (offset < count).then_some(offset);
            }
            done += Self::LANES as u64;
        }
        None
    }
}

impl<const TWICE: bool, const LAST_WORD: bool, const GROUP: usize>
    General<TWICE, LAST_WORD, GROUP>
{
    /// Returns the hash values of two nonces. The two lowest lanes of `changes` are what the nonces add to the words that
    /// change. If `LAST_WORD` is set, only the last word of the results is right.
    #[inline(always)]
    fn hash_values(
        &self,
        precomputed: &Precomputed,
        constants: &[u32; 64],
        changes: [Group; 2],
    ) -> [HashValue; STREAMS] {
        let proof = self.proof;
        let midstate = proof.halves(&precomputed.midstate);
        let mut windows = self.windows(precomputed, changes);
        let mut variables = [Variables::new(proof.halves(&precomputed.start)); STREAMS];
        for i in GROUP..4 {
            for (variables, window) in variables.iter_mut().zip(&windows) {
                proof.four_rounds(variables, window[i] + proof.group(constants, i));
            }
        }
        expand_and_round(proof, &mut windows, &mut variables, constants);
        if LAST_WORD && !TWICE {
            return finish::<true>(proof, variables, &windows, midstate, constants);
        }
        let mut hash_values = finish::<false>(proof, variables, &windows, midstate, constants);
        for round_words in &precomputed.rest {
            hash_values = compress_constant(proof, hash_values, round_words);
        }
        if TWICE {
            hash_values = hash_of_digests::<LAST_WORD>(proof, hash_values, constants);
        }
        hash_values
    }

    /// Returns the blocks of two nonces in which words change.
    #[inline(always)]
    fn windows(&self, precomputed: &Precomputed, [first, last]: [Group; 2]) -> [Window; STREAMS] {
        let proof = self.proof;
        let mut message = [first; 4];
        for (i, group) in message.iter_mut().enumerate() {
            *group = proof.group(&precomputed.words, i);
        }
        let mut windows = [message; STREAMS];
        for (group, half) in [(GROUP, 0), (GROUP + 1, 1)] {
            if group < 4 {
                let masks = [
                    proof.group(&precomputed.masks[0], half),
                    proof.group(&precomputed.masks[1], half),
                ];
                let [window, next] = &mut windows;
                window[group] = window[group]
                    ^ proof.lane_in::<0>(first, masks[0])
                    ^ proof.lane_in::<0>(last, masks[1]);
                next[group] = next[group]
                    ^ proof.lane_in::<1>(first, masks[0])
                    ^ proof.lane_in::<1>(last, masks[1]);
            }
        }
        windows
    }
}

/// Does the rounds from 16 to 59, and expands the message schedule to its end.
#[inline(always)]
fn expand_and_round(
    proof: Sha2,
    windows: &mut [Window; STREAMS],
    variables: &mut [Variables; STREAMS],
    constants: &[u32; 64],
) {
    for i in 4..15 {
        for (variables, window) in variables.iter_mut().zip(&mut *windows) {
            proof.expand(window);
            proof.four_rounds(variables, window[3] + proof.group(constants, i));
        }
    }
    for window in windows {
        proof.expand(window);
    }
}

/// Does the last rounds, and returns the hash values. If `LAST_WORD` is set, only their last word is right.
#[inline(always)]
fn finish<const LAST_WORD: bool>(
    proof: Sha2,
    mut variables: [Variables; STREAMS],
    windows: &[Window; STREAMS],
    before: HashValue,
    constants: &[u32; 64],
) -> [HashValue; STREAMS] {
    for (variables, window) in variables.iter_mut().zip(windows) {
        let round_words = window[3] + proof.group(constants, 15);
        if LAST_WORD {
            proof.last_rounds(variables, round_words);
        } else {
            proof.four_rounds(variables, round_words);
        }
    }
    variables.map(|variables| variables.added_to(before))
}

/// Returns the hash values after a block that is the same for all nonces.
#[inline(always)]
fn compress_constant(
    proof: Sha2,
    before: [HashValue; STREAMS],
    round_words: &[u32],
) -> [HashValue; STREAMS] {
    let mut variables = before.map(Variables::new);
    for i in 0..16 {
        for variables in &mut variables {
            proof.four_rounds(variables, proof.group(round_words, i));
        }
    }
    let [first, second] = variables;
    [first.added_to(before[0]), second.added_to(before[1])]
}

/// Hashes the digests. If `LAST_WORD` is set, only the last word of the result is right.
#[inline(always)]
fn hash_of_digests<const LAST_WORD: bool>(
    proof: Sha2,
    digests: [HashValue; STREAMS],
    constants: &[u32; 64],
) -> [HashValue; STREAMS] {
    let padding = proof.halves(&Sha256::DIGEST_PADDING);
    let initial = proof.halves(&INITIAL);
    let mut windows = digests.map(|[first, second]| [first, second, padding[0], padding[1]]);
    let mut variables = [Variables::new(initial); STREAMS];
    for i in 0..4 {
        for (variables, window) in variables.iter_mut().zip(&windows) {
            proof.four_rounds(variables, window[i] + proof.group(constants, i));
        }
    }
    expand_and_round(proof, &mut windows, &mut variables, constants);
    finish::<LAST_WORD>(proof, variables, &windows, initial, constants)
}
