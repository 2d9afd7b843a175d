//! BLAKE3 of the last block of a lone chunk, in lanes.

use std::num::Wrapping;

use super::{LaneHash, Lanes, Simd, splat, unroll};
use crate::algorithm::blake3::{Block, IV, MESSAGE_PERMUTATION, ROUNDS};
use crate::kernel::last_block::RootInput;

/// Which message words each round takes, in order.
const ORDER: [[usize; 16]; ROUNDS] = {
    let mut order = [[0; 16]; ROUNDS];
    let mut i = 0;
    while i < 16 * ROUNDS {
        order[i / 16][i % 16] = match i / 16 {
            0 => i,
            round => order[round - 1][MESSAGE_PERMUTATION[i % 16]],
        };
        i += 1;
    }
    order
};

/// `WORDS`: the words of the last block from this number on are zero, and not added.
pub(in crate::kernel) struct Blake3<const WORDS: usize> {
    pub(in crate::kernel) input: RootInput,
    /// Number of the word with the nonce's low bits.
    pub(in crate::kernel) n: usize,
}

/// What the compression has in common for all nonces of a stretch. Four quarter-rounds on the columns of the
/// state take the words 0 to 7, then four on the diagonals the words 8 to 15. Of those four to which word n
/// belongs only one has to wait for it.
pub(in crate::kernel) struct Stretch {
    /// The last block with the nonce's low bits zero.
    words: Block,
    /// The state when all is done that does not depend on word n.
    v: [u32; 16],
    /// Where the quarter-round that takes word n has its a, b, c and d.
    place: [usize; 4],
}

/// The constants of a stretch in every lane, with the nonces patched in.
pub(in crate::kernel) struct Image<V> {
    words: [V; 16],
    v: [V; 16],
}

impl<const WORDS: usize> LaneHash for Blake3<WORDS> {
    type Stretch = Stretch;
    type Image<V> = Image<V>;

    fn prepare(&self, words: &Block) -> Stretch {
        let m = words.map(Wrapping);
        let mut v = [Wrapping(0); 16];
        for (variable, &word) in v.iter_mut().zip(self.input.chaining.iter().chain(&IV[..4])) {
            *variable = Wrapping(word);
        }
        v[14] = Wrapping(self.input.block_len);
        v[15] = Wrapping(self.input.flags);
        let waiting = self.n / 2;
        let possible = if waiting < 4 { 0..4 } else { 0..8 };
        for i in possible {
            if i != waiting {
                half::<FIRST, _>(&mut v, place(i), Some(m[2 * i]));
                half::<SECOND, _>(&mut v, place(i), Some(m[2 * i + 1]));
            } else if self.n % 2 == 1 {
                half::<FIRST, _>(&mut v, place(i), Some(m[2 * i]));
            }
        }
        Stretch {
            words: *words,
            v: v.map(|word| word.0),
            place: place(waiting),
        }
    }

    #[inline(always)]
    fn image<S: Simd>(&self, simd: S, stretch: &Stretch) -> Image<S::Lanes> {
        Image {
            words: splat(simd, &stretch.words),
            v: splat(simd, &stretch.v),
        }
    }

    #[inline(always)]
    fn survivors<S: Simd>(
        &self,
        simd: S,
        stretch: &Stretch,
        image: &mut Image<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32 {
        let word = nonces ^ simd.splat(stretch.words[self.n]);
        image.words[self.n] = word;
        let mut quarter = [simd.splat(0); 4];
        unroll!(I in [0 1 2 3] { quarter[I] = simd.splat(stretch.v[stretch.place[I]]); });
        if self.n.is_multiple_of(2) {
            half::<FIRST, _>(&mut quarter, [0, 1, 2, 3], Some(word));
            let next = simd.splat(stretch.words[self.n + 1]);
            half::<SECOND, _>(&mut quarter, [0, 1, 2, 3], Some(next));
        } else {
            half::<SECOND, _>(&mut quarter, [0, 1, 2, 3], Some(word));
        }
        unroll!(I in [0 1 2 3] { image.v[stretch.place[I]] = quarter[I]; });

        let m = &image.words;
        let mut v = image.v;
        if self.n < 8 {
            quarter_rounds::<0, DIAGONALS, WORDS, _>(&mut v, m);
        }
        unroll!(R in [1 2 3 4 5 6] {
            quarter_rounds::<R, COLUMNS, WORDS, _>(&mut v, m);
            quarter_rounds::<R, DIAGONALS, WORDS, _>(&mut v, m);
        });
        (v[7] ^ v[15]).at_most(bound)
    }
}

/// Where a quarter-round has its a, b, c and d: 0 to 3 are the columns, 4 to 7 the diagonals.
const fn place(i: usize) -> [usize; 4] {
    let shift = i / 4;
    [
        i % 4,
        4 + (i + shift) % 4,
        8 + (i + 2 * shift) % 4,
        12 + (i + 3 * shift) % 4,
    ]
}

const COLUMNS: usize = 0;
const DIAGONALS: usize = 4;

/// Round R's quarter-rounds on the columns or the diagonals. Half by half, so that the four, each a chain, go
/// on side by side.
#[inline(always)]
fn quarter_rounds<const R: usize, const STEP: usize, const WORDS: usize, V: Lanes>(
    v: &mut [V; 16],
    m: &[V; 16],
) {
    unroll!(I in [0 1 2 3] {
        half::<FIRST, _>(v, place(STEP + I), message::<WORDS, _>(m, ORDER[R][2 * (STEP + I)]));
    });
    unroll!(I in [0 1 2 3] {
        half::<SECOND, _>(v, place(STEP + I), message::<WORDS, _>(m, ORDER[R][2 * (STEP + I) + 1]));
    });
}

#[inline(always)]
fn message<const WORDS: usize, V: Lanes>(m: &[V; 16], number: usize) -> Option<V> {
    if number < WORDS {
        Some(m[number])
    } else {
        None
    }
}

const FIRST: usize = 0;
const SECOND: usize = 1;
/// How far the halves of a quarter-round rotate.
const ROTATIONS: [[u32; 2]; 2] = [[16, 12], [8, 7]];

/// Half of the function G. A message word that is none is zero.
#[inline(always)]
fn half<const HALF: usize, V: Lanes>(v: &mut [V], [a, b, c, d]: [usize; 4], message: Option<V>) {
    if let Some(word) = message {
        v[a] = v[a] + word;
    }
    v[a] = v[a] + v[b];
    v[d] = (v[d] ^ v[a]).rotate_right(ROTATIONS[HALF][0]);
    v[c] = v[c] + v[d];
    v[b] = (v[b] ^ v[c]).rotate_right(ROTATIONS[HALF][1]);
}
