//! The kernel of the SHA extensions: SHA-256 and SHA-256d of the last block.
//!
//! One instruction does two rounds, but its result takes several cycles. Therefore two nonces are hashed in turn: while
//! one waits for its result, the other goes on.

use std::arch::x86_64::*;
use std::num::Wrapping;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::algorithm::sha256::{Block, INITIAL, K, State, compress};
use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::hashes::LAST;
use crate::kernel::lanes::sha2::Sha2;
use crate::kernel::lanes::sha2::rounds::round_with_moves;
use crate::kernel::lanes::{self, Place};
use crate::kernel::nonce_blocks;
use crate::kernel::repeated::{RoundWords, Rounds};
use crate::kernel::scan::Scan;
use crate::kernel::scanner::{Filter, Scanner, test_of};
use crate::rule::{ByteOrder, WordTest};
use crate::template::Template;

/// The padding that makes a digest a message of one block.
const DIGEST_PADDING: [u32; 8] = lanes::sha256::Sha256::DIGEST_PADDING;

/// The number of nonces that are hashed in turn. Three or four would need more registers than there are.
const STREAMS: usize = 2;

/// Proof that the processor has the SHA extensions, SSSE3 and SSE4.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShaNi(());

impl ShaNi {
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1");
        found.then_some(Self(()))
    }
}

/// The number of messages with the same blocks that are hashed in turn. There are registers for four, because they share the
/// words of the message.
const STREAMS_OF_ROUNDS: usize = 4;

impl Rounds for ShaNi {
    fn kernel(&self) -> Kernel {
        Kernel::ShaNi
    }

    fn lanes(&self) -> usize {
        STREAMS_OF_ROUNDS
    }

    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
        // SAFETY: self proves the features.
        unsafe { compress_constants(blocks, times, hashes) }
    }
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
fn compress_constants(blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
    let hash_value = |hashes: &[u32], stream| -> State {
        std::array::from_fn(|word| hashes[word * STREAMS_OF_ROUNDS + stream])
    };
    let mut streams: [Variables; STREAMS_OF_ROUNDS] =
        std::array::from_fn(|stream| Variables::new(&hash_value(hashes, stream)));
    for _ in 0..times {
        for round_words in blocks {
            let before = streams;
            for i in 0..16 {
                let round_words = group(round_words, i);
                for variables in &mut streams {
                    variables.two_rounds(round_words);
                }
                let round_words = upper_half(round_words);
                for variables in &mut streams {
                    variables.two_rounds(round_words);
                }
            }
            for (variables, before) in streams.iter_mut().zip(before) {
                variables.abef = _mm_add_epi32(variables.abef, before.abef);
                variables.cdgh = _mm_add_epi32(variables.cdgh, before.cdgh);
            }
        }
    }
    for (stream, variables) in streams.into_iter().enumerate() {
        for (word, value) in variables.hash_value(&[0; 8]).into_iter().enumerate() {
            hashes[word * STREAMS_OF_ROUNDS + stream] = value;
        }
    }
}

/// Prepares the scanner. Returns `None` if the kernel does not support the hash function, or if there are blocks behind
/// the one in which words change.
pub(super) fn scanner(template: &Template, proof: ShaNi) -> Option<Arc<dyn Scan>> {
    let is_last = test_of::<u32>(template).index == LAST;
    Some(match (template.algorithm(), is_last) {
        (Algorithm::Sha256, true) => Arc::new(Sha256::<false, true>::scanner(template, proof)?),
        (Algorithm::Sha256, false) => Arc::new(Sha256::<false, false>::scanner(template, proof)?),
        (Algorithm::Sha256d, true) => Arc::new(Sha256::<true, true>::scanner(template, proof)?),
        (Algorithm::Sha256d, false) => Arc::new(Sha256::<true, false>::scanner(template, proof)?),
        _ => return None,
    })
}

/// SHA-256, or SHA-256d if `TWICE` is set. If `LAST_WORD` is set, the last word of the digest is tested.
struct Sha256<const TWICE: bool, const LAST_WORD: bool> {
    _proof: ShaNi,
    /// The hash value before the blocks that depend on the nonce.
    before: State,
    changing: Changing<u32>,
    place: Place<2>,
    /// Whether only one of these two words changes.
    is_single: bool,
    test: WordTest,
}

impl<const TWICE: bool, const LAST_WORD: bool> Sha256<TWICE, LAST_WORD> {
    fn scanner(template: &Template, proof: ShaNi) -> Option<Scanner<Self>> {
        let (before, blocks) = nonce_blocks::of_sha256(template);
        let place = Place::of(&blocks);
        if place.block + 1 < blocks.blocks.len() {
            return None;
        }
        let filter = Self {
            _proof: proof,
            before,
            is_single: blocks.changing.count() == 1,
            changing: blocks.changing.clone(),
            place,
            test: test_of::<u32>(template),
        };
        Some(Scanner::new(template, blocks, filter))
    }

    /// Returns the index of the first word that changes.
    fn first_index(&self) -> usize {
        match self.is_single {
            true => self.changing.indices::<1>()[0],
            false => self.place.indices[0],
        }
    }
}

/// What the compression of the last block has in common for all nonces of a segment.
struct Precomputed {
    /// The hash value before the last block.
    midstate: State,
    /// The last block with the first nonce of the segment.
    words: Block,
    /// The working variables before the pair of rounds that takes the first word that changes.
    start: State,
}

impl<const TWICE: bool, const LAST_WORD: bool> Filter for Sha256<TWICE, LAST_WORD> {
    type Word = u32;
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::ShaNi;
    const LANES: usize = STREAMS;

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
        let start = (0..self.first_index() & !1).fold(midstate.map(Wrapping), |state, t| {
            let round_word = Wrapping(K[t]) + Wrapping(words[t]);
            round_with_moves::<lanes::sha256::Sha256, _>(state, round_word)
        });
        Precomputed {
            midstate,
            words,
            start: start.map(|word| word.0),
        }
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    unsafe fn first_candidate(
        &self,
        precomputed: &Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        let first = self.first_index();
        let only = ChangingWord::new(first);
        let changing = self.place.indices.map(|index| ChangingWord::new(index));
        let first_group = first / 4;
        let message: [_; 4] = std::array::from_fn(|i| group(&precomputed.words, i));
        let start = Variables::new(&precomputed.start);
        let midstate = Variables::new(&precomputed.midstate);
        let initial = Variables::new(&INITIAL);
        let padding = [group(&DIGEST_PADDING, 0), group(&DIGEST_PADDING, 1)];

        let mut done = 0;
        while done < count {
            let mut windows = [message; STREAMS];
            let mut variables = [start; STREAMS];
            for stream in 0..STREAMS {
                let low = low.wrapping_add((done + stream as u64) as u32);
                if self.is_single {
                    let [[change]] = self.changing.words::<1, 1>(low);
                    only.change(&mut windows[stream], change);
                } else {
                    for (word, [change]) in
                        changing.into_iter().zip(self.changing.words::<2, 1>(low))
                    {
                        word.change(&mut windows[stream], change);
                    }
                }
            }
            for i in first_group..4 {
                let k = group(&K, i);
                for (variables, window) in variables.iter_mut().zip(&windows) {
                    let round_words = _mm_add_epi32(window[i], k);
                    if i > first_group || first % 4 < 2 {
                        variables.two_rounds(round_words);
                    }
                    variables.two_rounds(upper_half(round_words));
                }
            }
            if TWICE {
                expand_and_round(&mut windows, &mut variables, 16);
                for (variables, window) in variables.iter_mut().zip(&mut windows) {
                    let [first, second] = variables.added_to(midstate);
                    *window = [first, second, padding[0], padding[1]];
                    *variables = initial;
                }
                for i in 0..4 {
                    let k = group(&K, i);
                    for (variables, window) in variables.iter_mut().zip(&windows) {
                        variables.four_rounds(_mm_add_epi32(window[i], k));
                    }
                }
            }
            expand_and_round(&mut windows, &mut variables, 15);
            let before = if TWICE { INITIAL } else { precomputed.midstate };
            let k = group(&K, 15);
            let mut candidate = None;
            for stream in (0..STREAMS).rev() {
                expand(&mut windows[stream]);
                let round_words = _mm_add_epi32(windows[stream][3], k);
                let word = if LAST_WORD {
                    // The last word needs h after 64 rounds, which is f after 62. The remaining rounds are skipped.
                    variables[stream].two_rounds(round_words);
                    let f = _mm_cvtsi128_si32(variables[stream].abef).cast_unsigned();
                    f.wrapping_add(before[LAST])
                } else {
                    variables[stream].four_rounds(round_words);
                    variables[stream].hash_value(&before)[self.test.index]
                };
                let word = match self.test.order {
                    ByteOrder::BigEndian => word,
                    ByteOrder::LittleEndian => word.swap_bytes(),
                };
                if self.test.accepts(word) {
                    candidate = Some(done + stream as u64);
                }
            }
            if candidate.is_some() {
                return candidate.filter(|&offset| offset < count);
            }
            done += STREAMS as u64;
        }
        None
    }
}

/// One of the words of a block that change from nonce to nonce.
#[derive(Clone, Copy)]
struct ChangingWord {
    /// The number of its group of four words.
    group: usize,
    /// Ones in the place of the word in this group.
    mask: __m128i,
}

impl ChangingWord {
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn new(index: usize) -> Self {
        let place = |i| if i == index % 4 { u32::MAX } else { 0 };
        Self {
            group: index / 4,
            mask: words(std::array::from_fn(place)),
        }
    }

    /// Changes the word, by exclusive or.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn change(self, window: &mut [__m128i; 4], change: u32) {
        let change = _mm_and_si128(_mm_set1_epi32(change.cast_signed()), self.mask);
        window[self.group] = _mm_xor_si128(window[self.group], change);
    }
}

/// The working variables in the order that the instructions expect. The name lists the highest word first.
#[derive(Clone, Copy)]
struct Variables {
    abef: __m128i,
    cdgh: __m128i,
}

impl Variables {
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn new(&[a, b, c, d, e, f, g, h]: &State) -> Self {
        Self {
            abef: words([f, e, b, a]),
            cdgh: words([h, g, d, c]),
        }
    }

    /// Does two rounds. The lower half of `round_words` is K + W of the two.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn two_rounds(&mut self, round_words: __m128i) {
        let abef = _mm_sha256rnds2_epu32(self.cdgh, self.abef, round_words);
        *self = Self {
            abef,
            cdgh: self.abef,
        };
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn four_rounds(&mut self, round_words: __m128i) {
        self.two_rounds(round_words);
        self.two_rounds(upper_half(round_words));
    }

    /// Returns the hash value.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn hash_value(self, before: &State) -> State {
        let mut halves = [[0u32; 4]; 2];
        // SAFETY: both halves have 16 bytes.
        unsafe {
            _mm_storeu_si128(halves[0].as_mut_ptr().cast(), self.abef);
            _mm_storeu_si128(halves[1].as_mut_ptr().cast(), self.cdgh);
        }
        let [[f, e, b, a], [h, g, d, c]] = halves;
        let working = [a, b, c, d, e, f, g, h];
        std::array::from_fn(|i| working[i].wrapping_add(before[i]))
    }

    /// Returns the hash value, as the first half of a message.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline]
    fn added_to(self, before: Self) -> [__m128i; 2] {
        const SWAP_PAIRS: i32 = 0b10_11_00_01;
        let efab = _mm_shuffle_epi32::<SWAP_PAIRS>(_mm_add_epi32(self.abef, before.abef));
        let ghcd = _mm_shuffle_epi32::<SWAP_PAIRS>(_mm_add_epi32(self.cdgh, before.cdgh));
        [
            _mm_unpackhi_epi64(efab, ghcd),
            _mm_unpacklo_epi64(efab, ghcd),
        ]
    }
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn words(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_setr_epi32(a, b, c, d)
}

/// Returns four words, beginning with the word number `4 group`.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn group<const N: usize>(all: &[u32; N], group: usize) -> __m128i {
    words(std::array::from_fn(|i| all[4 * group + i]))
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn upper_half(words: __m128i) -> __m128i {
    _mm_shuffle_epi32::<0b11_10_11_10>(words)
}

/// Moves the window of 16 words over the message schedule by four.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn expand(window: &mut [__m128i; 4]) {
    let [w16, w12, w8, w4] = *window;
    let w7 = _mm_alignr_epi8::<4>(w4, w8);
    let next = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w16, w12), w7), w4);
    *window = [w12, w8, w4, next];
}

/// Does the rounds from 16 to before `4 groups`.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn expand_and_round(
    windows: &mut [[__m128i; 4]; STREAMS],
    variables: &mut [Variables; STREAMS],
    groups: usize,
) {
    for i in 4..groups {
        let k = group(&K, i);
        for (variables, window) in variables.iter_mut().zip(&mut *windows) {
            expand(window);
            variables.four_rounds(_mm_add_epi32(window[3], k));
        }
    }
}
