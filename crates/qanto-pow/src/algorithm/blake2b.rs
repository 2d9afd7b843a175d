//! BLAKE2b without a key, in sequential mode, as specified in RFC 7693, with the names used there.

/// The words of a hash value.
pub(crate) type State = [u64; 8];
/// A message block as little-endian words.
pub(crate) type Block = [u64; 16];

/// The length of a message block in bytes.
pub(crate) const BLOCK_LEN: usize = 128;
/// The length of the longest digest in bytes.
pub(crate) const MAX_DIGEST_LEN: usize = 64;
/// The number of rounds of the compression function.
pub(crate) const ROUNDS: usize = 12;

/// The initialisation vector, section 2.6.
pub(crate) const IV: State = super::sha512::INITIAL;

/// The order in which each round takes the message words, section 2.7. Round 10 takes them as round 0 does, and round
/// 11 as round 1.
#[rustfmt::skip]
pub(crate) const SIGMA: [[usize; 16]; 10] = [
    [ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15],
    [14, 10,  4,  8,  9, 15, 13,  6,  1, 12,  0,  2, 11,  7,  5,  3],
    [11,  8, 12,  0,  5,  2, 15, 13, 10, 14,  3,  6,  7,  1,  9,  4],
    [ 7,  9,  3,  1, 13, 12, 11, 14,  2,  6,  5, 10,  4,  0, 15,  8],
    [ 9,  0,  5,  7,  2,  4, 10, 15, 14,  1, 11, 12,  6,  8,  3, 13],
    [ 2, 12,  6, 10,  0, 11,  8,  3,  4, 13,  7,  5, 15, 14,  1,  9],
    [12,  5,  1, 15, 14, 13,  4, 10,  0,  7,  6,  3,  9,  2,  8, 11],
    [13, 11,  7, 14, 12,  1,  3,  9,  5,  0, 15,  4,  8,  6,  2, 10],
    [ 6, 15, 14,  9, 11,  3,  0,  8, 12,  2, 13,  7,  1,  4, 10,  5],
    [10,  2,  8,  4,  7,  6,  1,  5, 15, 11,  9, 14,  3, 12, 13,  0],
];

/// Fills `digest`, of 1 to 64 bytes, with the BLAKE2b digest of that length of a message. A shorter digest is not a
/// prefix of a longer one, since the length is an input of the function.
///
/// # Panics
///
/// Panics if `digest` is empty or longer than 64 bytes.
pub fn digest_into(message: &[u8], digest: &mut [u8]) {
    let mut h = initial(digest.len());
    for block in message_blocks(message) {
        compress(&mut h, &block.words, block.t, block.f);
    }
    for (i, byte) in digest.iter_mut().enumerate() {
        *byte = h[i / 8].to_le_bytes()[i % 8];
    }
}

/// Returns the hash value before the first block, section 3.3, for a digest of 1 to 64 bytes.
pub(crate) fn initial(digest_len: usize) -> State {
    assert!(
        (1..=MAX_DIGEST_LEN).contains(&digest_len),
        "digest must have 1 to {MAX_DIGEST_LEN} bytes; got {digest_len}"
    );
    let mut h = IV;
    // The first word of the parameter block, section 2.8: a fanout of 1, a depth of 1, and the digest's length.
    h[0] ^= 0x0101_0000 | digest_len as u64;
    h
}

/// A block of a message, and the other inputs of its compression.
pub(crate) struct MessageBlock {
    pub(crate) words: Block,
    /// The number of bytes of the message up to the end of this block.
    pub(crate) t: u128,
    /// Whether it is the last block.
    pub(crate) f: bool,
}

/// Returns the blocks of a message. The last one is filled with zeros. An empty message has one block of zeros.
pub(crate) fn message_blocks(message: &[u8]) -> impl Iterator<Item = MessageBlock> {
    let count = message.len().div_ceil(BLOCK_LEN).max(1);
    (0..count).map(move |index| {
        let end = message.len().min(BLOCK_LEN * (index + 1));
        let bytes = &message[BLOCK_LEN * index..end];
        let mut padded = [0u8; BLOCK_LEN];
        padded[..bytes.len()].copy_from_slice(bytes);
        MessageBlock {
            words: std::array::from_fn(|word| {
                u64::from_le_bytes(std::array::from_fn(|byte| padded[8 * word + byte]))
            }),
            t: end as u128,
            f: index == count - 1,
        }
    })
}

/// Computes the hash value after one more block, the function F of section 3.2.
pub(crate) fn compress(h: &mut State, m: &Block, t: u128, f: bool) {
    let mut v = [0u64; 16];
    v[..8].copy_from_slice(h);
    v[8..].copy_from_slice(&IV);
    v[12] ^= t as u64;
    v[13] ^= (t >> 64) as u64;
    if f {
        v[14] = !v[14];
    }
    for i in 0..ROUNDS {
        round(&mut v, m, &SIGMA[i % 10]);
    }
    for i in 0..8 {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

/// Does one round: the mixing function on the columns, then on the diagonals.
fn round(v: &mut [u64; 16], m: &Block, s: &[usize; 16]) {
    g(v, [0, 4, 8, 12], m[s[0]], m[s[1]]);
    g(v, [1, 5, 9, 13], m[s[2]], m[s[3]]);
    g(v, [2, 6, 10, 14], m[s[4]], m[s[5]]);
    g(v, [3, 7, 11, 15], m[s[6]], m[s[7]]);
    g(v, [0, 5, 10, 15], m[s[8]], m[s[9]]);
    g(v, [1, 6, 11, 12], m[s[10]], m[s[11]]);
    g(v, [2, 7, 8, 13], m[s[12]], m[s[13]]);
    g(v, [3, 4, 9, 14], m[s[14]], m[s[15]]);
}

/// Mixes two message words into four words of the state, the function G of section 3.1.
fn g(v: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(32);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(24);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(63);
}
