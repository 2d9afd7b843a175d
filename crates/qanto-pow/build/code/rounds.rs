//! The stream of the rounds: `sha256rnds2` does two rounds, and nothing else is computed with the SHA extensions.

use super::instruction::{Stream, Xmm};
use super::table::{ROW, half, slot};

/// The number of nonces of a phase.
const LANES: usize = 8;

/// The turns in which nonces take a pair of rounds each. Seven pairs of registers hold the variables: those of the nonces 1 to
/// 6, and in the first pair those of nonce 0, which takes two pairs of rounds a turn, and then those of nonce 7.
///
/// A nonce waits for its own result, which takes four cycles on Zen 4, so four nonces that take turns would just keep the port
/// busy. But now and then an instruction of the schedule takes the port at the moment when a nonce could go on, and with four
/// nonces no other one is ready. With seven a phase takes 5 to 8 % less time.
const TURN: [usize; 8] = [0, 1, 2, 3, 0, 4, 5, 6];

/// The number of the nonce that replaces nonce 0 when that has taken all its rounds.
const SECOND: usize = 7;

/// Where the variables come from.
#[derive(Clone, Copy)]
pub enum Start {
    /// The field, with the second word of a row's pair added to a and e: what a round does with a word of the message that
    /// had been left out.
    Added { field: &'static str, row: usize },
    /// The field, for all nonces.
    Shared { field: &'static str },
}

/// What becomes of the variables.
#[derive(Clone, Copy)]
pub enum End {
    /// They stay where they are, see [`Rounds::result`].
    Result,
    /// The variables, with those of the field `add` added, go to the field `to`.
    Sum { add: &'static str, to: &'static str },
}

/// The rounds of 8 nonces, whose K + W are in the rows at rsi.
pub struct Rounds {
    pub start: Start,
    /// The first rounds of the first and of the last pair of rounds.
    pub pairs: (usize, usize),
    pub end: End,
}

/// The number of rows that addresses with a distance of one byte reach. Such an instruction is three bytes shorter, and the
/// phases of SHA-256d would not fit into 16 KB without it.
const WINDOW: usize = 256 / ROW;

/// An address from which rows are addressed. It moves on as the rounds do.
struct Cursor {
    register: &'static str,
    /// How far it is behind the first row.
    position: isize,
}

impl Cursor {
    /// Moves the cursor, if it has to be moved, to where a short distance reaches the row.
    fn move_to(&mut self, row: usize, out: &mut Stream) {
        let position = (row / WINDOW * WINDOW * ROW + 128) as isize;
        let distance = position - self.position;
        if distance != 0 {
            out.moves(format!("add {}, {distance}", self.register));
            self.position = position;
        }
    }

    /// Returns the operand with the pair of a row that belongs to a lane.
    fn pair(&self, row: usize, lane: usize) -> String {
        let distance = (ROW * row + 8 * slot(lane)) as isize - self.position;
        format!("qword ptr [{} + {distance}]", self.register)
    }
}

/// A nonce whose rounds are done.
#[derive(Clone, Copy)]
struct Chain {
    abef: Xmm,
    cdgh: Xmm,
    /// The number of pairs of rounds that are done.
    done: usize,
}

impl Rounds {
    /// Returns how many pairs of rounds each nonce takes.
    fn steps(&self) -> usize {
        let (first, last) = self.pairs;
        (last - first) / 2 + 1
    }

    /// Returns the nonce of each pair of rounds, in order.
    fn order(&self) -> Vec<usize> {
        let steps = self.steps();
        let all_turns = std::iter::repeat_n(TURN, steps).flatten();
        let mut of_first = 0;
        let lanes = all_turns.map(|lane| {
            of_first += usize::from(lane == 0);
            if of_first > steps && lane == 0 {
                SECOND
            } else {
                lane
            }
        });
        lanes.collect()
    }

    /// Returns the register with the variables f, e, b and a of a nonce after a phase that ends with [`End::Result`].
    pub fn result(&self, lane: usize) -> Xmm {
        if lane == 0 {
            return Xmm::new(15);
        }
        let (abef, cdgh) = registers(lane);
        if self.steps().is_multiple_of(2) {
            abef
        } else {
            cdgh
        }
    }

    pub fn stream(&self) -> Stream {
        let mut out = Stream::default();
        let cursor = |register| Cursor {
            register,
            position: 0,
        };
        // Nonces 0 and 7 are at other rows than the rest.
        let mut cursors = [cursor("rcx"), cursor("rsi")];
        out.moves("mov rcx, rsi".to_owned());
        let mut chains: [Option<Chain>; LANES] = [None; LANES];
        for lane in self.order() {
            let cursor = &mut cursors[usize::from(lane % SECOND != 0)];
            let mut chain = chains[lane].unwrap_or_else(|| self.begin(lane, cursor, &mut out));
            let row = self.pairs.0 / 2 + chain.done;
            cursor.move_to(row, &mut out);
            let message = Xmm::new(0);
            out.moves(format!("vmovq {message}, {}", cursor.pair(row, lane)));
            let Chain { abef, cdgh, .. } = chain;
            out.rounds(format!("sha256rnds2 {cdgh}, {abef}"));
            // c, d, g and h after two rounds are a, b, e and f before.
            chain = Chain {
                abef: cdgh,
                cdgh: abef,
                done: chain.done + 1,
            };
            if chain.done == self.steps() {
                self.finish(lane, chain, &mut out);
            }
            chains[lane] = Some(chain);
        }
        out
    }

    fn begin(&self, lane: usize, cursor: &Cursor, out: &mut Stream) -> Chain {
        let (abef, cdgh) = registers(lane);
        let (Start::Added { field, .. } | Start::Shared { field }) = self.start;
        let [low, high] = [0, 1].map(|i| half(field, 0, i));
        if let Start::Added { row, .. } = self.start {
            let pair = cursor.pair(row, lane);
            out.moves(format!("vmovddup {abef}, {pair}"));
            out.arithmetic(format!("vpaddd {abef}, {abef}, {low}"));
        } else {
            out.moves(format!("vmovdqa {abef}, {low}"));
        }
        out.moves(format!("vmovdqa {cdgh}, {high}"));
        Chain {
            abef,
            cdgh,
            done: 0,
        }
    }

    fn finish(&self, lane: usize, chain: Chain, out: &mut Stream) {
        let Chain { abef, cdgh, .. } = chain;
        match self.end {
            End::Result => {
                let result = self.result(lane);
                if result != abef {
                    out.moves(format!("vmovdqa {result}, {abef}"));
                }
            }
            End::Sum { add, to } => {
                for (i, register) in [abef, cdgh].into_iter().enumerate() {
                    let term = half(add, 0, i);
                    out.arithmetic(format!("vpaddd {register}, {register}, {term}"));
                    out.moves(format!("vmovdqa {}, {register}", half(to, lane, i)));
                }
            }
        }
    }
}

/// Returns the registers of the variables of a nonce when its rounds begin: ABEF and CDGH.
fn registers(lane: usize) -> (Xmm, Xmm) {
    let slot = lane % SECOND;
    (Xmm::new(1 + 2 * slot), Xmm::new(2 + 2 * slot))
}

/// Returns the code of rounds of 8 nonces without a schedule beside them. `rdi` is the variables of the 8 nonces, which are
/// replaced, `rsi` is the row of the first pair of rounds, and `rcx` is half the number of pairs, at least 1.
pub fn loop_text() -> String {
    let mut text = String::new();
    let mut line = |line: String| text += &(line + "\n");
    for lanes in [[0, 1, 2, 3], [4, 5, 6, 7]] {
        let registers = |chain: usize| (Xmm::new(1 + 2 * chain), Xmm::new(2 + 2 * chain));
        let place =
            |lane: usize, half: usize| format!("xmmword ptr [rdi + {}]", 32 * lane + 16 * half);
        for (chain, lane) in lanes.into_iter().enumerate() {
            let (abef, cdgh) = registers(chain);
            for (half, register) in [abef, cdgh].into_iter().enumerate() {
                line(format!("vmovdqa {register}, {}", place(lane, half)));
            }
        }
        line("mov rax, rsi".to_owned());
        line("mov r10, rcx".to_owned());
        line("2:".to_owned());
        for pair in 0..2 {
            for (chain, lane) in lanes.into_iter().enumerate() {
                let (abef, cdgh) = registers(chain);
                let [abef, cdgh] = if pair == 0 {
                    [abef, cdgh]
                } else {
                    [cdgh, abef]
                };
                line(format!(
                    "vmovq xmm0, qword ptr [rax + {}]",
                    ROW * pair + 8 * slot(lane)
                ));
                line(format!("sha256rnds2 {cdgh}, {abef}"));
            }
        }
        line(format!("add rax, {}", 2 * ROW));
        line("dec r10".to_owned());
        line("jnz 2b".to_owned());
        for (chain, lane) in lanes.into_iter().enumerate() {
            let (abef, cdgh) = registers(chain);
            for (half, register) in [abef, cdgh].into_iter().enumerate() {
                line(format!("vmovdqa {}, {register}", place(lane, half)));
            }
        }
    }
    text
}
