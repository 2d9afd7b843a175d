//! SHA-256 and SHA-256d in lanes.
//!
//! The blocks before the nonce's block are hashed once, into the midstate. The last compression stops as soon as the
//! word of the digest that is asked for is known.

use super::scanner::{LANES, Lanes, PortableHash, splat};
use super::tail::Tail;
use crate::algorithm::sha256::{INITIAL, K, State, compress};
use crate::kernel::choice::Kernel;
use crate::kernel::repeated::{RoundWords, Rounds};
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// The padding that makes a digest a message of one block.
const DIGEST_PADDING: [u32; 8] = [0x8000_0000, 0, 0, 0, 0, 0, 0, 256];

pub(super) struct Sha256(Tail<State>);

impl PortableHash for Sha256 {
    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn prepare(message: &[u8], nonce: NonceField, _digest_len: usize) -> Self {
        Self(Tail::new(message, nonce, INITIAL, compress))
    }

    #[inline(never)]
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes) {
        let mut block = [[0; LANES]; 16];
        let state = before_last_block(&self.0, first, &mut block);
        *words = word_after(&state, &mut block, index);
    }
}

pub(super) struct Sha256d(Tail<State>);

impl PortableHash for Sha256d {
    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn prepare(message: &[u8], nonce: NonceField, _digest_len: usize) -> Self {
        Self(Tail::new(message, nonce, INITIAL, compress))
    }

    #[inline(never)]
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes) {
        let mut block = [[0; LANES]; 16];
        let state = before_last_block(&self.0, first, &mut block);
        let mut second_block = [[0; LANES]; 16];
        second_block[..8].copy_from_slice(&state_after(&state, &mut block));
        second_block[8..].copy_from_slice(&DIGEST_PADDING.map(splat));
        *words = word_after(&INITIAL.map(splat), &mut second_block, index);
    }
}

/// The rounds of several messages with the same blocks.
#[derive(Clone, Copy)]
pub(super) struct PortableRounds;

impl Rounds for PortableRounds {
    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }

    fn lanes(&self) -> usize {
        LANES
    }

    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
        let mut state = [[0; LANES]; 8];
        for (lanes, words) in state.iter_mut().zip(hashes.as_chunks().0) {
            *lanes = *words;
        }
        for _ in 0..times {
            for round_words in blocks {
                let mut working = state;
                let mut names = working.each_mut();
                for &word in round_words {
                    let [a, b, c, d, e, f, g, h] = &mut names;
                    round([a, b, c], d, [e, f, g], h, 0, &splat(word));
                    names.rotate_right(1);
                }
                state = std::array::from_fn(|i| add(&state[i], &working[i]));
            }
        }
        hashes.copy_from_slice(state.as_flattened());
    }
}

/// Writes the last block for the nonces `first`, `first + 1`, … to `block`, and returns the state before it.
fn before_last_block(tail: &Tail<State>, first: u64, block: &mut [Lanes; 16]) -> [Lanes; 8] {
    let mut state = tail.midstate.map(splat);
    tail.last_block(first, block, |block| state = state_after(&state, block));
    state
}

/// Returns the hash value after one more block.
fn state_after(state: &[Lanes; 8], words: &mut [Lanes; 16]) -> [Lanes; 8] {
    let working = rounds(state, words, 64);
    std::array::from_fn(|i| add(&state[i], &working[i]))
}

/// Returns one word of the digest after one more block. Each round moves the variables a to d and e to h by one letter.
/// Therefore word 3, for example, needs d after 64 rounds, which is a after 61.
fn word_after(state: &[Lanes; 8], words: &mut [Lanes; 16], index: usize) -> Lanes {
    let working = rounds(state, words, 64 - index % 4);
    add(&state[index], &working[index / 4 * 4])
}

/// Returns the working variables after the first `count` rounds: FIPS 180-4, section 6.2.2, with the message schedule
/// in 16 words (section 6.2.3), which replaces the block.
fn rounds(state: &[Lanes; 8], words: &mut [Lanes; 16], count: usize) -> [Lanes; 8] {
    let mut working = *state;
    let mut names = working.each_mut();
    for (t, &k) in K.iter().enumerate().take(count) {
        if t >= 16 {
            let [word, w15, w7, w2] = words
                .get_disjoint_mut([t % 16, (t + 1) % 16, (t + 9) % 16, (t + 14) % 16])
                .expect("four different words");
            expand(word, w15, w7, w2);
        }
        let [a, b, c, d, e, f, g, h] = &mut names;
        round([a, b, c], d, [e, f, g], h, k, &words[t % 16]);
        // The variables are renamed instead of moved.
        names.rotate_right(1);
    }
    names.map(|variable| *variable)
}

/// Replaces W(t - 16) with W(t). `w15` is W(t - 15), and so on.
fn expand(word: &mut Lanes, w15: &Lanes, w7: &Lanes, w2: &Lanes) {
    for i in 0..LANES {
        let sigma0 = w15[i].rotate_right(7) ^ w15[i].rotate_right(18) ^ (w15[i] >> 3);
        let sigma1 = w2[i].rotate_right(17) ^ w2[i].rotate_right(19) ^ (w2[i] >> 10);
        word[i] = word[i]
            .wrapping_add(sigma0)
            .wrapping_add(w7[i])
            .wrapping_add(sigma1);
    }
}

/// Does one round. The new e is stored in d, and the new a in h.
fn round(
    [a, b, c]: [&Lanes; 3],
    d: &mut Lanes,
    [e, f, g]: [&Lanes; 3],
    h: &mut Lanes,
    k: u32,
    w: &Lanes,
) {
    for i in 0..LANES {
        let sigma1 = e[i].rotate_right(6) ^ e[i].rotate_right(11) ^ e[i].rotate_right(25);
        let ch = g[i] ^ (e[i] & (f[i] ^ g[i]));
        let t1 = h[i]
            .wrapping_add(sigma1)
            .wrapping_add(ch)
            .wrapping_add(k.wrapping_add(w[i]));
        let sigma0 = a[i].rotate_right(2) ^ a[i].rotate_right(13) ^ a[i].rotate_right(22);
        let maj = (a[i] & b[i]) | (c[i] & (a[i] | b[i]));
        d[i] = d[i].wrapping_add(t1);
        h[i] = t1.wrapping_add(sigma0).wrapping_add(maj);
    }
}

fn add(a: &Lanes, b: &Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}
