//! SHA-256 as specified in FIPS 180-4, with the names used there.

/// The words of a hash value.
pub(crate) type State = [u32; 8];
/// A message block as big-endian words.
pub(crate) type Block = [u32; 16];

/// The length of a message block in bytes.
pub(crate) const BLOCK_LEN: usize = 64;

/// The initial hash value H(0), section 5.3.3.
pub(crate) const INITIAL: State = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// The constants K, section 4.2.2.
#[rustfmt::skip]
pub(crate) const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// Computes the SHA-256 digest of a message.
pub fn digest(message: &[u8]) -> [u8; 32] {
    digest_after(INITIAL, 0, message)
}

/// Computes the SHA-256 digest of a message that begins with `len` bytes, which are whole blocks and after which the hash
/// value is `state`, and continues with `rest`.
pub(crate) fn digest_after(mut state: State, len: usize, rest: &[u8]) -> [u8; 32] {
    let (whole_blocks, last) = rest.split_at(rest.len() / BLOCK_LEN * BLOCK_LEN);
    let mut end = [0; 2 * BLOCK_LEN];
    let padded_len = padded_len(last.len());
    end[..last.len()].copy_from_slice(last);
    write_padding(&mut end[..padded_len], last.len(), len + rest.len());
    for block in blocks(whole_blocks).chain(blocks(&end[..padded_len])) {
        compress(&mut state, &block);
    }
    to_bytes(&state)
}

/// Computes the hash value after the whole blocks with which a message begins.
pub(crate) fn absorb(whole_blocks: &[u8]) -> State {
    let mut state = INITIAL;
    for block in blocks(whole_blocks) {
        compress(&mut state, &block);
    }
    state
}

/// Pads the end of a message to whole blocks, section 5.1.1: with a 1 bit, zeros, and the length of the message in
/// bits.
pub(crate) fn pad(rest: &[u8], message_len: usize) -> Vec<u8> {
    let mut padded = vec![0; padded_len(rest.len())];
    padded[..rest.len()].copy_from_slice(rest);
    write_padding(&mut padded, rest.len(), message_len);
    padded
}

/// Returns the length of the end of a message with its padding.
fn padded_len(rest_len: usize) -> usize {
    (rest_len + 9).next_multiple_of(BLOCK_LEN)
}

/// Writes the padding behind the end of a message. The bytes there must be zero.
fn write_padding(padded: &mut [u8], rest_len: usize, message_len: usize) {
    padded[rest_len] = 0x80;
    let length_at = padded.len() - 8;
    padded[length_at..].copy_from_slice(&(8 * message_len as u64).to_be_bytes());
}

/// Parses whole blocks into words, section 5.2.1.
pub(crate) fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block> {
    bytes.chunks_exact(BLOCK_LEN).map(|block| {
        std::array::from_fn(|word| {
            u32::from_be_bytes(std::array::from_fn(|byte| block[4 * word + byte]))
        })
    })
}

/// Computes the hash value after one more block, section 6.2.2.
pub(crate) fn compress(state: &mut State, block: &Block) {
    let mut w = [0u32; 64];
    w[..16].copy_from_slice(block);
    for t in 16..64 {
        w[t] = small_sigma1(w[t - 2])
            .wrapping_add(w[t - 7])
            .wrapping_add(small_sigma0(w[t - 15]))
            .wrapping_add(w[t - 16]);
    }

    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..64 {
        let t1 = h
            .wrapping_add(big_sigma1(e))
            .wrapping_add(ch(e, f, g))
            .wrapping_add(K[t])
            .wrapping_add(w[t]);
        let t2 = big_sigma0(a).wrapping_add(maj(a, b, c));
        (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
        (d, c, b, a) = (c, b, a, t1.wrapping_add(t2));
    }

    for (word, working) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(working);
    }
}

/// Returns a hash value as the bytes of the digest.
pub(crate) fn to_bytes(state: &State) -> [u8; 32] {
    std::array::from_fn(|i| state[i / 4].to_be_bytes()[i % 4])
}

fn ch(x: u32, y: u32, z: u32) -> u32 {
    (x & y) ^ (!x & z)
}

fn maj(x: u32, y: u32, z: u32) -> u32 {
    (x & y) ^ (x & z) ^ (y & z)
}

fn big_sigma0(x: u32) -> u32 {
    x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22)
}

fn big_sigma1(x: u32) -> u32 {
    x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25)
}

fn small_sigma0(x: u32) -> u32 {
    x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3)
}

fn small_sigma1(x: u32) -> u32 {
    x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10)
}
