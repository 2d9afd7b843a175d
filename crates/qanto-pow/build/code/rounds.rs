//! The stream of the rounds: `sha256rnds2` does two rounds, and nothing else is computed with the SHA extensions.

use super::instruction::{Stream, Xmm};
use super::table::{ROW, address, half, slot};

/// How many nonces take turns. Each waits for its own result, which takes four cycles on Zen 4.
const CHAINS: usize = 4;

/// Where the variables come from.
#[derive(Clone, Copy)]
pub enum Start {
    /// The field, with the second word of a row's pair added to a and e: what a round does with a word of the message that
    /// had been left out.
    Added { field: &'static str, row: usize },
    /// The field, for all nonces.
    Shared { field: &'static str },
    /// The field `states`.
    States,
}

/// What becomes of the variables.
#[derive(Clone, Copy)]
pub enum End {
    /// The variables f and e go to the field `results`.
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

/// The stream as it is written.
struct Writer<'a> {
    rounds: &'a Rounds,
    out: Stream,
    /// How far rsi is behind its first value.
    position: isize,
}

impl Rounds {
    pub fn stream(&self) -> Stream {
        let mut writer = Writer {
            rounds: self,
            out: Stream::default(),
            position: 0,
        };
        for lanes in [0, 1, 2, 3, 4, 5, 6, 7].chunks(CHAINS) {
            writer.chains(lanes);
        }
        writer.out
    }
}

impl Writer<'_> {
    fn chains(&mut self, lanes: &[usize]) {
        let message = Xmm::new(0);
        // The registers of the variables of each chain: ABEF and CDGH.
        let mut chains: Vec<_> = (0..lanes.len())
            .map(|chain| (Xmm::new(1 + 2 * chain), Xmm::new(2 + 2 * chain)))
            .collect();
        for (&(abef, cdgh), &lane) in chains.iter().zip(lanes) {
            self.begin(abef, cdgh, lane);
        }
        let (first, last) = self.rounds.pairs;
        for round in (first..=last).step_by(2) {
            self.move_to(round / 2);
            for (chain, &lane) in chains.iter_mut().zip(lanes) {
                let (abef, cdgh) = *chain;
                let pair = self.pair(round / 2, lane);
                self.out.moves(format!("vmovq {message}, {pair}"));
                self.out.rounds(format!("sha256rnds2 {cdgh}, {abef}"));
                // c, d, g and h after two rounds are a, b, e and f before.
                *chain = (cdgh, abef);
            }
        }
        for (&(abef, cdgh), &lane) in chains.iter().zip(lanes) {
            self.finish(abef, cdgh, lane);
        }
    }

    /// Moves rsi, if it has to be moved, to where a short distance reaches the row.
    fn move_to(&mut self, row: usize) {
        let position = (row / WINDOW * WINDOW * ROW + 128) as isize;
        let distance = position - self.position;
        if distance != 0 {
            self.out.moves(format!("add rsi, {distance}"));
            self.position = position;
        }
    }

    /// Returns the operand with the pair of a row that belongs to a lane.
    fn pair(&self, row: usize, lane: usize) -> String {
        let distance = (ROW * row + 8 * slot(lane)) as isize - self.position;
        format!("qword ptr [rsi + {distance}]")
    }

    fn begin(&mut self, abef: Xmm, cdgh: Xmm, lane: usize) {
        let (field, number) = match self.rounds.start {
            Start::Added { field, .. } | Start::Shared { field } => (field, 0),
            Start::States => ("states", lane),
        };
        let [low, high] = [0, 1].map(|i| half(field, number, i));
        if let Start::Added { row, .. } = self.rounds.start {
            let pair = self.pair(row, lane);
            self.out.moves(format!("vmovddup {abef}, {pair}"));
            self.out.arithmetic(format!("vpaddd {abef}, {abef}, {low}"));
        } else {
            self.out.moves(format!("vmovdqa {abef}, {low}"));
        }
        self.out.moves(format!("vmovdqa {cdgh}, {high}"));
    }

    fn finish(&mut self, abef: Xmm, cdgh: Xmm, lane: usize) {
        match self.rounds.end {
            End::Result => {
                let place = address("results", 8 * slot(lane));
                self.out.moves(format!("vmovq qword ptr {place}, {abef}"));
            }
            End::Sum { add, to } => {
                for (i, register) in [abef, cdgh].into_iter().enumerate() {
                    let term = half(add, 0, i);
                    self.out
                        .arithmetic(format!("vpaddd {register}, {register}, {term}"));
                    self.out
                        .moves(format!("vmovdqa {}, {register}", half(to, lane, i)));
                }
            }
        }
    }
}

/// Returns the code of rounds of 8 nonces without a schedule beside them. `rdi` is the variables of the 8 nonces, which are
/// replaced, `rsi` is the row of the first pair of rounds, and `rcx` is half the number of pairs, at least 1. If `shared` is
/// set, all begin with the variables at `r8`, and `rdi` is only where the result goes.
pub fn loop_text(shared: bool) -> String {
    let mut text = String::new();
    let mut line = |line: String| text += &(line + "\n");
    for lanes in [0, 1, 2, 3, 4, 5, 6, 7].chunks(CHAINS) {
        let registers = |chain: usize| (Xmm::new(1 + 2 * chain), Xmm::new(2 + 2 * chain));
        let place =
            |lane: usize, half: usize| format!("xmmword ptr [rdi + {}]", 32 * lane + 16 * half);
        for (chain, &lane) in lanes.iter().enumerate() {
            let (abef, cdgh) = registers(chain);
            for (half, register) in [abef, cdgh].into_iter().enumerate() {
                let from = if shared {
                    format!("xmmword ptr [r8 + {}]", 16 * half)
                } else {
                    place(lane, half)
                };
                line(format!("vmovdqa {register}, {from}"));
            }
        }
        line("mov rax, rsi".to_owned());
        line("mov r10, rcx".to_owned());
        line("2:".to_owned());
        for pair in 0..2 {
            for (chain, &lane) in lanes.iter().enumerate() {
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
        for (chain, &lane) in lanes.iter().enumerate() {
            let (abef, cdgh) = registers(chain);
            for (half, register) in [abef, cdgh].into_iter().enumerate() {
                line(format!("vmovdqa {}, {register}", place(lane, half)));
            }
        }
    }
    text
}
