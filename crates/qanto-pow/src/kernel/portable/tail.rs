//! The end of a padded message of SHA-1 or SHA-256, which both parse into blocks of 16 big-endian words of 32 bits.

use super::nonces::Nonces;
use super::scanner::{Lanes, splat};
use crate::algorithm::sha256::{BLOCK_LEN, Block, blocks, pad};
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// The padded message, beginning with the block that holds the nonce's first byte.
pub(super) struct Tail<State> {
    /// The hash value before the first of these blocks.
    pub(super) midstate: State,
    /// All blocks but the last one. There are none if the nonce lies in the last block of the message.
    leading_blocks: Vec<Block>,
    last_block: Block,
    /// The number of the first word, counted from the start of the message.
    start: usize,
    nonce: Nonces,
}

impl<State> Tail<State> {
    /// `initial` is the hash value before the whole message.
    pub(super) fn new(
        message: &[u8],
        nonce: NonceField,
        initial: State,
        compress: impl Fn(&mut State, &Block),
    ) -> Self {
        let (before, rest) = message.split_at(nonce.offset / BLOCK_LEN * BLOCK_LEN);
        let mut midstate = initial;
        for block in blocks(before) {
            compress(&mut midstate, &block);
        }
        let mut leading_blocks: Vec<Block> = blocks(&pad(rest, message.len())).collect();
        let last_block = leading_blocks
            .pop()
            .expect("padding fills at least one block");
        Self {
            midstate,
            leading_blocks,
            last_block,
            start: before.len() / 4,
            nonce: Nonces::new(nonce, ByteOrder::BigEndian),
        }
    }

    /// Returns the blocks before the last one, for the nonces `first`, `first + 1`, …
    pub(super) fn leading_blocks(&self, first: u64) -> impl Iterator<Item = [Lanes; 16]> {
        let numbered = self.leading_blocks.iter().enumerate();
        numbered.map(move |(i, block)| self.with_nonces(block, self.start + 16 * i, first))
    }

    /// Returns the last block, for the nonces `first`, `first + 1`, …
    pub(super) fn last_block(&self, first: u64) -> [Lanes; 16] {
        let start = self.start + 16 * self.leading_blocks.len();
        self.with_nonces(&self.last_block, start, first)
    }

    fn with_nonces(&self, block: &Block, start: usize, first: u64) -> [Lanes; 16] {
        let mut words = block.map(splat);
        self.nonce.insert(&mut words, start, first);
        words
    }
}
