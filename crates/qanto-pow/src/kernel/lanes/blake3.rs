//! BLAKE3 in lanes, of messages of one chunk.

use std::num::Wrapping;

use super::quarter_round::{half, indices};
use super::{Place, splat, unroll};
use crate::algorithm::blake3::{Block, ChainingValue, IV, MESSAGE_PERMUTATION, ROUNDS};
use crate::kernel::nonce_blocks::BlockInput;
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

/// The index, in its block, of the word that changes in a block header of 80 bytes.
pub(in crate::kernel) const HEADER_WORD: usize = 3;

/// What the compression of a block has in common for all nonces of a segment, in which up to N words of the block change.
/// The words of the block from number `WORDS` on are zero and are not added.
///
/// In the first round, four quarter-rounds on the columns of the state take the words 0 to 7, then four on the
/// diagonals take the words 8 to 15. Those that need not wait for a word that changes are done once.
pub(in crate::kernel) struct Precomputed<const WORDS: usize, const N: usize> {
    /// The indices of N words that include all that change.
    indices: [usize; N],
    words: Block,
    /// The state after what is done once.
    v: [u32; 16],
    /// The quarter-rounds that wait for a word that changes: some of the columns, or some of the diagonals. The
    /// diagonals wait for all columns.
    waiting: Vec<Waiting>,
    /// Whether a column waits for a word that changes, and so do all diagonals.
    do_diagonals_wait: bool,
}

/// A quarter-round of the first round that takes a word that changes.
struct Waiting {
    /// Its number: 0 to 3 are the columns, 4 to 7 are the diagonals.
    number: usize,
    /// The indices of its words.
    words: [usize; 2],
    /// Whether its first half is done once, because only the second word changes.
    is_half_done: bool,
}

/// The precomputed words in every lane. Those that change are updated for each vector.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Vectors<V> {
    words: [V; 16],
    v: [V; 16],
}

impl<const WORDS: usize, const N: usize> Precomputed<WORDS, N> {
    /// `chaining` is the chaining value before the block. `place` is where the words of the block are that change. Their values
    /// in `words` do not matter.
    pub(in crate::kernel) fn new(
        chaining: &ChainingValue,
        words: &Block,
        input: BlockInput,
        place: Place<N>,
    ) -> Self {
        let m = words.map(Wrapping);
        let mut v = [Wrapping(0); 16];
        for (variable, &word) in v.iter_mut().zip(chaining.iter().chain(&second_half(input))) {
            *variable = Wrapping(word);
        }
        let do_diagonals_wait = (0..8).any(|index| place.changes(index));
        let possible = if do_diagonals_wait { 0..4 } else { 0..8 };
        let mut waiting = Vec::new();
        for i in possible {
            let [first, second] = [2 * i, 2 * i + 1];
            let is_half_done = !place.changes(first);
            if is_half_done {
                half::<16, 12, _>(&mut v, indices(i), Some(m[first]));
            }
            if is_half_done && !place.changes(second) {
                half::<8, 7, _>(&mut v, indices(i), Some(m[second]));
            } else {
                waiting.push(Waiting {
                    number: i,
                    words: [first, second],
                    is_half_done,
                });
            }
        }
        Self {
            indices: place.indices,
            words: *words,
            v: v.map(|word| word.0),
            waiting,
            do_diagonals_wait,
        }
    }

    #[inline(always)]
    pub(in crate::kernel) fn broadcast<S: Simd>(&self, simd: S) -> Vectors<S::Lanes> {
        Vectors {
            words: splat(simd, &self.words),
            v: splat(simd, &self.v),
        }
    }

    /// Returns the chaining value after the block. `words` are those with the indices of the words that may change.
    #[inline(always)]
    pub(in crate::kernel) fn hash<S: Simd>(
        &self,
        simd: S,
        vectors: &mut Vectors<S::Lanes>,
        words: [S::Lanes; N],
    ) -> [S::Lanes; 8] {
        for i in 0..N {
            vectors.words[self.indices[i]] = words[i];
        }
        let mut v = vectors.v;
        for waiting in &self.waiting {
            let variables = indices(waiting.number);
            let mut quarter = [simd.splat(0); 4];
            unroll!(J in [0 1 2 3] { quarter[J] = simd.splat(self.v[variables[J]]); });
            let [first, second] = waiting.words;
            if !waiting.is_half_done {
                half::<16, 12, _>(
                    &mut quarter,
                    [0, 1, 2, 3],
                    Some(self.word(simd, words, first)),
                );
            }
            half::<8, 7, _>(
                &mut quarter,
                [0, 1, 2, 3],
                Some(self.word(simd, words, second)),
            );
            replace(&mut v, waiting.number, quarter);
        }
        if self.do_diagonals_wait {
            quarter_rounds::<0, DIAGONALS, WORDS, _>(&mut v, &vectors.words);
        }
        chaining_after::<WORDS, _>(v, &vectors.words)
    }

    /// Returns the word of the block with this index. The first quarter-rounds would wait for a word that is stored among the
    /// others and loaded again.
    #[inline(always)]
    fn word<S: Simd>(&self, simd: S, words: [S::Lanes; N], index: usize) -> S::Lanes {
        for i in 0..N {
            if self.indices[i] == index {
                return words[i];
            }
        }
        simd.splat(self.words[index])
    }

    /// Does what [`hash`](Self::hash) does if only the word [`HEADER_WORD`] changes. Because the compiler knows which word it is,
    /// the state stays in registers, and it computes once what all nonces have in common of the diagonals.
    #[inline(always)]
    pub(in crate::kernel) fn hash_header<V: Lanes>(
        &self,
        vectors: &Vectors<V>,
        words: [V; N],
    ) -> [V; 8] {
        debug_assert_eq!(self.indices[..], [HEADER_WORD]);
        let Vectors {
            words: mut m,
            mut v,
        } = *vectors;
        m[HEADER_WORD] = words[0];
        half::<8, 7, _>(&mut v, indices(HEADER_WORD / 2), Some(words[0]));
        quarter_rounds::<0, DIAGONALS, WORDS, _>(&mut v, &m);
        chaining_after::<WORDS, _>(v, &m)
    }
}

/// Replaces the variables of a quarter-round. Each index is a constant, because vectors that are stored at an index that is not
/// known, and loaded again soon after, took 16 % of the time on Zen 4.
#[inline(always)]
fn replace<V: Lanes>(v: &mut [V; 16], number: usize, quarter: [V; 4]) {
    macro_rules! one_of {
        ($($number:literal)*) => {
            match number {
                $( $number => {
                    unroll!(J in [0 1 2 3] { v[const { indices($number)[J] }] = quarter[J]; });
                } )*
                _ => unreachable!("there are eight quarter-rounds"),
            }
        };
    }
    one_of!(0 1 2 3 4 5 6 7);
}

/// Returns the chaining value after a block, whose words from number `WORDS` on are zero. The others may differ from lane
/// to lane.
#[inline(always)]
pub(in crate::kernel) fn compress<const WORDS: usize, S: Simd>(
    simd: S,
    chaining: [S::Lanes; 8],
    words: &[S::Lanes; 16],
    input: BlockInput,
) -> [S::Lanes; 8] {
    let second_half = second_half(input);
    let mut v = [chaining[0]; 16];
    unroll!(I in [0 1 2 3 4 5 6 7] {
        v[I] = chaining[I];
        v[I + 8] = simd.splat(second_half[I]);
    });
    quarter_rounds::<0, COLUMNS, WORDS, _>(&mut v, words);
    quarter_rounds::<0, DIAGONALS, WORDS, _>(&mut v, words);
    chaining_after::<WORDS, _>(v, words)
}

/// Returns the second half of the state before the first round, for the first chunk of a message.
fn second_half(input: BlockInput) -> [u32; 8] {
    let [iv0, iv1, iv2, iv3, ..] = IV;
    [iv0, iv1, iv2, iv3, 0, 0, input.len, input.flags]
}

const COLUMNS: usize = 0;
const DIAGONALS: usize = 4;

/// Does all rounds but the first, and returns the chaining value. From the last round the compiler removes what only
/// the unused words of the chaining value need.
#[inline(always)]
fn chaining_after<const WORDS: usize, V: Lanes>(mut v: [V; 16], m: &[V; 16]) -> [V; 8] {
    unroll!(R in [1 2 3 4 5 6] {
        quarter_rounds::<R, COLUMNS, WORDS, _>(&mut v, m);
        quarter_rounds::<R, DIAGONALS, WORDS, _>(&mut v, m);
    });
    let mut chaining = [v[0]; 8];
    unroll!(I in [0 1 2 3 4 5 6 7] { chaining[I] = v[I] ^ v[I + 8]; });
    chaining
}

/// Does round R's quarter-rounds on the columns or on the diagonals. The instructions of a quarter-round wait for one
/// another. Therefore the first halves of all four are done before the second halves, if there are enough registers.
#[inline(always)]
fn quarter_rounds<const R: usize, const STEP: usize, const WORDS: usize, V: Lanes>(
    v: &mut [V; 16],
    m: &[V; 16],
) {
    // In the last round this would keep the compiler from removing what nobody needs.
    if V::ARE_REGISTERS_SCARCE && R > 0 && R < ROUNDS - 1 {
        unroll!(I in [0 1 2 3] {
            keep_order(v, indices(STEP + I));
            let x = message::<WORDS, _>(m, ORDER[R][2 * (STEP + I)]);
            let y = message::<WORDS, _>(m, ORDER[R][2 * (STEP + I) + 1]);
            half::<16, 12, _>(v, indices(STEP + I), x);
            half::<8, 7, _>(v, indices(STEP + I), y);
            keep_order(v, indices(STEP + I));
        });
        return;
    }
    unroll!(I in [0 1 2 3] {
        let word = message::<WORDS, _>(m, ORDER[R][2 * (STEP + I)]);
        half::<16, 12, _>(v, indices(STEP + I), word);
    });
    unroll!(I in [0 1 2 3] {
        let word = message::<WORDS, _>(m, ORDER[R][2 * (STEP + I) + 1]);
        half::<8, 7, _>(v, indices(STEP + I), word);
    });
}

/// Has the compiler do what comes before with these variables before anything that comes after with any others.
#[inline(always)]
fn keep_order<V: Lanes>(v: &mut [V; 16], indices: [usize; 4]) {
    unroll!(I in [0 1 2 3] { v[indices[I]] = v[indices[I]].in_order(); });
}

#[inline(always)]
fn message<const WORDS: usize, V: Lanes>(m: &[V; 16], number: usize) -> Option<V> {
    if number < WORDS {
        Some(m[number])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the numbers of the quarter-rounds that wait, each with whether its first half is done, and whether all
    /// diagonals wait.
    fn waiting(indices: [usize; 2], is_changing: [bool; 2]) -> (Vec<(usize, bool)>, bool) {
        let place = Place {
            block: 0,
            indices,
            is_changing,
        };
        let input = BlockInput { len: 64, flags: 0 };
        let precomputed = Precomputed::<16, 2>::new(&IV, &[7; 16], input, place);
        let waiting = precomputed.waiting.iter();
        let waiting = waiting.map(|waiting| (waiting.number, waiting.is_half_done));
        (waiting.collect(), precomputed.do_diagonals_wait)
    }

    #[test]
    fn a_quarter_round_waits_only_for_a_word_that_changes() {
        let one = [false, true];
        assert_eq!(waiting([7, 8], one), (vec![(4, false)], false));
        assert_eq!(waiting([8, 9], one), (vec![(4, true)], false));
        assert_eq!(waiting([5, 6], one), (vec![(3, false)], true));
        assert_eq!(waiting([0, 1], [true, false]), (vec![(0, false)], true));
        let both = [true, true];
        assert_eq!(waiting([7, 8], both), (vec![(3, true)], true));
        assert_eq!(waiting([9, 10], both), (vec![(4, true), (5, false)], false));
    }
}
