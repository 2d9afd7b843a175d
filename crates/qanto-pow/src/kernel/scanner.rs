//! Scanning segment by segment.
//!
//! [`Scanner`] walks over the nonces, segment by segment. A [`Filter`] is the hot part: it finds the candidates of a
//! segment.

#![expect(
    unsafe_code,
    reason = "a filter is called, which needs an instruction set that not every processor has"
)]

use std::sync::Arc;

use super::changing::Changing;
use super::choice::Kernel;
use super::lanes::{LaneFilter, LaneHash, Place};
use super::nonce_blocks::NonceBlocks;
use super::nonce_bytes::MessageWord;
use super::scan::{Hit, Scan};
use super::simd::Simd;
use crate::rule::WordTest;
use crate::template::Template;

/// Finds the candidates among the nonces of a segment.
///
/// A *candidate* is a nonce whose digest has a word that passes the rule's [`WordTest`], in some variant of the
/// template.
pub(super) trait Filter: Send + Sync {
    /// A word of the message.
    type Word: MessageWord;

    /// What is computed once for all nonces of a segment.
    type Precomputed;

    const KERNEL: Kernel;

    /// The number of nonces that are hashed side by side.
    const LANES: usize;

    fn changing(&self) -> &Changing<Self::Word>;

    /// `blocks` are the blocks from the one on that holds the nonce's first byte, with the first nonce of the segment.
    fn precompute(&self, blocks: &[[Self::Word; 16]]) -> Self::Precomputed;

    /// Returns the offset of the first candidate among the `count` nonces of the segment that begin with its nonce
    /// number `low`.
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
pub(super) trait LaneKernel: Simd<u32> + Simd<u64> {
    /// The instruction set with more vectors side by side, for a hash function whose instructions depend on one another
    /// so much that one vector does not keep the processor busy. It may be the same.
    type Wide: LaneKernel;

    fn wide(self) -> Self::Wide;

    /// Makes the scanner. Each instruction set does so itself, since only there its filter is known to exist.
    fn scanner<H: LaneHash<N>, const N: usize>(
        self,
        template: &Template,
        blocks: NonceBlocks<H::Word>,
        hash: H,
    ) -> Arc<dyn Scan>
    where
        Self: Simd<H::Word>;
}

impl<S, H: LaneHash<N>, const N: usize> LaneFilter<S, H, N> {
    pub(super) fn new(
        simd: S,
        template: &Template,
        blocks: &NonceBlocks<H::Word>,
        hash: H,
    ) -> Self {
        Self {
            simd,
            hash,
            changing: blocks.changing.clone(),
            place: Place::of(blocks),
            test: test_of::<H::Word>(template),
        }
    }
}

impl<const N: usize> Place<N> {
    pub(super) fn of<W: MessageWord>(blocks: &NonceBlocks<W>) -> Self {
        let changing = &blocks.changing;
        let indices = changing.indices();
        Self {
            block: changing.block() - blocks.first,
            indices,
            is_changing: indices.map(|index| changing.contains(index)),
        }
    }
}

/// Returns the test of a digest that consists of words `W`.
pub(super) fn test_of<W: MessageWord>(template: &Template) -> WordTest {
    template.rule().word_test(W::LEN)
}

/// Walks over a range of nonces, segment by segment, and lets the reference implementation decide about the candidates.
pub(super) struct Scanner<F: Filter> {
    variants: Vec<Template>,
    blocks: NonceBlocks<F::Word>,
    filter: F,
}

impl<F: Filter> Scanner<F> {
    pub(super) fn new(template: &Template, blocks: NonceBlocks<F::Word>, filter: F) -> Self {
        Self {
            variants: template.each_variant().collect(),
            blocks,
            filter,
        }
    }

    /// Returns the nonce as a hit, if the reference implementation accepts it.
    fn confirm(&self, nonce: u64) -> Option<Hit> {
        let mut numbered = (0..).zip(&self.variants);
        let (variant, _) = numbered.find(|(_, variant)| variant.is_hit(nonce))?;
        Some(Hit { nonce, variant })
    }

    /// Precomputes for the segment whose first nonce is `first`.
    fn precompute(&self, first: u64) -> F::Precomputed {
        let NonceBlocks {
            blocks,
            first: number,
            nonce,
            ..
        } = &self.blocks;
        let mut blocks = blocks.clone();
        for (i, block) in blocks.iter_mut().enumerate() {
            let mut words = block.map(|word| [word]);
            nonce.insert(&mut words, 16 * (number + i), first);
            *block = words.map(|[word]| word);
        }
        self.filter.precompute(&blocks)
    }
}

impl<F: Filter> Scan for Scanner<F> {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let changing = self.filter.changing();
        let mut nonce = first;
        let mut left = count;
        while left > 0 {
            let low = changing.low(nonce);
            let precomputed = self.precompute(nonce - u64::from(low));
            let here = left.min(changing.segment_len - u64::from(low));
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
