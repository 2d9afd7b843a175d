//! The SHA2 instructions on groups of four words, and what else the kernel does with such groups.
//!
//! All of it is inlined by force into the functions that enable the instructions. Otherwise the compiler leaves calls
//! where a function is large, and the groups go through memory.

use std::arch::aarch64::*;
use std::arch::asm;

use super::{STREAMS, STREAMS_OF_ROUNDS, Sha2};
use crate::algorithm::sha256::State;
use crate::kernel::arm::neon::U32x4;
use crate::kernel::repeated::RoundWords;
use crate::kernel::simd::{Lanes, Simd};

/// Four words, the first one in the lowest lane.
pub(super) type Group = U32x4;

/// The last 16 words of the message schedule.
pub(super) type Window = [Group; 4];

/// A hash value.
pub(super) type HashValue = [Group; 2];

/// The working variables.
#[derive(Clone, Copy)]
pub(super) struct Variables {
    abcd: Group,
    efgh: Group,
}

impl Variables {
    #[inline(always)]
    pub(super) fn new([abcd, efgh]: [Group; 2]) -> Self {
        Self { abcd, efgh }
    }

    /// Returns the same variables. See [`Lanes::in_order`].
    #[inline(always)]
    pub(super) fn in_order(self) -> Self {
        Self {
            abcd: self.abcd.in_order(),
            efgh: self.efgh.in_order(),
        }
    }

    /// Returns the hash value, if `before` is the one before the block.
    #[inline(always)]
    pub(super) fn added_to(self, before: HashValue) -> HashValue {
        [self.abcd + before[0], self.efgh + before[1]]
    }
}

impl Sha2 {
    /// Returns four words, beginning with the word number `4 number`.
    #[inline(always)]
    pub(super) fn group(self, words: &[u32], number: usize) -> Group {
        self.neon.load(&words[4 * number..])
    }

    /// Returns the same constants. The compiler does not know that, so it loads them when the rounds need them. Otherwise
    /// it would load all of them before the loop and keep them on the stack, which costs more instructions.
    #[inline(always)]
    pub(super) fn round_constants(self, constants: &'static [u32; 64]) -> &'static [u32; 64] {
        let mut constants: *const [u32; 64] = constants;
        // SAFETY: there is no instruction, so the pointer is the same.
        unsafe {
            asm!("/* {} */", inout(reg) constants, options(nomem, nostack, preserves_flags));
            &*constants
        }
    }

    /// Returns eight words as two groups, beginning with the word number `8 number`. The compiler loads both with one
    /// instruction.
    #[inline(always)]
    pub(super) fn two_groups(self, words: &[u32], number: usize) -> [Group; 2] {
        [
            self.group(words, 2 * number).in_order(),
            self.group(words, 2 * number + 1).in_order(),
        ]
    }

    /// Returns eight words as two groups.
    #[inline(always)]
    pub(super) fn halves(self, words: &State) -> [Group; 2] {
        [self.group(words, 0), self.group(words, 1)]
    }

    /// Does four rounds. `round_words` is K + W of them.
    #[inline(always)]
    pub(super) fn four_rounds(self, variables: &mut Variables, round_words: Group) {
        // SAFETY: self proves that the processor has the SHA2 instructions.
        *variables = unsafe { sha256_rounds(*variables, round_words.into()) };
    }

    /// Does of the last four rounds what the last word of the hash value needs.
    #[inline(always)]
    pub(super) fn last_rounds(self, variables: &mut Variables, round_words: Group) {
        let before = variables.abcd;
        self.four_rounds(variables, round_words);
        // The compiler removes the instruction whose result is not used.
        variables.abcd = before;
    }

    /// Returns the terms of the next group of the message schedule that do not depend on the last two groups.
    #[inline(always)]
    pub(super) fn early_terms(self, w0: Group, w4: Group) -> Group {
        // SAFETY: self proves that the processor has the SHA2 instructions.
        unsafe { sha256_su0(w0.into(), w4.into()).into() }
    }

    /// Moves the window over the message schedule by four words.
    #[inline(always)]
    pub(super) fn expand(self, window: &mut Window) {
        let terms = self.early_terms(window[0], window[1]);
        self.expand_with(window, terms);
    }

    /// Moves the window, where the [`early_terms`](Self::early_terms) are known.
    #[inline(always)]
    pub(super) fn expand_with(self, window: &mut Window, terms: Group) {
        let [_, w4, w8, w12] = *window;
        // SAFETY: self proves that the processor has the SHA2 instructions.
        let next = unsafe { sha256_su1(terms.into(), w8.into(), w12.into()).into() };
        *window = [w4, w8, w12, next];
    }

    /// Returns four lanes, beginning with the lane number N of the first group and continuing in the second one.
    #[inline(always)]
    pub(super) fn lanes_from<const N: i32>(self, first: Group, second: Group) -> Group {
        // SAFETY: self proves that the processor has NEON.
        unsafe { vextq_u32::<N>(first.into(), second.into()).into() }
    }

    /// Returns the words, but not before these hash values are known. Otherwise the compiler hashes all four nonces of an
    /// iteration in turn, for which there are not enough registers.
    #[inline(always)]
    pub(super) fn words_after(
        self,
        words: Group,
        [[_, first], [_, second]]: [HashValue; STREAMS],
    ) -> Group {
        let mut words: uint32x4_t = words.into();
        let (first, second): (uint32x4_t, uint32x4_t) = (first.into(), second.into());
        // SAFETY: there is no instruction.
        unsafe {
            asm!(
                "/* {first:v} {second:v} {words:v} */",
                first = in(vreg) first,
                second = in(vreg) second,
                words = inout(vreg) words,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        words.into()
    }

    /// Returns the lane number N in every lane in which the mask has ones, and 0 in the others.
    #[inline(always)]
    pub(super) fn lane_in<const N: i32>(self, lanes: Group, mask: Group) -> Group {
        // SAFETY: self proves that the processor has NEON.
        unsafe { vandq_u32(vdupq_laneq_u32::<N>(lanes.into()), mask.into()).into() }
    }

    /// Returns h of the variables of four nonces, one in each lane.
    #[inline(always)]
    pub(super) fn last_words(self, variables: [Variables; 4]) -> Group {
        let [a, b, c, d] = variables.map(|variables| variables.efgh.into());
        // SAFETY: self proves that the processor has NEON.
        unsafe {
            let first = vreinterpretq_u64_u32(vzip2q_u32(a, b));
            let second = vreinterpretq_u64_u32(vzip2q_u32(c, d));
            vreinterpretq_u32_u64(vzip2q_u64(first, second)).into()
        }
    }

    /// Returns the words of this index of four hash values, one in each lane.
    #[inline(always)]
    pub(super) fn words_of(self, hash_values: [HashValue; 4], index: usize) -> Group {
        let mut words = [0; 4];
        for (word, halves) in words.iter_mut().zip(hash_values) {
            let half = if index < 4 { halves[0] } else { halves[1] };
            let mut lanes = [0u32; 4];
            // SAFETY: self proves that the processor has NEON, and there are four words.
            unsafe { vst1q_u32(lanes.as_mut_ptr(), half.into()) };
            *word = lanes[index % 4];
        }
        self.group(&words, 0)
    }
}

/// Compresses blocks of several messages, as [`Rounds::compress`](crate::kernel::repeated::Rounds::compress) does.
#[inline(always)]
pub(super) fn compress_constants(
    proof: Sha2,
    blocks: &[RoundWords],
    times: usize,
    hashes: &mut [u32],
) {
    let mut streams = [hash_value(proof, hashes, 0); STREAMS_OF_ROUNDS];
    for (stream, value) in streams.iter_mut().enumerate() {
        *value = hash_value(proof, hashes, stream);
    }
    for _ in 0..times {
        for round_words in blocks {
            let before = streams;
            for number in 0..16 {
                let round_words = proof.group(round_words, number);
                for value in &mut streams {
                    let mut variables = Variables::new(*value);
                    proof.four_rounds(&mut variables, round_words);
                    *value = [variables.abcd, variables.efgh];
                }
            }
            for (value, before) in streams.iter_mut().zip(before) {
                *value = Variables::new(*value).added_to(before);
            }
        }
    }
    for (stream, value) in streams.into_iter().enumerate() {
        let mut words = [0; 8];
        proof.neon.store(value[0], &mut words);
        proof.neon.store(value[1], &mut words[4..]);
        for (number, word) in words.into_iter().enumerate() {
            hashes[number * STREAMS_OF_ROUNDS + stream] = word;
        }
    }
}

/// Returns the hash value of one of several messages.
#[inline(always)]
fn hash_value(proof: Sha2, hashes: &[u32], stream: usize) -> HashValue {
    let mut words = [0; 8];
    for (number, word) in words.iter_mut().enumerate() {
        *word = hashes[number * STREAMS_OF_ROUNDS + stream];
    }
    proof.halves(&words)
}

// An instruction can be used only in a function that enables it, so each has one. They are inlined once their callers are.

#[target_feature(enable = "sha2")]
#[inline]
fn sha256_rounds(variables: Variables, round_words: uint32x4_t) -> Variables {
    let (abcd, efgh) = (variables.abcd.into(), variables.efgh.into());
    Variables {
        abcd: vsha256hq_u32(abcd, efgh, round_words).into(),
        efgh: vsha256h2q_u32(efgh, abcd, round_words).into(),
    }
}

#[target_feature(enable = "sha2")]
#[inline]
fn sha256_su0(w0: uint32x4_t, w4: uint32x4_t) -> uint32x4_t {
    vsha256su0q_u32(w0, w4)
}

#[target_feature(enable = "sha2")]
#[inline]
fn sha256_su1(terms: uint32x4_t, w8: uint32x4_t, w12: uint32x4_t) -> uint32x4_t {
    vsha256su1q_u32(terms, w8, w12)
}
