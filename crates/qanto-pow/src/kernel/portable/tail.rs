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

    /// Passes each block but the last one to `compress`, for the nonces `first`, `first + 1`, …, and then writes the last one to
    /// `words`, which holds each block in turn. A block in lanes has 1 KiB, so that copies of it would take 10 % of the time.
    pub(super) fn last_block(
        &self,
        first: u64,
        words: &mut [Lanes; 16],
        mut compress: impl FnMut(&mut [Lanes; 16]),
    ) {
        let mut start = self.start;
        for block in &self.leading_blocks {
            self.write(block, start, first, words);
            compress(words);
            start += block.len();
        }
        self.write(&self.last_block, start, first, words);
    }

    fn write(&self, block: &Block, start: usize, first: u64, words: &mut [Lanes; 16]) {
        for (lanes, &word) in words.iter_mut().zip(block) {
            *lanes = splat(word);
        }
        self.nonce.insert(words, start, first);
    }
}
