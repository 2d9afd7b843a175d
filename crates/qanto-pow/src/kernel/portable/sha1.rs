//! SHA-1 in lanes.

use super::scanner::{LANES, Lanes, PortableHash, splat};
use super::tail::Tail;
use crate::algorithm::sha1::{INITIAL, K, State, compress};
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

pub(super) struct Sha1(Tail<State>);

impl PortableHash for Sha1 {
    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn prepare(message: &[u8], nonce: NonceField, _digest_len: usize) -> Self {
        Self(Tail::new(message, nonce, INITIAL, compress))
    }

    #[inline(never)]
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes) {
        let mut state = self.0.midstate.map(splat);
        let mut block = [[0; LANES]; 16];
        self.0.last_block(first, &mut block, |block| {
            state = state_after(&state, block);
        });
        *words = state_after(&state, &mut block)[index];
    }
}

/// Returns the hash value after one more block: FIPS 180-4, section 6.1.2, with the message schedule in 16 words
/// (section 6.1.3), which replaces the block.
fn state_after(state: &[Lanes; 5], words: &mut [Lanes; 16]) -> [Lanes; 5] {
    let mut working = *state;
    let mut names = working.each_mut();
    for t in 0..80 {
        if t >= 16 {
            let [word, w14, w8, w3] = words
                .get_disjoint_mut([t % 16, (t + 2) % 16, (t + 8) % 16, (t + 13) % 16])
                .expect("four different words");
            expand(word, w14, w8, w3);
        }
        let [a, b, c, d, e] = &mut names;
        round(a, b, [c, d], e, t, &words[t % 16]);
        // The variable e is a in the next round, which a round with the new names expects.
        names.rotate_right(1);
    }
    std::array::from_fn(|i| add(&state[i], names[i]))
}

/// Replaces W(t - 16) with W(t). `w14` is W(t - 14), and so on.
fn expand(word: &mut Lanes, w14: &Lanes, w8: &Lanes, w3: &Lanes) {
    for i in 0..LANES {
        word[i] = (w3[i] ^ w8[i] ^ w14[i] ^ word[i]).rotate_left(1);
    }
}

/// Does round t. The new a is stored in e, and b is rotated.
fn round(a: &Lanes, b: &mut Lanes, [c, d]: [&Lanes; 2], e: &mut Lanes, t: usize, w: &Lanes) {
    let k = K[t / 20];
    match t / 20 {
        0 => round_with(a, b, [c, d], e, w, |x, y, z| {
            k.wrapping_add(z ^ (x & (y ^ z)))
        }),
        2 => round_with(a, b, [c, d], e, w, |x, y, z| {
            k.wrapping_add((x & y) | (z & (x | y)))
        }),
        _ => round_with(a, b, [c, d], e, w, |x, y, z| k.wrapping_add(x ^ y ^ z)),
    }
}

/// `f` is the function of the round, and adds its constant.
fn round_with(
    a: &Lanes,
    b: &mut Lanes,
    [c, d]: [&Lanes; 2],
    e: &mut Lanes,
    w: &Lanes,
    f: impl Fn(u32, u32, u32) -> u32,
) {
    for i in 0..LANES {
        e[i] = a[i]
            .rotate_left(5)
            .wrapping_add(f(b[i], c[i], d[i]))
            .wrapping_add(e[i])
            .wrapping_add(w[i]);
        b[i] = b[i].rotate_left(30);
    }
}

fn add(a: &Lanes, b: &Lanes) -> Lanes {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}
