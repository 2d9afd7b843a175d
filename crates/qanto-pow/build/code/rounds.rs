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

/// Returns the operand with the pair of a row that belongs to a lane.
fn pair(row: usize, lane: usize) -> String {
    format!("qword ptr [rsi + {}]", ROW * row + 8 * slot(lane))
}

impl Rounds {
    pub fn stream(&self) -> Stream {
        let mut out = Stream::default();
        for lanes in [0, 1, 2, 3, 4, 5, 6, 7].chunks(CHAINS) {
            self.chains(lanes, &mut out);
        }
        out
    }

    fn chains(&self, lanes: &[usize], out: &mut Stream) {
        let message = Xmm::new(0);
        // The registers of the variables of each chain: ABEF and CDGH.
        let mut chains: Vec<_> = (0..lanes.len())
            .map(|chain| (Xmm::new(1 + 2 * chain), Xmm::new(2 + 2 * chain)))
            .collect();
        for (&(abef, cdgh), &lane) in chains.iter().zip(lanes) {
            self.begin(abef, cdgh, lane, out);
        }
        let (first, last) = self.pairs;
        for round in (first..=last).step_by(2) {
            for (chain, &lane) in chains.iter_mut().zip(lanes) {
                let (abef, cdgh) = *chain;
                out.moves(format!("vmovq {message}, {}", pair(round / 2, lane)));
                out.rounds(format!("sha256rnds2 {cdgh}, {abef}"));
                // c, d, g and h after two rounds are a, b, e and f before.
                *chain = (cdgh, abef);
            }
        }
        for (&(abef, cdgh), &lane) in chains.iter().zip(lanes) {
            self.finish(abef, cdgh, lane, out);
        }
    }

    fn begin(&self, abef: Xmm, cdgh: Xmm, lane: usize, out: &mut Stream) {
        match self.start {
            Start::Added { field, row } => {
                out.moves(format!("vmovddup {abef}, {}", pair(row, lane)));
                out.arithmetic(format!("vpaddd {abef}, {abef}, {}", half(field, 0, 0)));
                out.moves(format!("vmovdqa {cdgh}, {}", half(field, 0, 1)));
            }
            Start::Shared { field } => {
                out.moves(format!("vmovdqa {abef}, {}", half(field, 0, 0)));
                out.moves(format!("vmovdqa {cdgh}, {}", half(field, 0, 1)));
            }
            Start::States => {
                out.moves(format!("vmovdqa {abef}, {}", half("states", lane, 0)));
                out.moves(format!("vmovdqa {cdgh}, {}", half("states", lane, 1)));
            }
        }
    }

    fn finish(&self, abef: Xmm, cdgh: Xmm, lane: usize, out: &mut Stream) {
        match self.end {
            End::Result => {
                let place = address("results", 8 * slot(lane));
                out.moves(format!("vmovq qword ptr {place}, {abef}"));
            }
            End::Sum { add, to } => {
                for (i, register) in [abef, cdgh].into_iter().enumerate() {
                    out.arithmetic(format!(
                        "vpaddd {register}, {register}, {}",
                        half(add, 0, i)
                    ));
                    out.moves(format!("vmovdqa {}, {register}", half(to, lane, i)));
                }
            }
        }
    }
}

/// Returns the code of rounds of 8 nonces without a schedule beside them. `rdi` is the variables of the 8 nonces, which are
/// replaced, `rsi` is the row of the first pair of rounds, and `rcx` is half the number of pairs, at least 1.
pub fn loop_text() -> String {
    let mut text = String::new();
    let mut line = |line: String| text += &(line + "\n");
    for lanes in [0, 1, 2, 3, 4, 5, 6, 7].chunks(CHAINS) {
        let registers = |chain: usize| (Xmm::new(1 + 2 * chain), Xmm::new(2 + 2 * chain));
        let place =
            |lane: usize, half: usize| format!("xmmword ptr [rdi + {}]", 32 * lane + 16 * half);
        for (chain, &lane) in lanes.iter().enumerate() {
            let (abef, cdgh) = registers(chain);
            line(format!("vmovdqa {abef}, {}", place(lane, 0)));
            line(format!("vmovdqa {cdgh}, {}", place(lane, 1)));
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
            line(format!("vmovdqa {}, {abef}", place(lane, 0)));
            line(format!("vmovdqa {}, {cdgh}", place(lane, 1)));
        }
    }
    text
}
