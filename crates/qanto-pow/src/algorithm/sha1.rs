//! SHA-1 as specified in FIPS 180-4, with the names used there.

/// SHA-1 and SHA-256 pad and parse a message in the same way.
pub(crate) use super::sha256::{BLOCK_LEN, Block, blocks, pad};

/// The words of a hash value.
pub(crate) type State = [u32; 5];

/// The initial hash value H(0), section 5.3.1.
pub(crate) const INITIAL: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/// The constants K, section 4.2.1. Each is the constant of 20 rounds.
pub(crate) const K: [u32; 4] = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

/// Computes the SHA-1 digest of a message.
pub fn digest(message: &[u8]) -> [u8; 20] {
    let (whole_blocks, rest) = message.split_at(message.len() / BLOCK_LEN * BLOCK_LEN);
    let mut state = INITIAL;
    for block in blocks(whole_blocks).chain(blocks(&pad(rest, message.len()))) {
        compress(&mut state, &block);
    }
    to_bytes(&state)
}

/// Computes the hash value after one more block, section 6.1.2.
pub(crate) fn compress(state: &mut State, block: &Block) {
    let mut w = [0u32; 80];
    w[..16].copy_from_slice(block);
    for t in 16..80 {
        w[t] = (w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotate_left(1);
    }

    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for t in 0..80 {
        let temp = a
            .rotate_left(5)
            .wrapping_add(f(t, b, c, d))
            .wrapping_add(e)
            .wrapping_add(K[t / 20])
            .wrapping_add(w[t]);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, temp);
    }

    for (word, working) in state.iter_mut().zip([a, b, c, d, e]) {
        *word = word.wrapping_add(working);
    }
}

/// Returns a hash value as the bytes of the digest.
pub(crate) fn to_bytes(state: &State) -> [u8; 20] {
    std::array::from_fn(|i| state[i / 4].to_be_bytes()[i % 4])
}

/// Computes the function of round `t`, section 4.1.1.
fn f(t: usize, x: u32, y: u32, z: u32) -> u32 {
    match t {
        0..20 => ch(x, y, z),
        40..60 => maj(x, y, z),
        _ => parity(x, y, z),
    }
}

fn ch(x: u32, y: u32, z: u32) -> u32 {
    (x & y) ^ (!x & z)
}

fn parity(x: u32, y: u32, z: u32) -> u32 {
    x ^ y ^ z
}

fn maj(x: u32, y: u32, z: u32) -> u32 {
    (x & y) ^ (x & z) ^ (y & z)
}
