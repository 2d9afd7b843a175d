//! SHA-512 and SHA-512d in lanes.

use super::scanner::{LANES, Lanes, PortableHash};
use crate::algorithm::sha512::{BLOCK_LEN, Block, INITIAL, K, State, blocks, compress, pad};
use crate::kernel::nonce_bytes::NonceBytes;
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// One word of 64 bits of each lane.
type Lanes64 = [u64; LANES];

/// The padding that makes a digest a message of one block.
const DIGEST_PADDING: [u64; 8] = [1 << 63, 0, 0, 0, 0, 0, 0, 512];

/// SHA-512, or SHA-512d if `TWICE` is set.
pub(super) struct Sha512<const TWICE: bool> {
    /// The hash value before the block that holds the nonce's first byte.
    midstate: State,
    /// The padded message, beginning with this block.
    blocks: Vec<Block>,
    /// The number of the first word, counted from the start of the message.
    start: usize,
    nonce: NonceBytes,
}

impl<const TWICE: bool> PortableHash for Sha512<TWICE> {
    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn prepare(message: &[u8], nonce: NonceField, _digest_len: usize) -> Self {
        let (before, rest) = message.split_at(nonce.offset / BLOCK_LEN * BLOCK_LEN);
        let mut midstate = INITIAL;
        for block in blocks(before) {
            compress(&mut midstate, &block);
        }
        Self {
            midstate,
            blocks: blocks(&pad(rest, message.len())).collect(),
            start: before.len() / 8,
            nonce: NonceBytes::new(nonce, ByteOrder::BigEndian),
        }
    }

    #[inline(never)]
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes) {
        let mut state = self.midstate.map(splat);
        for (i, block) in self.blocks.iter().enumerate() {
            let mut words = block.map(splat);
            self.nonce.insert(&mut words, self.start + 16 * i, first);
            state = state_after(&state, words);
        }
        if TWICE {
            let mut second_message = [[0; LANES]; 16];
            second_message[..8].copy_from_slice(&state);
            second_message[8..].copy_from_slice(&DIGEST_PADDING.map(splat));
            state = state_after(&INITIAL.map(splat), second_message);
        }
        // A word of 64 bits holds two of 32, the upper half first.
        *words = state[index / 2].map(|word| (word >> (32 * (1 - index % 2))) as u32);
    }
}

fn splat(word: u64) -> Lanes64 {
    [word; LANES]
}

/// Returns the hash value after one more block: FIPS 180-4, section 6.4.2, with the message schedule in 16 words.
fn state_after(state: &[Lanes64; 8], mut words: [Lanes64; 16]) -> [Lanes64; 8] {
    let mut working = *state;
    let mut names = working.each_mut();
    for (t, &k) in K.iter().enumerate() {
        if t >= 16 {
            let [word, w15, w7, w2] = words
                .get_disjoint_mut([t % 16, (t + 1) % 16, (t + 9) % 16, (t + 14) % 16])
                .expect("four different words");
            expand(word, w15, w7, w2);
        }
        let [a, b, c, d, e, f, g, h] = &mut names;
        round([a, b, c], d, [e, f, g], h, k, &words[t % 16]);
        // The variable h is a in the next round.
        names.rotate_right(1);
    }
    std::array::from_fn(|i| std::array::from_fn(|lane| state[i][lane].wrapping_add(names[i][lane])))
}

/// Replaces W(t - 16) with W(t). `w15` is W(t - 15), and so on.
fn expand(word: &mut Lanes64, w15: &Lanes64, w7: &Lanes64, w2: &Lanes64) {
    for i in 0..LANES {
        let sigma0 = w15[i].rotate_right(1) ^ w15[i].rotate_right(8) ^ (w15[i] >> 7);
        let sigma1 = w2[i].rotate_right(19) ^ w2[i].rotate_right(61) ^ (w2[i] >> 6);
        word[i] = word[i]
            .wrapping_add(sigma0)
            .wrapping_add(w7[i])
            .wrapping_add(sigma1);
    }
}

/// Does one round. The new e is stored in d, and the new a in h.
fn round(
    [a, b, c]: [&Lanes64; 3],
    d: &mut Lanes64,
    [e, f, g]: [&Lanes64; 3],
    h: &mut Lanes64,
    k: u64,
    w: &Lanes64,
) {
    for i in 0..LANES {
        let sigma1 = e[i].rotate_right(14) ^ e[i].rotate_right(18) ^ e[i].rotate_right(41);
        let ch = g[i] ^ (e[i] & (f[i] ^ g[i]));
        let t1 = h[i]
            .wrapping_add(sigma1)
            .wrapping_add(ch)
            .wrapping_add(k.wrapping_add(w[i]));
        let sigma0 = a[i].rotate_right(28) ^ a[i].rotate_right(34) ^ a[i].rotate_right(39);
        let maj = (a[i] & b[i]) | (c[i] & (a[i] | b[i]));
        d[i] = d[i].wrapping_add(t1);
        h[i] = t1.wrapping_add(sigma0).wrapping_add(maj);
    }
}
