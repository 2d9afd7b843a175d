//! The last block of a message, and the state of the hash function before it. Only the compression of this block
//! depends on a nonce that lies in it.

use super::nonce_words::NonceWords;
use crate::algorithm::{blake3, sha256};
use crate::nonce::NonceField;
use crate::rule::ByteOrder;
use crate::template::Template;

/// The last block of a message, with zeros in the place of the nonce, and the state before it.
pub(super) struct LastBlock<Before> {
    pub(super) before: Before,
    pub(super) words: [u32; 16],
    /// The words that hold the nonce, counted from the start of this block.
    pub(super) nonce: NonceWords,
}

impl LastBlock<sha256::State> {
    /// Returns the last block, and the midstate before it. Returns `None` if the nonce lies, or begins, in an earlier
    /// block.
    pub(super) fn of_sha256(template: &Template) -> Option<Self> {
        let message = template.message_around(template.nonce().encoding.len_of(0));
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
            ByteOrder::BigEndian,
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
    /// Returns the last block, and the midstate of each variant before it. Returns `None` as
    /// [`of_sha256`](LastBlock::of_sha256) does, or if the variants differ in the last block.
    pub(super) fn of_sha256_variants(template: &Template) -> Option<Self> {
        let blocks: Option<Vec<_>> = template
            .each_variant()
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

/// The inputs with which BLAKE3 compresses the last block of a message of one chunk, apart from the block itself.
#[derive(Clone, Copy)]
pub(super) struct RootInput {
    pub(super) chaining: blake3::ChainingValue,
    pub(super) block_len: u32,
    pub(super) flags: u32,
}

impl LastBlock<RootInput> {
    /// Returns the last block of a message of one chunk. Returns `None` if the nonce lies, or begins, in an earlier
    /// block, or if the message has more than one chunk.
    pub(super) fn of_blake3(template: &Template) -> Option<Self> {
        let message = template.message_around(template.nonce().encoding.len_of(0));
        if message.len() > blake3::CHUNK_LEN {
            return None;
        }
        let mut blocks: Vec<_> = blake3::chunk_blocks(&message, blake3::flags::ROOT).collect();
        let last = blocks.pop()?;
        let nonce = nonce_from(
            template.nonce(),
            blocks.len() * blake3::BLOCK_LEN,
            ByteOrder::LittleEndian,
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

/// Returns the words of a nonce, counted from the byte `start`. Returns `None` if the nonce begins before it.
fn nonce_from(field: NonceField, start: usize, order: ByteOrder) -> Option<NonceWords> {
    let offset = field.offset.checked_sub(start)?;
    Some(NonceWords::new(NonceField { offset, ..field }, order))
}
