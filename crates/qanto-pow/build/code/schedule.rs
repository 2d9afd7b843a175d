//! The stream of the message schedule, in vectors with a nonce in each of 8 lanes.
//!
//! W(t) is the sum of W(t - 16), σ0(W(t - 15)), W(t - 7) and σ1(W(t - 2)), so a window of 16 words has to be kept. The first
//! two terms are known early: as soon as W(t - 15) is. Their sum is stored then, and added from memory when W(t) is computed.
//! So only the last 8 words are kept in registers.

use super::insert;
use super::instruction::{Stream, Ymm};
use super::table::{ROW, address, broadcast, vector};

/// The block whose schedule is computed. It decides which words depend on the nonce.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// The last block of a header of 80 bytes: W(3) is the nonce, W(5) to W(14) are zero.
    Header,
    /// A block in which any two neighbouring words change: W(n) and W(n + 1). See [`insert`].
    Any,
    /// The block of the second hash: W(0) to W(7) are a digest, from the field `digests`, and the rest is padding.
    Digest,
}

/// The word of a header that is the nonce.
const NONCE: usize = 3;
/// The row for the nonce of a header: its pairs are zero and the nonce.
pub const NONCE_ROW: usize = 0;
/// The row for the first word of a digest, if the pairs begin with round 1: its pairs are zero and the word.
pub const FIRST_WORD_ROW: usize = 31;

/// The schedule of 8 nonces, whose K + W are written to the rows at rdx. The nonces of a header are at r11.
pub struct Schedule {
    pub block: Block,
    /// The number of the last word.
    pub last: usize,
    /// Whether the pairs of rounds begin with round 1 instead of round 0.
    pub odd_pairs: bool,
}

/// Returns the register of W(t), which is overwritten 8 words later.
fn window(t: usize) -> Ymm {
    Ymm::new(16 + t % 8)
}

/// Registers for K + W of the two rounds of a pair. The second one is also the result of interleaving.
fn kw_registers() -> [Ymm; 2] {
    [Ymm::new(24), Ymm::new(25)]
}

/// A term of a sum.
enum Term {
    Register(Ymm),
    Memory(String),
}

/// The registers of intermediate results.
#[derive(Default)]
pub struct Temporaries {
    /// How many have been given.
    taken: usize,
}

impl Temporaries {
    /// Returns a register for an intermediate result. It is given again after six others.
    pub fn next(&mut self) -> Ymm {
        self.taken += 1;
        Ymm::new(26 + self.taken % 6)
    }

    /// Returns the register of a function of a word: two rotations and a shift, by these numbers of bits, and exclusive or.
    fn sigma(&mut self, out: &mut Stream, word: Ymm, [first, second, shift]: [u32; 3]) -> Ymm {
        let [a, b, c] = [self.next(), self.next(), self.next()];
        out.shift(format!("vprord {a}, {word}, {first}"));
        out.shift(format!("vprord {b}, {word}, {second}"));
        out.shift(format!("vpsrld {c}, {word}, {shift}"));
        out.arithmetic(format!("vpxord {a}, {a}, {b}"));
        out.arithmetic(format!("vpxord {a}, {a}, {c}"));
        a
    }

    pub fn sigma0(&mut self, out: &mut Stream, word: Ymm) -> Ymm {
        self.sigma(out, word, [7, 18, 3])
    }

    pub fn sigma1(&mut self, out: &mut Stream, word: Ymm) -> Ymm {
        self.sigma(out, word, [17, 19, 10])
    }
}

/// The stream as it is written.
struct Writer<'a> {
    schedule: &'a Schedule,
    out: Stream,
    temporaries: Temporaries,
}

impl Schedule {
    pub fn stream(&self) -> Stream {
        let mut writer = Writer {
            schedule: self,
            out: Stream::default(),
            temporaries: Temporaries::default(),
        };
        match self.block {
            Block::Header => writer.insert_nonce(),
            Block::Any => {
                insert::rows(&mut writer.out);
                insert::prepare(&mut writer.out, &mut writer.temporaries);
            }
            Block::Digest => writer.insert_digest(),
        }
        for t in (16..=self.last).filter(|&t| self.depends(t)) {
            writer.word(t);
            writer.round_words(t);
            writer.early_terms(t);
        }
        writer.out
    }

    /// Returns whether W(t) depends on the nonce. In any block, the terms of the first words are prepared.
    fn depends(&self, t: usize) -> bool {
        match self.block {
            Block::Header => t == NONCE || t >= 18,
            Block::Any => t >= 16,
            Block::Digest => !(8..16).contains(&t),
        }
    }

    /// Returns the terms of W(t) that are prepared before the search, unless they are zero.
    fn base(&self, t: usize) -> Option<String> {
        match self.block {
            // Words 5 to 14 are zero, and so are W(21) and W(25) to W(29) without the words that depend on the nonce.
            Block::Header => {
                (t <= 33 && t != 21 && !(25..=29).contains(&t)).then(|| broadcast("base", t))
            }
            Block::Any => (t <= 31).then(|| insert::prepared(t)),
            // Only W(8) and W(15) are not zero among W(8) to W(15).
            Block::Digest => [17, 22, 23, 24, 30, 31]
                .contains(&t)
                .then(|| broadcast("second_base", t)),
        }
    }
}

impl Writer<'_> {
    /// Computes W(t).
    fn word(&mut self, t: usize) {
        let depends = |t| self.schedule.depends(t);
        let [w16, w15, w7, w2] = [16, 15, 7, 2].map(|back| depends(t - back));
        // The term that is known last is added last.
        let mut terms = Vec::new();
        if w15 && t >= 31 {
            terms.push(Term::Memory(vector("early", t)));
        } else {
            if w16 {
                terms.push(Term::Register(window(t - 16)));
            }
            if w15 {
                let term = self.temporaries.sigma0(&mut self.out, window(t - 15));
                terms.push(Term::Register(term));
            }
        }
        if w7 {
            terms.push(Term::Register(window(t - 7)));
        }
        terms.extend(self.schedule.base(t).map(Term::Memory));
        if w2 {
            let term = self.temporaries.sigma1(&mut self.out, window(t - 2));
            terms.push(Term::Register(term));
        }
        self.sum(window(t), terms);
    }

    fn sum(&mut self, result: Ymm, terms: Vec<Term>) {
        // An instruction has at most one operand in memory, the last one.
        let first = terms
            .iter()
            .position(|term| matches!(term, Term::Register(_)));
        let mut terms = terms;
        let first = first.map(|index| terms.remove(index));
        let mut sum = match first {
            Some(Term::Register(register)) => register,
            _ => {
                let load = terms.remove(0);
                let Term::Memory(operand) = load else {
                    unreachable!("there is no register")
                };
                self.out.moves(format!("vmovdqa32 {result}, {operand}"));
                result
            }
        };
        if terms.is_empty() && sum != result {
            self.out.moves(format!("vmovdqa32 {result}, {sum}"));
        }
        for term in terms {
            match term {
                Term::Register(register) => {
                    self.out
                        .arithmetic(format!("vpaddd {result}, {sum}, {register}"));
                }
                Term::Memory(operand) => {
                    self.out
                        .arithmetic(format!("vpaddd {result}, {sum}, {operand}"));
                }
            }
            sum = result;
        }
    }

    /// Stores the two terms of W(t + 15) that are known when W(t) is.
    fn early_terms(&mut self, t: usize) {
        if t + 15 > self.schedule.last {
            return;
        }
        let sum = self.temporaries.sigma0(&mut self.out, window(t));
        if self.schedule.depends(t - 1) {
            let before = window(t - 1);
            self.out
                .arithmetic(format!("vpaddd {sum}, {sum}, {before}"));
        }
        let place = vector("early", t + 15);
        self.out.moves(format!("vmovdqa32 {place}, {sum}"));
    }

    /// Computes K(t) + W(t), and writes the row when those of both rounds of its pair are known.
    fn round_words(&mut self, t: usize) {
        let parity = usize::from(self.schedule.odd_pairs);
        let [first, second] = kw_registers();
        let is_first = t % 2 == parity;
        let kw = if is_first { first } else { second };
        let k = broadcast("k", t);
        self.out
            .arithmetic(format!("vpaddd {kw}, {}, {k}", window(t)));
        let partner = if is_first { t + 1 } else { t - 1 };
        if !self.schedule.depends(partner) {
            let other = if is_first { second } else { first };
            let constant = address("second_kw", 4 * partner);
            self.out
                .moves(format!("vpbroadcastd {other}, dword ptr {constant}"));
        } else if is_first {
            return;
        }
        self.row(t.min(partner) / 2, first, second);
    }

    /// Writes a row: the pairs of the first and the second word of each lane.
    fn row(&mut self, row: usize, first: Ymm, second: Ymm) {
        let (low, high) = (self.temporaries.next(), self.temporaries.next());
        self.out
            .shift(format!("vpunpckldq {low}, {first}, {second}"));
        self.out.moves(format!(
            "vmovdqa32 ymmword ptr [rdx + {}], {low}",
            ROW * row
        ));
        self.out
            .shift(format!("vpunpckhdq {high}, {first}, {second}"));
        self.out.moves(format!(
            "vmovdqa32 ymmword ptr [rdx + {}], {high}",
            ROW * row + 32
        ));
    }

    /// Writes a row of pairs of zero and the word.
    fn row_after_zero(&mut self, row: usize, word: Ymm) {
        let zero = self.temporaries.next();
        self.out
            .arithmetic(format!("vpxord {zero}, {zero}, {zero}"));
        self.row(row, zero, word);
    }

    /// Loads the nonce of a header.
    fn insert_nonce(&mut self) {
        let nonce = window(NONCE);
        self.out
            .moves(format!("vmovdqa32 {nonce}, ymmword ptr [r11]"));
        self.row_after_zero(NONCE_ROW, nonce);
    }

    /// Loads the digests of 8 nonces, which are in memory one after the other, and transposes them.
    fn insert_digest(&mut self) {
        // The words of each half of the variables, lowest first.
        for (half, words) in [[5, 4, 1, 0], [7, 6, 3, 2]].into_iter().enumerate() {
            let quarters: [Ymm; 4] = std::array::from_fn(|_| self.temporaries.next());
            for (lane, &register) in quarters.iter().enumerate() {
                let place = |lane| address("digests", 32 * lane + 16 * half);
                let (low, high) = (place(lane), place(lane + 4));
                self.out
                    .moves(format!("vmovdqa32 {}, xmmword ptr {low}", register.xmm()));
                self.out.arithmetic(format!(
                    "vinserti32x4 {register}, {register}, xmmword ptr {high}, 1"
                ));
            }
            let [a, b, c, d] = quarters;
            let (x, y) = (self.temporaries.next(), self.temporaries.next());
            for (unpack, pair) in [("vpunpckldq", &words[..2]), ("vpunpckhdq", &words[2..])] {
                self.out.shift(format!("{unpack} {x}, {a}, {b}"));
                self.out.shift(format!("{unpack} {y}, {c}, {d}"));
                self.out
                    .shift(format!("vpunpcklqdq {}, {x}, {y}", window(pair[0])));
                self.out
                    .shift(format!("vpunpckhqdq {}, {x}, {y}", window(pair[1])));
            }
        }
        if self.schedule.odd_pairs {
            self.row_after_zero(FIRST_WORD_ROW, window(0));
        }
        for t in usize::from(self.schedule.odd_pairs)..8 {
            self.round_words(t);
        }
    }
}
