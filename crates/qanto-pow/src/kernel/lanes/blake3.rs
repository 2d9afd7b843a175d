//! BLAKE3 of the last block of a message of one chunk, in lanes.

use std::num::Wrapping;

use super::{LaneHash, splat, unroll};
use crate::algorithm::blake3::{Block, IV, MESSAGE_PERMUTATION, ROUNDS};
use crate::kernel::last_block::RootInput;
use crate::kernel::simd::{Lanes, Simd};

/// The order in which each round takes the message words.
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

/// BLAKE3, where the words of the last block from number `WORDS` on are zero and are not added.
pub(in crate::kernel) struct Blake3<const WORDS: usize> {
    pub(in crate::kernel) input: RootInput,
    /// The index of the low word, n.
    pub(in crate::kernel) n: usize,
}

/// What the compression has in common for all nonces of a segment.
///
/// In the first round, four quarter-rounds on the columns of the state take the words 0 to 7, then four on the
/// diagonals take the words 8 to 15. Of the four to which word n belongs, only one has to wait for it.
pub(in crate::kernel) struct Precomputed {
    /// The last block, where the nonce's low bits are zero.
    words: Block,
    /// The state after everything that does not depend on word n.
    v: [u32; 16],
    /// The indices of a, b, c and d of the quarter-round that takes word n.
    indices: [usize; 4],
}

/// The precomputed words in every lane, and the words that depend on the nonce.
pub(in crate::kernel) struct Vectors<V> {
    words: [V; 16],
    v: [V; 16],
}

impl<const WORDS: usize> LaneHash for Blake3<WORDS> {
    type Precomputed = Precomputed;
    type Vectors<V> = Vectors<V>;

    fn precompute(&self, words: &Block) -> Precomputed {
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
                half::<FIRST, _>(&mut v, indices(i), Some(m[2 * i]));
                half::<SECOND, _>(&mut v, indices(i), Some(m[2 * i + 1]));
            } else if self.n % 2 == 1 {
                half::<FIRST, _>(&mut v, indices(i), Some(m[2 * i]));
            }
        }
        Precomputed {
            words: *words,
            v: v.map(|word| word.0),
            indices: indices(waiting),
        }
    }

    #[inline(always)]
    fn broadcast<S: Simd>(&self, simd: S, precomputed: &Precomputed) -> Vectors<S::Lanes> {
        Vectors {
            words: splat(simd, &precomputed.words),
            v: splat(simd, &precomputed.v),
        }
    }

    #[inline(always)]
    fn candidates<S: Simd>(
        &self,
        simd: S,
        precomputed: &Precomputed,
        vectors: &mut Vectors<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32 {
        let word = nonces ^ simd.splat(precomputed.words[self.n]);
        vectors.words[self.n] = word;
        let mut quarter = [simd.splat(0); 4];
        unroll!(I in [0 1 2 3] { quarter[I] = simd.splat(precomputed.v[precomputed.indices[I]]); });
        if self.n.is_multiple_of(2) {
            half::<FIRST, _>(&mut quarter, [0, 1, 2, 3], Some(word));
            let next = simd.splat(precomputed.words[self.n + 1]);
            half::<SECOND, _>(&mut quarter, [0, 1, 2, 3], Some(next));
        } else {
            half::<SECOND, _>(&mut quarter, [0, 1, 2, 3], Some(word));
        }
        unroll!(I in [0 1 2 3] { vectors.v[precomputed.indices[I]] = quarter[I]; });

        let m = &vectors.words;
        let mut v = vectors.v;
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

/// Returns the indices of a, b, c and d of a quarter-round: 0 to 3 are the columns, 4 to 7 are the diagonals.
const fn indices(i: usize) -> [usize; 4] {
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

/// Does round R's quarter-rounds on the columns or on the diagonals. The instructions of a quarter-round wait for one
/// another. Therefore the first halves of all four are done before the second halves.
#[inline(always)]
fn quarter_rounds<const R: usize, const STEP: usize, const WORDS: usize, V: Lanes>(
    v: &mut [V; 16],
    m: &[V; 16],
) {
    unroll!(I in [0 1 2 3] {
        half::<FIRST, _>(v, indices(STEP + I), message::<WORDS, _>(m, ORDER[R][2 * (STEP + I)]));
    });
    unroll!(I in [0 1 2 3] {
        half::<SECOND, _>(v, indices(STEP + I), message::<WORDS, _>(m, ORDER[R][2 * (STEP + I) + 1]));
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
/// The rotations in the two halves of a quarter-round.
const ROTATIONS: [[u32; 2]; 2] = [[16, 12], [8, 7]];

/// Does half of the function G. `None` stands for a message word that is zero.
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
