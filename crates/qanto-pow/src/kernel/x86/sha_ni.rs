//! The kernel of the SHA extensions: SHA-256 and SHA-256d of the last block.
//!
//! One instruction does two rounds, but its result takes several cycles. Therefore two nonces are hashed in turn: while
//! one waits for its result, the other goes on.

use std::arch::x86_64::*;
use std::num::Wrapping;
use std::sync::Arc;

use super::scanner::{Filter, Scanner};
use crate::algorithm::Algorithm;
use crate::algorithm::sha256::{Block, INITIAL, K, State};
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::sha256::{DIGEST_PADDING, rounds};
use crate::kernel::last_block::LastBlock;
use crate::kernel::low_word::LowWord;
use crate::kernel::scan::Scan;
use crate::template::Template;

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

/// Prepares the scanner. Returns `None` if the kernel does not support the template's shape.
pub(super) fn scanner(template: &Template, proof: ShaNi) -> Option<Arc<dyn Scan>> {
    Some(match template.algorithm() {
        Algorithm::Sha256 => Arc::new(Sha256::<false>::scanner(template, proof)?),
        Algorithm::Sha256d => Arc::new(Sha256::<true>::scanner(template, proof)?),
        _ => return None,
    })
}

/// SHA-256, or SHA-256d if `TWICE` is set.
struct Sha256<const TWICE: bool> {
    _proof: ShaNi,
    midstate: State,
    low_word: LowWord,
    bound: u32,
}

impl<const TWICE: bool> Sha256<TWICE> {
    fn scanner(template: &Template, proof: ShaNi) -> Option<Scanner<Self>> {
        let block = LastBlock::of_sha256(template)?;
        Some(Scanner::new(
            template,
            block,
            |midstate, low_word, bound| Self {
                _proof: proof,
                midstate,
                low_word,
                bound,
            },
        ))
    }
}

/// What the compression of the last block has in common for all nonces of a segment.
struct Precomputed {
    /// The last block with the low bits of the nonce zero.
    words: Block,
    /// The working variables before the pair of rounds that takes the low word.
    start: State,
}

impl<const TWICE: bool> Filter for Sha256<TWICE> {
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::ShaNi;
    const LANES: usize = STREAMS;

    fn precompute(&self, words: &Block) -> Precomputed {
        let before = self.low_word.index & !1;
        let round_words: [_; 16] = std::array::from_fn(|t| Wrapping(K[t]) + Wrapping(words[t]));
        let start = rounds(self.midstate.map(Wrapping), &round_words[..before]);
        Precomputed {
            words: *words,
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
        let index = self.low_word.index;
        let nonce_group = index / 4;
        let nonce_mask = words(std::array::from_fn(|i| {
            if i == index % 4 { u32::MAX } else { 0 }
        }));
        let message: [_; 4] = std::array::from_fn(|i| group(&precomputed.words, i));
        let start = Variables::new(&precomputed.start);
        let midstate = Variables::new(&self.midstate);
        let initial = Variables::new(&INITIAL);
        let padding = [group(&DIGEST_PADDING, 0), group(&DIGEST_PADDING, 1)];

        let mut done = 0;
        while done < count {
            let mut windows = [message; STREAMS];
            let mut variables = [start; STREAMS];
            for stream in 0..STREAMS {
                let word = self
                    .low_word
                    .word(low.wrapping_add((done + stream as u64) as u32));
                let word = _mm_and_si128(_mm_set1_epi32(word.cast_signed()), nonce_mask);
                windows[stream][nonce_group] = _mm_xor_si128(windows[stream][nonce_group], word);
            }
            for i in nonce_group..4 {
                let k = group(&K, i);
                for (variables, window) in variables.iter_mut().zip(&windows) {
                    let round_words = _mm_add_epi32(window[i], k);
                    if i > nonce_group || index % 4 < 2 {
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
            // The digest needs h after 64 rounds, which is f after 62. The remaining rounds are skipped.
            expand_and_round(&mut windows, &mut variables, 15);
            let before = if TWICE { INITIAL[7] } else { self.midstate[7] };
            let k = group(&K, 15);
            let mut candidate = None;
            for stream in (0..STREAMS).rev() {
                expand(&mut windows[stream]);
                variables[stream].two_rounds(_mm_add_epi32(windows[stream][3], k));
                let f = _mm_cvtsi128_si32(variables[stream].abef).cast_unsigned();
                if f.wrapping_add(before).swap_bytes() <= self.bound {
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
