//! BLAKE2b in lanes.

use super::scanner::{LANES, Lanes, PortableHash};
use crate::algorithm::blake2b::{
    BLOCK_LEN, IV, MessageBlock, ROUNDS, SIGMA, State, compress, initial, message_blocks,
};
use crate::kernel::nonce_bytes::NonceBytes;
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// One word of 64 bits of each lane.
type Lanes64 = [u64; LANES];

pub(super) struct Blake2b {
    /// The hash value before the block that holds the nonce's first byte.
    midstate: State,
    /// The blocks of the message, beginning with this one.
    blocks: Vec<MessageBlock>,
    /// The number of the first word, counted from the start of the message.
    start: usize,
    nonce: NonceBytes,
}

impl PortableHash for Blake2b {
    const ORDER: ByteOrder = ByteOrder::LittleEndian;

    fn prepare(message: &[u8], nonce: NonceField, digest_len: usize) -> Self {
        let before = nonce.offset / BLOCK_LEN;
        let mut blocks: Vec<_> = message_blocks(message).collect();
        let mut midstate = initial(digest_len);
        for block in blocks.drain(..before) {
            compress(&mut midstate, &block.words, block.t, block.f);
        }
        Self {
            midstate,
            blocks,
            start: 16 * before,
            nonce: NonceBytes::new(nonce, ByteOrder::LittleEndian),
        }
    }

    #[inline(never)]
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes) {
        let mut h = self.midstate.map(splat);
        for (i, block) in self.blocks.iter().enumerate() {
            let mut m = block.words.map(splat);
            self.nonce.insert(&mut m, self.start + 16 * i, first);
            h = state_after(&h, &m, block.t, block.f);
        }
        // A word of 64 bits holds two of 32, the lower half first.
        *words = h[index / 2].map(|word| (word >> (32 * (index % 2))) as u32);
    }
}

fn splat(word: u64) -> Lanes64 {
    [word; LANES]
}

/// Does what [`compress`] does, in each lane.
fn state_after(h: &[Lanes64; 8], m: &[Lanes64; 16], t: u128, f: bool) -> [Lanes64; 8] {
    let mut v = [[0; LANES]; 16];
    v[..8].copy_from_slice(h);
    let mut constants = IV;
    constants[4] ^= t as u64;
    constants[5] ^= (t >> 64) as u64;
    if f {
        constants[6] = !constants[6];
    }
    v[8..].copy_from_slice(&constants.map(splat));
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
    for i in 0..ROUNDS {
        let m = |word: usize| &m[SIGMA[i % 10][word]];
        mix(v0, v4, v8, v12, m(0), m(1));
        mix(v1, v5, v9, v13, m(2), m(3));
        mix(v2, v6, v10, v14, m(4), m(5));
        mix(v3, v7, v11, v15, m(6), m(7));
        mix(v0, v5, v10, v15, m(8), m(9));
        mix(v1, v6, v11, v12, m(10), m(11));
        mix(v2, v7, v8, v13, m(12), m(13));
        mix(v3, v4, v9, v14, m(14), m(15));
    }
    std::array::from_fn(|i| std::array::from_fn(|lane| h[i][lane] ^ v[i][lane] ^ v[i + 8][lane]))
}

/// The function G of RFC 7693, section 3.1.
fn mix(
    a: &mut Lanes64,
    b: &mut Lanes64,
    c: &mut Lanes64,
    d: &mut Lanes64,
    x: &Lanes64,
    y: &Lanes64,
) {
    for i in 0..LANES {
        a[i] = a[i].wrapping_add(b[i]).wrapping_add(x[i]);
        d[i] = (d[i] ^ a[i]).rotate_right(32);
        c[i] = c[i].wrapping_add(d[i]);
        b[i] = (b[i] ^ c[i]).rotate_right(24);
        a[i] = a[i].wrapping_add(b[i]).wrapping_add(y[i]);
        d[i] = (d[i] ^ a[i]).rotate_right(16);
        c[i] = c[i].wrapping_add(d[i]);
        b[i] = (b[i] ^ c[i]).rotate_right(63);
    }
}
