//! BLAKE3 in its default mode with 32 bytes of output, as specified in the BLAKE3 paper, with the names used there.

/// A chaining value.
pub(crate) type ChainingValue = [u32; 8];
/// A message block as little-endian words.
pub(crate) type Block = [u32; 16];

/// The length of a message block in bytes.
pub(crate) const BLOCK_LEN: usize = 64;
/// The length of a chunk in bytes. The chunks are the leaves of the tree.
pub(crate) const CHUNK_LEN: usize = 1024;
/// The number of rounds of the compression function.
pub(crate) const ROUNDS: usize = 7;

/// The initialisation vector, table 1, which is the key of the default mode.
pub(crate) const IV: ChainingValue = super::sha256::INITIAL;

/// The permutation of the message words between rounds, table 2.
pub(crate) const MESSAGE_PERMUTATION: [usize; 16] =
    [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

/// The domain separation flags, table 3.
pub(crate) mod flags {
    pub(crate) const CHUNK_START: u32 = 1 << 0;
    pub(crate) const CHUNK_END: u32 = 1 << 1;
    pub(crate) const PARENT: u32 = 1 << 2;
    pub(crate) const ROOT: u32 = 1 << 3;
}

/// Computes the BLAKE3 digest of a message.
pub fn digest(message: &[u8]) -> [u8; 32] {
    let root = subtree(message, 0, flags::ROOT);
    std::array::from_fn(|i| root[i / 4].to_le_bytes()[i % 4])
}

/// Computes the chaining value of the subtree over `input`, whose first chunk has the number `chunk`. `root` is the
/// ROOT flag if the subtree is the whole tree, and 0 otherwise.
pub(crate) fn subtree(input: &[u8], chunk: u64, root: u32) -> ChainingValue {
    if input.len() <= CHUNK_LEN {
        return leaf(input, chunk, root);
    }
    let (left, right) = input.split_at(left_len(input.len()));
    let right_chunk = chunk + (left.len() / CHUNK_LEN) as u64;
    parent(
        subtree(left, chunk, 0),
        subtree(right, right_chunk, 0),
        root,
    )
}

/// Returns the number of bytes under the left child of a node over `len` > 1024 bytes: the largest power of two of
/// whole chunks that leaves at least one byte to the right child (section 2.1).
pub(crate) fn left_len(len: usize) -> usize {
    let whole_chunks_before_last_byte = (len - 1) / CHUNK_LEN;
    CHUNK_LEN << whole_chunks_before_last_byte.ilog2()
}

/// Computes the chaining value of a chunk of 0 to 1024 bytes.
fn leaf(input: &[u8], chunk: u64, root: u32) -> ChainingValue {
    chunk_blocks(input, root).fold(IV, |cv, block| {
        compress(&cv, &block.words, chunk, block.len, block.flags)
    })
}

/// A block of a chunk, and the other inputs of its compression.
pub(crate) struct ChunkBlock {
    pub(crate) words: Block,
    /// The number of bytes of the message in it. The rest is zero.
    pub(crate) len: u32,
    pub(crate) flags: u32,
}

/// Returns the blocks of a chunk of 0 to 1024 bytes. An empty chunk has one empty block.
pub(crate) fn chunk_blocks(input: &[u8], root: u32) -> impl Iterator<Item = ChunkBlock> {
    let count = input.len().div_ceil(BLOCK_LEN).max(1);
    (0..count).map(move |index| {
        let bytes = &input[BLOCK_LEN * index..input.len().min(BLOCK_LEN * (index + 1))];
        let mut padded = [0u8; BLOCK_LEN];
        padded[..bytes.len()].copy_from_slice(bytes);
        let start = if index == 0 { flags::CHUNK_START } else { 0 };
        let end = if index == count - 1 {
            flags::CHUNK_END | root
        } else {
            0
        };
        ChunkBlock {
            words: std::array::from_fn(|word| {
                u32::from_le_bytes(std::array::from_fn(|byte| padded[4 * word + byte]))
            }),
            len: bytes.len() as u32,
            flags: start | end,
        }
    })
}

/// Computes the chaining value of a parent node.
fn parent(left: ChainingValue, right: ChainingValue, root: u32) -> ChainingValue {
    let block = std::array::from_fn(|i| if i < 8 { left[i] } else { right[i - 8] });
    compress(&IV, &block, 0, BLOCK_LEN as u32, flags::PARENT | root)
}

/// Computes the compression function, truncated to its first eight output words (section 2.2).
pub(crate) fn compress(
    cv: &ChainingValue,
    block: &Block,
    counter: u64,
    block_len: u32,
    flags: u32,
) -> ChainingValue {
    #[rustfmt::skip]
    let mut v = [
        cv[0], cv[1], cv[2], cv[3], cv[4], cv[5], cv[6], cv[7],
        IV[0], IV[1], IV[2], IV[3], counter as u32, (counter >> 32) as u32, block_len, flags,
    ];
    let mut m = *block;
    for _ in 0..ROUNDS {
        round(&mut v, &m);
        m = std::array::from_fn(|i| m[MESSAGE_PERMUTATION[i]]);
    }
    std::array::from_fn(|i| v[i] ^ v[i + 8])
}

/// Does one round: the quarter-rounds on the columns, then those on the diagonals.
fn round(v: &mut [u32; 16], m: &Block) {
    quarter_round(v, [0, 4, 8, 12], m[0], m[1]);
    quarter_round(v, [1, 5, 9, 13], m[2], m[3]);
    quarter_round(v, [2, 6, 10, 14], m[4], m[5]);
    quarter_round(v, [3, 7, 11, 15], m[6], m[7]);
    quarter_round(v, [0, 5, 10, 15], m[8], m[9]);
    quarter_round(v, [1, 6, 11, 12], m[10], m[11]);
    quarter_round(v, [2, 7, 8, 13], m[12], m[13]);
    quarter_round(v, [3, 4, 9, 14], m[14], m[15]);
}

/// Does a quarter-round, the function G.
fn quarter_round(v: &mut [u32; 16], [a, b, c, d]: [usize; 4], x: u32, y: u32) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(12);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(8);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(7);
}
