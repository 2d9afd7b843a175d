//! The memory that the generated code uses, and what is computed once for all nonces of a segment.

use std::num::Wrapping;

use super::LANES;
use crate::algorithm::sha256::{Block, INITIAL, K, State};
use crate::kernel::lanes::sha2::Sha2;
use crate::kernel::lanes::sha2::rounds::round_with_moves;
use crate::kernel::lanes::sha256::Sha256;
use crate::rule::{ByteOrder, WordTest};

include!(concat!(env!("OUT_DIR"), "/sha_ni_avx512_table.rs"));

/// The variables a to h in the order that `sha256rnds2` expects, lowest word first: f, e, b, a, h, g, d, c.
#[repr(C, align(32))]
#[derive(Clone, Copy, Default)]
pub(super) struct Variables([u32; 8]);

impl Variables {
    pub(super) fn new(&[a, b, c, d, e, f, g, h]: &State) -> Self {
        Self([f, e, b, a, h, g, d, c])
    }

    /// Returns the place of a word of the state.
    pub(super) fn place(index: usize) -> usize {
        [3, 2, 7, 6, 1, 0, 5, 4][index]
    }

    #[inline(always)]
    pub(super) fn add(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word = word.wrapping_add(*other);
        }
    }
}

/// A [`WordTest`], as the generated code reads it.
#[repr(C, align(32))]
#[derive(Clone, Default)]
pub(super) struct Test {
    /// What is added to the word first: the last word of the hash value before the block, if that has not been added yet.
    add: u32,
    shift: u32,
    minus_lo: u32,
    span: u32,
}

impl Test {
    pub(super) fn new(test: &WordTest, add: u32) -> Self {
        Self {
            add,
            shift: test.shift,
            minus_lo: (test.lo as u32).wrapping_neg(),
            span: test.span as u32,
        }
    }
}

/// K(t) + W(t) of 8 nonces for all rounds. A row has those of two rounds: a pair for each nonce, in the [order](slot) in
/// which the generated code interleaves the words of two vectors.
#[repr(C, align(64))]
#[derive(Clone)]
pub(super) struct Rows([[[u32; 2]; LANES]; 32]);

/// Returns the place of the pair of a lane in its row.
fn slot(lane: usize) -> usize {
    const SLOTS: [usize; LANES] = [0, 1, 4, 5, 2, 3, 6, 7];
    SLOTS[lane]
}

impl Rows {
    pub(super) const ZERO: Self = Self([[[0; 2]; LANES]; 32]);

    /// Returns the rows of a block whose words are the same for all nonces.
    pub(super) fn constant(round_words: &[u32]) -> Self {
        let mut rows = Self::ZERO;
        for (t, &word) in round_words.iter().enumerate() {
            rows.set(t, [word; LANES]);
        }
        rows
    }

    /// Sets K(t) + W(t), if the pairs begin with round 0.
    #[inline(always)]
    pub(super) fn set(&mut self, t: usize, words: [u32; LANES]) {
        for (lane, word) in words.into_iter().enumerate() {
            self.0[t / 2][slot(lane)][t % 2] = word;
        }
    }

    /// Sets K(t) + W(t) and K(t + 1) + W(t + 1), if the pairs begin with round t modulo 2.
    fn set_pair(&mut self, t: usize, pair: [u32; 2]) {
        self.0[t / 2] = [pair; LANES];
    }

    /// Returns the address of the row of round t, if the pairs begin with round 0.
    pub(super) fn row_of_round(&mut self, t: usize) -> *mut [[u32; 2]; LANES] {
        &raw mut self.0[t / 2]
    }
}

/// All memory of a search. The phases of SHA-256 read and write both `rows` in turn. For SHA-256d, the first are those of
/// the first hash, and the second those of the second hash.
#[derive(Clone)]
pub(super) struct Memory {
    pub(super) table: Table,
    pub(super) rows: [Rows; 2],
}

impl Memory {
    /// `words` are the words of the block, with zeros in the place of those that change. `known` is the number of words from
    /// W(0) on, apart from those, that do not depend on the nonce: 16 or more.
    pub(super) fn new(words: &Block, known: usize, test: &WordTest) -> Self {
        let reverse = |index: usize| 4 * (index / 4) + 3 - index % 4;
        let byte = |index| match test.order {
            ByteOrder::BigEndian => index % 16,
            ByteOrder::LittleEndian => reverse(index % 16),
        };
        let mut table = Table {
            k: K,
            base: [0; 40],
            test: Test::default(),
            second_base: [0; 32],
            second_kw: [0; 16],
            swap: std::array::from_fn(|index| byte(index) as u8),
            start: Variables::default(),
            middle: Variables::default(),
            second_start: Variables::default(),
            changing: [[0; 2]; 4],
            masks: [0; 8],
            words: [[0; LANES]; 2],
            early: [[0; LANES]; 64],
            digests: [Variables::default(); LANES],
            hashes: [Variables::default(); LANES],
            prepared: [[[0; LANES]; 34]; 2],
        };
        let all_words = bases(words, known, &mut table.base);
        for terms in &mut table.prepared {
            for (lanes, &base) in terms.iter_mut().zip(&table.base[..32]) {
                *lanes = [base; LANES];
            }
        }
        let mut rows = Rows::ZERO;
        for (t, word) in all_words.into_iter().enumerate() {
            rows.set(t, [K[t].wrapping_add(word); LANES]);
        }
        Self {
            table,
            rows: [rows.clone(), rows],
        }
    }

    /// Prepares the second hash, whose pairs of rounds begin with round 0, or with round 1 if `odd_pairs` is set. Then round
    /// 0 is done, as if the first word were zero.
    pub(super) fn prepare_second(&mut self, odd_pairs: bool) {
        let mut block = [0; 16];
        block[8..].copy_from_slice(&Sha256::DIGEST_PADDING);
        bases(&block, 16, &mut self.table.second_base);
        for t in 8..16 {
            self.table.second_kw[t] = K[t].wrapping_add(block[t]);
        }
        let parity = usize::from(odd_pairs);
        self.rows[1] = Rows::ZERO;
        for t in (8 + parity..15).step_by(2) {
            let [first, second] = [t, t + 1].map(|t| self.table.second_kw[t]);
            self.rows[1].set_pair(t, [first, second]);
        }
        let start = after_rounds(&INITIAL, &block, parity);
        self.table.second_start = Variables::new(&start);
    }
}

/// Computes the terms of W(t) that do not depend on the nonce. Returns the words of which all terms are known, as many as
/// `known` says.
fn bases(words: &Block, known: usize, bases: &mut [u32]) -> Vec<u32> {
    let mut w: Vec<_> = words.map(Wrapping).into();
    for t in 16..bases.len() {
        let word = |back: usize| w.get(t - back).copied().unwrap_or_default();
        let base =
            word(16) + Sha256::small_sigma0(word(15)) + word(7) + Sha256::small_sigma1(word(2));
        bases[t] = base.0;
        if t < known {
            w.push(base);
        }
    }
    w.into_iter().map(|word| word.0).collect()
}

/// Returns the variables after this number of rounds.
pub(super) fn after_rounds(before: &State, words: &Block, rounds: usize) -> State {
    let state = (0..rounds).fold(before.map(Wrapping), |state, t| {
        round_with_moves::<Sha256, _>(state, Wrapping(K[t]) + Wrapping(words[t]))
    });
    state.map(|word| word.0)
}
