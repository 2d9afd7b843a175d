//! SHA-512 as specified in FIPS 180-4, with the names used there.

/// The words of a hash value.
pub(crate) type State = [u64; 8];
/// A message block as big-endian words.
pub(crate) type Block = [u64; 16];

/// The length of a message block in bytes.
pub(crate) const BLOCK_LEN: usize = 128;

/// The initial hash value H(0), section 5.3.5.
#[rustfmt::skip]
pub(crate) const INITIAL: State = [
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
];

/// The constants K, section 4.2.3.
#[rustfmt::skip]
pub(crate) const K: [u64; 80] = [
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
];

/// Computes the SHA-512 digest of a message.
pub fn digest(message: &[u8]) -> [u8; 64] {
    let (whole_blocks, rest) = message.split_at(message.len() / BLOCK_LEN * BLOCK_LEN);
    let mut state = INITIAL;
    for block in blocks(whole_blocks).chain(blocks(&pad(rest, message.len()))) {
        compress(&mut state, &block);
    }
    to_bytes(&state)
}

/// Pads the end of a message to whole blocks, section 5.1.2: with a 1 bit, zeros, and the length of the message in
/// bits, as a number of 128 bits.
pub(crate) fn pad(rest: &[u8], message_len: usize) -> Vec<u8> {
    let padded_len = (rest.len() + 17).next_multiple_of(BLOCK_LEN);
    let mut padded = Vec::with_capacity(padded_len);
    padded.extend_from_slice(rest);
    padded.push(0x80);
    padded.resize(padded_len - 16, 0);
    padded.extend_from_slice(&(8 * message_len as u128).to_be_bytes());
    padded
}

/// Parses whole blocks into words, section 5.2.2.
pub(crate) fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block> {
    bytes.chunks_exact(BLOCK_LEN).map(|block| {
        std::array::from_fn(|word| {
            u64::from_be_bytes(std::array::from_fn(|byte| block[8 * word + byte]))
        })
    })
}

/// Computes the hash value after one more block, section 6.4.2.
pub(crate) fn compress(state: &mut State, block: &Block) {
    let mut w = [0u64; 80];
    w[..16].copy_from_slice(block);
    for t in 16..80 {
        w[t] = small_sigma1(w[t - 2])
            .wrapping_add(w[t - 7])
            .wrapping_add(small_sigma0(w[t - 15]))
            .wrapping_add(w[t - 16]);
    }

    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..80 {
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
pub(crate) fn to_bytes(state: &State) -> [u8; 64] {
    std::array::from_fn(|i| state[i / 8].to_be_bytes()[i % 8])
}

fn ch(x: u64, y: u64, z: u64) -> u64 {
    (x & y) ^ (!x & z)
}

fn maj(x: u64, y: u64, z: u64) -> u64 {
    (x & y) ^ (x & z) ^ (y & z)
}

fn big_sigma0(x: u64) -> u64 {
    x.rotate_right(28) ^ x.rotate_right(34) ^ x.rotate_right(39)
}

fn big_sigma1(x: u64) -> u64 {
    x.rotate_right(14) ^ x.rotate_right(18) ^ x.rotate_right(41)
}

fn small_sigma0(x: u64) -> u64 {
    x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7)
}

fn small_sigma1(x: u64) -> u64 {
    x.rotate_right(19) ^ x.rotate_right(61) ^ (x >> 6)
}
