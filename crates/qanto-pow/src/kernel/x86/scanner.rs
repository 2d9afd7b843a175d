//! Scanning when the nonce lies in the last block of the message.
//!
//! [`Scanner`] walks over the nonces, segment by segment. A [`Filter`] is the hot part: it finds the candidates of a
//! segment.

use std::sync::Arc;

use crate::kernel::choice::Kernel;
use crate::kernel::lanes::{LaneFilter, LaneHash};
use crate::kernel::last_block::LastBlock;
use crate::kernel::low_word::LowWord;
use crate::kernel::nonce_words::NonceWords;
use crate::kernel::scan::{Hit, Scan};
use crate::kernel::simd::Simd;
use crate::template::Template;

/// Finds the candidates among the nonces of a segment.
///
/// A *candidate* is a nonce whose digest has a top word that does not exceed the target's, in some variant of the
/// template. The top word is the most significant one: the last four bytes, read little-endian.
pub(super) trait Filter: Send + Sync {
    /// What is computed once for all nonces of a segment.
    type Precomputed;

    const KERNEL: Kernel;

    /// The number of nonces that are hashed side by side.
    const LANES: usize;

    /// `words` is the last block with a nonce whose low bits, see [`LowWord`], are zero.
    fn precompute(&self, words: &[u32; 16]) -> Self::Precomputed;

    /// Returns the offset of the first candidate among the `count` nonces of the segment that begin with the one whose
    /// low bits are `low`.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set that the implementation is compiled for. Every filter holds a proof
    /// of this, so the call is always safe; the method is unsafe because Rust cannot see the proof.
    unsafe fn first_candidate(
        &self,
        precomputed: &Self::Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64>;
}

/// A vector instruction set whose scanners can be made for every hash function.
pub(super) trait LaneKernel: Simd {
    /// Makes the scanner. `hash` makes the hash function from the state before the last block and the index of the low
    /// word.
    fn scanner<Before, H: LaneHash + 'static>(
        self,
        template: &Template,
        block: LastBlock<Before>,
        hash: impl FnOnce(Before, usize) -> H,
    ) -> Arc<dyn Scan> {
        Self::into_scan(Scanner::new(template, block, |before, low_word, bound| {
            LaneFilter {
                simd: self,
                hash: hash(before, low_word.index),
                low_word,
                bound,
            }
        }))
    }

    /// Erases the types of a scanner. Each instruction set does so itself, since only there its filter is known to
    /// exist.
    fn into_scan<H: LaneHash + 'static>(scanner: Scanner<LaneFilter<Self, H>>) -> Arc<dyn Scan>;
}

/// Walks over a range of nonces, segment by segment, and lets the reference implementation decide about the candidates.
pub(super) struct Scanner<F> {
    variants: Vec<Template>,
    words: [u32; 16],
    nonce: NonceWords,
    low_word: LowWord,
    filter: F,
}

impl<F> Scanner<F> {
    /// `filter` makes the filter from the state before the last block, the low word, and the target's top word.
    pub(super) fn new<Before>(
        template: &Template,
        block: LastBlock<Before>,
        filter: impl FnOnce(Before, LowWord, u32) -> F,
    ) -> Self {
        let low_word = LowWord::new(&block.nonce);
        Self {
            variants: template.each_variant().collect(),
            words: block.words,
            nonce: block.nonce,
            low_word,
            filter: filter(block.before, low_word, template.rule().word_test().span),
        }
    }

    /// Returns the nonce as a hit, if the reference implementation accepts it.
    fn confirm(&self, nonce: u64) -> Option<Hit> {
        let mut numbered = (0..).zip(&self.variants);
        let (variant, _) = numbered.find(|(_, variant)| variant.is_hit(nonce))?;
        Some(Hit { nonce, variant })
    }
}

impl<F: Filter> Scanner<F> {
    /// Precomputes for the segment whose first nonce is `first`.
    fn precompute(&self, first: u64) -> F::Precomputed {
        let mut words = self.words.map(|word| [word]);
        self.nonce.insert(&mut words, 0, first);
        self.filter.precompute(&words.map(|[word]| word))
    }
}

impl<F: Filter> Scan for Scanner<F> {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut nonce = first;
        let mut left = count;
        while left > 0 {
            let low = self.low_word.low(nonce);
            let precomputed = self.precompute(nonce - u64::from(low));
            let here = left.min(self.low_word.segment_len() - u64::from(low));
            let mut done = 0;
            // SAFETY: the filter holds the proof that the processor has its instruction set.
            while let Some(offset) = unsafe {
                self.filter
                    .first_candidate(&precomputed, low + done as u32, here - done)
            } {
                let candidate = nonce + done + offset;
                if let Some(hit) = self.confirm(candidate) {
                    return Some(hit);
                }
                done += offset + 1;
                if done == here {
                    break;
                }
            }
            // After the last nonce of 64 bits this wraps, and nothing is left.
            nonce = nonce.wrapping_add(here);
            left -= here;
        }
        None
    }

    fn lanes(&self) -> u64 {
        F::LANES as u64
    }

    fn kernel(&self) -> Kernel {
        F::KERNEL
    }
}
