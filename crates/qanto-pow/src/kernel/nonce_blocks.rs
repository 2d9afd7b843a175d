//! The part of a message that depends on the nonce, as blocks of words, and the state of the hash function before it.

use super::changing::Changing;
use super::nonce_bytes::{MessageWord, NonceBytes};
use crate::algorithm::{blake2b, blake3, sha1, sha256, sha512};
use crate::rule::ByteOrder;
use crate::template::Template;

/// The padded blocks of a message from the one on that holds the nonce's first byte, with zeros in the place of the
/// nonce.
pub(super) struct NonceBlocks<W> {
    pub(super) blocks: Vec<[W; 16]>,
    /// The number of the first of them in the message.
    pub(super) first: usize,
    pub(super) nonce: NonceBytes,
    pub(super) changing: Changing<W>,
}

impl<W: MessageWord> NonceBlocks<W> {
    fn new(template: &Template, order: ByteOrder, blocks: Vec<[W; 16]>, first: usize) -> Self {
        Self {
            blocks,
            first,
            nonce: NonceBytes::new(template.nonce(), order),
            changing: Changing::new(template.nonce(), order),
        }
    }
}

/// Returns the message of a template whose nonces have a fixed length, with zeros in the place of the nonce.
fn message_of(template: &Template) -> Vec<u8> {
    template.message_around(template.nonce().encoding.len_of(0))
}

/// Returns the hash value of SHA-1 before the nonce's first block, and the blocks from there on.
pub(super) fn of_sha1(template: &Template) -> (sha1::State, NonceBlocks<u32>) {
    let message = message_of(template);
    let first = template.nonce().offset / sha1::BLOCK_LEN;
    let (before, rest) = message.split_at(first * sha1::BLOCK_LEN);
    let mut state = sha1::INITIAL;
    sha1::blocks(before).for_each(|block| sha1::compress(&mut state, &block));
    let blocks = sha1::blocks(&sha1::pad(rest, message.len())).collect();
    let blocks = NonceBlocks::new(template, ByteOrder::BigEndian, blocks, first);
    (state, blocks)
}

/// Returns the hash value of SHA-256 before the nonce's first block, and the blocks from there on.
pub(super) fn of_sha256(template: &Template) -> (sha256::State, NonceBlocks<u32>) {
    let message = message_of(template);
    let first = template.nonce().offset / sha256::BLOCK_LEN;
    let (before, rest) = message.split_at(first * sha256::BLOCK_LEN);
    let mut state = sha256::INITIAL;
    sha256::blocks(before).for_each(|block| sha256::compress(&mut state, &block));
    let blocks = sha256::blocks(&sha256::pad(rest, message.len())).collect();
    let blocks = NonceBlocks::new(template, ByteOrder::BigEndian, blocks, first);
    (state, blocks)
}

/// Returns what [`of_sha256`] does, with the hash value of each variant of a template with version rolling. Returns
/// `None` if the variants differ in the nonce's blocks.
pub(super) fn of_sha256_variants(
    template: &Template,
) -> Option<(Vec<sha256::State>, NonceBlocks<u32>)> {
    let variants = template.each_variant().map(|variant| of_sha256(&variant));
    let (states, mut blocks): (Vec<_>, Vec<_>) = variants.unzip();
    let last = blocks.pop()?;
    let same = blocks.iter().all(|other| other.blocks == last.blocks);
    same.then_some((states, last))
}

/// Returns the hash value of SHA-512 before the nonce's first block, and the blocks from there on.
pub(super) fn of_sha512(template: &Template) -> (sha512::State, NonceBlocks<u64>) {
    let message = message_of(template);
    let first = template.nonce().offset / sha512::BLOCK_LEN;
    let (before, rest) = message.split_at(first * sha512::BLOCK_LEN);
    let mut state = sha512::INITIAL;
    sha512::blocks(before).for_each(|block| sha512::compress(&mut state, &block));
    let blocks = sha512::blocks(&sha512::pad(rest, message.len())).collect();
    let blocks = NonceBlocks::new(template, ByteOrder::BigEndian, blocks, first);
    (state, blocks)
}

/// The inputs of BLAKE2b's compressions, apart from the blocks.
pub(super) struct Blake2bInputs {
    /// The hash value before the nonce's first block.
    pub(super) before: blake2b::State,
    /// The counter t and the final flag f of each block from there on.
    pub(super) counters: Vec<(u128, bool)>,
}

/// Returns the inputs of BLAKE2b for the blocks from the nonce's first one on, and these blocks.
pub(super) fn of_blake2b(template: &Template) -> (Blake2bInputs, NonceBlocks<u64>) {
    let message = message_of(template);
    let first = template.nonce().offset / blake2b::BLOCK_LEN;
    let mut all = blake2b::message_blocks(&message);
    let before = all.by_ref().take(first);
    let before = before.fold(blake2b::initial(template.digest_len()), |mut h, block| {
        blake2b::compress(&mut h, &block.words, block.t, block.f);
        h
    });
    let (blocks, counters) = all.map(|block| (block.words, (block.t, block.f))).unzip();
    let inputs = Blake2bInputs { before, counters };
    let blocks = NonceBlocks::new(template, ByteOrder::LittleEndian, blocks, first);
    (inputs, blocks)
}

/// The inputs of BLAKE3's compressions of a message of one chunk, apart from the blocks.
pub(super) struct Blake3Inputs {
    /// The chaining value before the nonce's first block.
    pub(super) before: blake3::ChainingValue,
    /// The length and the flags of each block from there on.
    pub(super) blocks: Vec<BlockInput>,
}

/// The length of a block in bytes, and its flags.
#[derive(Clone, Copy)]
pub(super) struct BlockInput {
    pub(super) len: u32,
    pub(super) flags: u32,
}

/// Returns the inputs of BLAKE3 for the blocks from the nonce's first one on, and these blocks. Returns `None` if the
/// message has more than one chunk.
pub(super) fn of_blake3(template: &Template) -> Option<(Blake3Inputs, NonceBlocks<u32>)> {
    let message = message_of(template);
    if message.len() > blake3::CHUNK_LEN {
        return None;
    }
    let first = template.nonce().offset / blake3::BLOCK_LEN;
    let mut all = blake3::chunk_blocks(&message, blake3::flags::ROOT);
    let before = all.by_ref().take(first).fold(blake3::IV, |cv, block| {
        blake3::compress(&cv, &block.words, 0, block.len, block.flags)
    });
    let input = |block: &blake3::ChunkBlock| BlockInput {
        len: block.len,
        flags: block.flags,
    };
    let (blocks, inputs) = all.map(|block| (block.words, input(&block))).unzip();
    let inputs = Blake3Inputs {
        before,
        blocks: inputs,
    };
    let blocks = NonceBlocks::new(template, ByteOrder::LittleEndian, blocks, first);
    Some((inputs, blocks))
}
