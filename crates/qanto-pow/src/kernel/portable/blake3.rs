//! BLAKE3 in lanes.
//!
//! The part of the hash tree that does not depend on the nonce is evaluated once. The path from the nonce's chunk to
//! the root remains, and in that chunk the blocks that begin with the nonce's block.

use super::nonces::Nonces;
use super::scanner::{LANES, Lanes, PortableHash, splat};
use crate::algorithm::blake3::{
    self, BLOCK_LEN, CHUNK_LEN, ChainingValue, ChunkBlock, IV, MESSAGE_PERMUTATION, ROUNDS, flags,
};
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

pub(super) struct Blake3 {
    tree: Node,
    nonce: Nonces,
}

impl PortableHash for Blake3 {
    const ORDER: ByteOrder = ByteOrder::LittleEndian;

    fn prepare(message: &[u8], nonce: NonceField, _digest_len: usize) -> Self {
        let field = nonce.offset..nonce.offset + nonce.encoding.len_of(0);
        Self {
            tree: Node::new(message, 0, field, flags::ROOT),
            nonce: Nonces::new(nonce, ByteOrder::LittleEndian),
        }
    }

    #[inline(never)]
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes) {
        *words = self.tree.evaluate(&self.nonce, first)[index];
    }
}

/// A subtree that is partially evaluated.
enum Node {
    /// A subtree without the nonce.
    Constant(ChainingValue),
    /// A chunk that holds some of the nonce's bytes.
    Chunk {
        counter: u64,
        /// The chaining value before the nonce's block.
        chaining: ChainingValue,
        /// The blocks that begin with the nonce's block.
        blocks: Vec<ChunkBlock>,
        /// The number of their first word, counted from the start of the message.
        start: usize,
    },
    Parent {
        children: Box<[Node; 2]>,
        flags: u32,
    },
}

impl Node {
    /// `input` holds the bytes that the subtree covers, `counter` is the number of its first chunk, `nonce` is the
    /// range of the nonce's bytes in the message, and `root` is the ROOT flag or 0.
    fn new(input: &[u8], counter: u64, nonce: std::ops::Range<usize>, root: u32) -> Self {
        let start = counter as usize * CHUNK_LEN;
        if nonce.end <= start || nonce.start >= start + input.len() {
            return Self::Constant(blake3::subtree(input, counter, root));
        }
        if input.len() > CHUNK_LEN {
            let (left, right) = input.split_at(blake3::left_len(input.len()));
            let right_counter = counter + (left.len() / CHUNK_LEN) as u64;
            let children = [
                Self::new(left, counter, nonce.clone(), 0),
                Self::new(right, right_counter, nonce, 0),
            ];
            return Self::Parent {
                children: Box::new(children),
                flags: flags::PARENT | root,
            };
        }
        let blocks_before = nonce.start.saturating_sub(start) / BLOCK_LEN;
        let mut blocks = blake3::chunk_blocks(input, root);
        let chaining = blocks.by_ref().take(blocks_before).fold(IV, |cv, block| {
            blake3::compress(&cv, &block.words, counter, block.len, block.flags)
        });
        Self::Chunk {
            counter,
            chaining,
            blocks: blocks.collect(),
            start: (start + BLOCK_LEN * blocks_before) / 4,
        }
    }

    /// Returns the subtree's chaining values for the nonces `first`, `first + 1`, …
    fn evaluate(&self, nonce: &Nonces, first: u64) -> [Lanes; 8] {
        match self {
            Self::Constant(value) => value.map(splat),
            Self::Chunk {
                counter,
                chaining,
                blocks,
                start,
            } => {
                let mut value = chaining.map(splat);
                for (index, block) in blocks.iter().enumerate() {
                    let mut words = block.words.map(splat);
                    nonce.insert(&mut words, start + 16 * index, first);
                    value = compress(&value, &words, *counter, block.len, block.flags);
                }
                value
            }
            Self::Parent { children, flags } => {
                let [left, right] = children
                    .each_ref()
                    .map(|child| child.evaluate(nonce, first));
                let words = std::array::from_fn(|i| if i < 8 { left[i] } else { right[i - 8] });
                compress(&IV.map(splat), &words, 0, BLOCK_LEN as u32, *flags)
            }
        }
    }
}

/// Does what [`blake3::compress`] does, in each lane.
fn compress(
    chaining: &[Lanes; 8],
    words: &[Lanes; 16],
    counter: u64,
    block_len: u32,
    flags: u32,
) -> [Lanes; 8] {
    let mut v = [[0; LANES]; 16];
    v[..8].copy_from_slice(chaining);
    let [counter_low, counter_high] = [counter as u32, (counter >> 32) as u32];
    let initial = [
        IV[0],
        IV[1],
        IV[2],
        IV[3],
        counter_low,
        counter_high,
        block_len,
        flags,
    ];
    v[8..].copy_from_slice(&initial.map(splat));
    let [
        v0,
        v1,
        v2,
        v3,
        v4,
        v5,
        v6,
        v7,
        v8,
        v9,
        v10,
        v11,
        v12,
        v13,
        v14,
        v15,
    ] = &mut v;
    let mut order: [usize; 16] = std::array::from_fn(|i| i);
    for _ in 0..ROUNDS {
        let m = |i: usize| &words[order[i]];
        quarter_round(v0, v4, v8, v12, m(0), m(1));
        quarter_round(v1, v5, v9, v13, m(2), m(3));
        quarter_round(v2, v6, v10, v14, m(4), m(5));
        quarter_round(v3, v7, v11, v15, m(6), m(7));
        quarter_round(v0, v5, v10, v15, m(8), m(9));
        quarter_round(v1, v6, v11, v12, m(10), m(11));
        quarter_round(v2, v7, v8, v13, m(12), m(13));
        quarter_round(v3, v4, v9, v14, m(14), m(15));
        order = std::array::from_fn(|i| order[MESSAGE_PERMUTATION[i]]);
    }
    std::array::from_fn(|i| std::array::from_fn(|lane| v[i][lane] ^ v[i + 8][lane]))
}

/// The function G of the BLAKE3 paper.
fn quarter_round(a: &mut Lanes, b: &mut Lanes, c: &mut Lanes, d: &mut Lanes, x: &Lanes, y: &Lanes) {
    for i in 0..LANES {
        a[i] = a[i].wrapping_add(b[i]).wrapping_add(x[i]);
        d[i] = (d[i] ^ a[i]).rotate_right(16);
        c[i] = c[i].wrapping_add(d[i]);
        b[i] = (b[i] ^ c[i]).rotate_right(12);
        a[i] = a[i].wrapping_add(b[i]).wrapping_add(y[i]);
        d[i] = (d[i] ^ a[i]).rotate_right(8);
        c[i] = c[i].wrapping_add(d[i]);
        b[i] = (b[i] ^ c[i]).rotate_right(7);
    }
}
