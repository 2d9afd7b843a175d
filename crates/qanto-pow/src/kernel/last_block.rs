//! Scanning when the nonce lies in the last block of the message, the only one whose compression depends on it.

use super::low_word::LowWord;
use super::nonce_words::{NonceWords, WordOrder};
use super::{Hit, Kernel, Scan};
use crate::algorithm::{blake3, sha256};
use crate::template::{NonceField, Template};

/// The last block of a message, with zeros where the nonce goes, and what came before it.
pub(super) struct LastBlock<Before> {
    pub(super) before: Before,
    pub(super) words: [u32; 16],
    /// Where the nonce falls, counted from the start of this block.
    pub(super) nonce: NonceWords,
}

impl LastBlock<sha256::State> {
    /// None if the nonce is, or begins, in an earlier block.
    pub(super) fn of_sha256(template: &Template) -> Option<Self> {
        let message = without_nonce(template);
        let (whole_blocks, rest) =
            message.split_at(message.len() / sha256::BLOCK_LEN * sha256::BLOCK_LEN);
        let padding = sha256::pad(rest, message.len());
        let mut blocks: Vec<_> = sha256::blocks(whole_blocks)
            .chain(sha256::blocks(&padding))
            .collect();
        let words = blocks.pop()?;
        let nonce = nonce_from(
            template.nonce(),
            blocks.len() * sha256::BLOCK_LEN,
            WordOrder::BigEndian,
        )?;
        let mut midstate = sha256::INITIAL;
        for block in &blocks {
            sha256::compress(&mut midstate, block);
        }
        Some(Self {
            before: midstate,
            words,
            nonce,
        })
    }
}

impl LastBlock<Vec<sha256::State>> {
    /// Of a template whose variants differ in earlier blocks only; what came before is that of each.
    pub(super) fn of_sha256_variants(template: &Template) -> Option<Self> {
        let blocks: Option<Vec<_>> = variants(template)
            .map(|variant| LastBlock::of_sha256(&variant))
            .collect();
        let mut blocks = blocks?;
        let before = blocks.iter().map(|block| block.before).collect();
        let LastBlock { words, nonce, .. } = blocks.pop()?;
        let same = blocks.iter().all(|block| block.words == words);
        same.then_some(Self {
            before,
            words,
            nonce,
        })
    }
}

/// What BLAKE3 compresses the last block of a lone chunk with.
#[derive(Clone, Copy)]
pub(super) struct RootInput {
    pub(super) chaining: blake3::ChainingValue,
    pub(super) block_len: u32,
    pub(super) flags: u32,
}

impl LastBlock<RootInput> {
    /// None if the nonce is, or begins, in an earlier block, or the message has more than one chunk.
    pub(super) fn of_blake3(template: &Template) -> Option<Self> {
        let message = without_nonce(template);
        if message.len() > blake3::CHUNK_LEN {
            return None;
        }
        let mut blocks: Vec<_> = blake3::chunk_blocks(&message, blake3::flags::ROOT).collect();
        let last = blocks.pop()?;
        let nonce = nonce_from(
            template.nonce(),
            blocks.len() * blake3::BLOCK_LEN,
            WordOrder::LittleEndian,
        )?;
        let chaining = blocks.iter().fold(blake3::IV, |chaining, block| {
            blake3::compress(&chaining, &block.words, 0, block.len, block.flags)
        });
        Some(Self {
            before: RootInput {
                chaining,
                block_len: last.len,
                flags: last.flags,
            },
            words: last.words,
            nonce,
        })
    }
}

fn variants(template: &Template) -> impl Iterator<Item = Template> {
    (0..template.variants()).filter_map(|variant| template.variant(variant))
}

fn without_nonce(template: &Template) -> Vec<u8> {
    let NonceField { offset, encoding } = template.nonce();
    let mut message = template.preimage().to_vec();
    message[offset..offset + encoding.width()].fill(0);
    message
}

/// The nonce's words counted from the byte `start`; none if the nonce begins before it.
fn nonce_from(field: NonceField, start: usize, order: WordOrder) -> Option<NonceWords> {
    let offset = field.offset.checked_sub(start)?;
    Some(NonceWords::new(NonceField { offset, ..field }, order))
}

/// The hot part of a scanner: proposes the few nonces whose digest may meet the target.
pub(super) trait Filter: Send + Sync {
    /// What is computed once for all nonces of a stretch.
    type Stretch;

    /// `words` is the last block with a nonce whose low bits, see [`LowWord`], are zero.
    fn prepare(&self, words: &[u32; 16]) -> Self::Stretch;

    /// Offset of the first of the `count` nonces of the stretch from the one with the bits `low` on whose
    /// digest, in some variant of the template, has a top word (its last four bytes, read little-endian) not
    /// above the target's.
    fn first_survivor(&self, stretch: &Self::Stretch, low: u32, count: u64) -> Option<u64>;

    fn lanes(&self) -> u64;

    fn kernel(&self) -> Kernel;
}

/// Walks a range of nonces stretch by stretch and lets the reference judge what the filter lets through.
pub(super) struct Scanner<F> {
    variants: Vec<Template>,
    words: [u32; 16],
    nonce: NonceWords,
    low_word: LowWord,
    filter: F,
}

impl<F: Filter> Scanner<F> {
    /// `filter` makes one of what came before the last block, the word with the nonce's low bits and the
    /// target's top word.
    pub(super) fn new<Before>(
        template: &Template,
        block: LastBlock<Before>,
        filter: impl FnOnce(Before, LowWord, u32) -> F,
    ) -> Self {
        let low_word = LowWord::new(&block.nonce);
        Self {
            variants: variants(template).collect(),
            words: block.words,
            nonce: block.nonce,
            low_word,
            filter: filter(block.before, low_word, template.target().top_word()),
        }
    }

    fn judge(&self, nonce: u64) -> Option<Hit> {
        let mut numbered = (0..).zip(&self.variants);
        let (variant, _) = numbered.find(|(_, variant)| variant.is_hit(nonce))?;
        Some(Hit { nonce, variant })
    }

    fn stretch(&self, high: u64) -> F::Stretch {
        let mut words = self.words.map(|word| [word]);
        self.nonce.insert(&mut words, 0, high);
        self.filter.prepare(&words.map(|[word]| word))
    }
}

impl<F: Filter> Scan for Scanner<F> {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut nonce = first;
        let mut left = count;
        while left > 0 {
            let low = self.low_word.low(nonce);
            let stretch = self.stretch(nonce - u64::from(low));
            let here = left.min(self.low_word.stretch_len() - u64::from(low));
            let mut done = 0;
            while let Some(offset) =
                self.filter
                    .first_survivor(&stretch, low + done as u32, here - done)
            {
                let survivor = nonce + done + offset;
                if let Some(hit) = self.judge(survivor) {
                    return Some(hit);
                }
                done += offset + 1;
                if done == here {
                    break;
                }
            }
            // Past the last nonce of 64 bits there is nothing left.
            nonce = nonce.wrapping_add(here);
            left -= here;
        }
        None
    }

    fn lanes(&self) -> u64 {
        self.filter.lanes()
    }

    fn kernel(&self) -> Kernel {
        self.filter.kernel()
    }
}
