//! BLAKE2b in lanes of 64-bit words.

use std::num::Wrapping;

use super::quarter_round::{half, indices};
use super::{splat, unroll};
use crate::algorithm::blake2b::{Block, IV, SIGMA, State};
use crate::kernel::simd::{Lanes, Simd};

/// What the compression of a block has in common for all nonces of a segment, in which N words of the block change. The
/// words of the block from number `WORDS` on are zero and are not added.
///
/// In the first round, four quarter-rounds on the columns of the state take the words 0 to 7, then four on the
/// diagonals take the words 8 to 15. Those that need not wait for a word that changes are done once.
pub(in crate::kernel) struct Precomputed<const WORDS: usize, const N: usize> {
    /// The indices of the words that change, in ascending order.
    changing: [usize; N],
    /// The hash value before the block.
    before: State,
    words: Block,
    /// The state after the quarter-rounds that are done once.
    v: [u64; 16],
    /// The quarter-rounds that wait for a word that changes: some of the columns, or some of the diagonals. The
    /// diagonals wait for all columns.
    waiting: Vec<usize>,
}

/// The precomputed words in every lane. Those that depend on the words that change are updated for each vector.
pub(in crate::kernel) struct Vectors<V> {
    words: [V; 16],
    v: [V; 16],
}

impl<const WORDS: usize, const N: usize> Precomputed<WORDS, N> {
    /// `before` is the hash value before the block, `t` is the number of bytes of the message up to the end of the
    /// block, and `f` is whether it is the last block. The words of the block that change have the indices `changing`,
    /// in ascending order. Their values in `words` do not matter.
    pub(in crate::kernel) fn new(
        before: &State,
        words: &Block,
        t: u128,
        f: bool,
        changing: [usize; N],
    ) -> Self {
        let m = words.map(Wrapping);
        let mut v = [Wrapping(0); 16];
        for (variable, &word) in v.iter_mut().zip(before.iter().chain(&second_half(t, f))) {
            *variable = Wrapping(word);
        }
        let possible = if changing[0] < 8 { 0..4 } else { 0..8 };
        let mut waiting = Vec::new();
        for i in possible {
            if changing.iter().any(|n| n / 2 == i) {
                waiting.push(i);
            } else {
                half::<32, 24, _>(&mut v, indices(i), Some(m[2 * i]));
                half::<16, 63, _>(&mut v, indices(i), Some(m[2 * i + 1]));
            }
        }
        Self {
            changing,
            before: *before,
            words: *words,
            v: v.map(|word| word.0),
            waiting,
        }
    }

    #[inline(always)]
    pub(in crate::kernel) fn broadcast<S: Simd<u64>>(&self, simd: S) -> Vectors<S::Lanes> {
        Vectors {
            words: splat(simd, &self.words),
            v: splat(simd, &self.v),
        }
    }

    /// Returns the hash value after the block. `words` are the words that change. The compiler removes what only those
    /// words of the hash value need that the caller does not use.
    #[inline(always)]
    pub(in crate::kernel) fn hash<S: Simd<u64>>(
        &self,
        simd: S,
        vectors: &mut Vectors<S::Lanes>,
        words: [S::Lanes; N],
    ) -> [S::Lanes; 8] {
        for i in 0..N {
            vectors.words[self.changing[i]] = words[i];
        }
        for &i in &self.waiting {
            let mut quarter = [simd.splat(0); 4];
            unroll!(J in [0 1 2 3] { quarter[J] = simd.splat(self.v[indices(i)[J]]); });
            let [x, y] = [vectors.words[2 * i], vectors.words[2 * i + 1]];
            half::<32, 24, _>(&mut quarter, [0, 1, 2, 3], Some(x));
            half::<16, 63, _>(&mut quarter, [0, 1, 2, 3], Some(y));
            unroll!(J in [0 1 2 3] { vectors.v[indices(i)[J]] = quarter[J]; });
        }
        let mut v = vectors.v;
        if self.changing[0] < 8 {
            quarter_rounds::<0, DIAGONALS, WORDS, _>(&mut v, &vectors.words);
        }
        rounds_from_1::<WORDS, _>(&mut v, &vectors.words);
        let mut hash = splat(simd, &self.before);
        unroll!(I in [0 1 2 3 4 5 6 7] { hash[I] = hash[I].xor3(v[I], v[I + 8]); });
        hash
    }
}

/// Returns the hash value after a block, whose words from number `WORDS` on are zero. The others may differ from lane to
/// lane. `t` is the number of bytes of the message up to the end of the block, and `f` is whether it is the last block.
#[inline(always)]
pub(in crate::kernel) fn compress<const WORDS: usize, S: Simd<u64>>(
    simd: S,
    mut hash: [S::Lanes; 8],
    words: &[S::Lanes; 16],
    t: u128,
    f: bool,
) -> [S::Lanes; 8] {
    let second_half = second_half(t, f);
    let mut v = [hash[0]; 16];
    unroll!(I in [0 1 2 3 4 5 6 7] {
        v[I] = hash[I];
        v[I + 8] = simd.splat(second_half[I]);
    });
    quarter_rounds::<0, COLUMNS, WORDS, _>(&mut v, words);
    quarter_rounds::<0, DIAGONALS, WORDS, _>(&mut v, words);
    rounds_from_1::<WORDS, _>(&mut v, words);
    unroll!(I in [0 1 2 3 4 5 6 7] { hash[I] = hash[I].xor3(v[I], v[I + 8]); });
    hash
}

/// Returns the second half of the state before the first round.
fn second_half(t: u128, f: bool) -> [u64; 8] {
    let mut half = IV;
    half[4] ^= t as u64;
    half[5] ^= (t >> 64) as u64;
    if f {
        half[6] = !half[6];
    }
    half
}

const COLUMNS: usize = 0;
const DIAGONALS: usize = 4;

/// Does all rounds but the first. From the last ones the compiler removes what only the unused words of the hash value
/// need.
#[inline(always)]
fn rounds_from_1<const WORDS: usize, V: Lanes>(v: &mut [V; 16], m: &[V; 16]) {
    unroll!(R in [1 2 3 4 5 6 7 8 9 10 11] {
        quarter_rounds::<R, COLUMNS, WORDS, _>(v, m);
        quarter_rounds::<R, DIAGONALS, WORDS, _>(v, m);
    });
}

/// Does round R's quarter-rounds on the columns or on the diagonals. The instructions of a quarter-round wait for one
/// another. Therefore the first halves of all four are done before the second halves.
#[inline(always)]
fn quarter_rounds<const R: usize, const STEP: usize, const WORDS: usize, V: Lanes>(
    v: &mut [V; 16],
    m: &[V; 16],
) {
    unroll!(I in [0 1 2 3] {
        let word = message::<WORDS, _>(m, SIGMA[R % 10][2 * (STEP + I)]);
        half::<32, 24, _>(v, indices(STEP + I), word);
    });
    unroll!(I in [0 1 2 3] {
        let word = message::<WORDS, _>(m, SIGMA[R % 10][2 * (STEP + I) + 1]);
        half::<16, 63, _>(v, indices(STEP + I), word);
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
