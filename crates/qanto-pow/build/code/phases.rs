//! The phases of the searches. Each is a piece of code without jumps that does rounds of 8 nonces, and computes the schedule
//! of 8 other ones. `rdi` is the table, `rsi` the rows whose rounds are done, and `rdx` the rows that are written. They
//! must not be the same. `r11` is the words that change of the 8 other nonces.

use super::instruction::{Instruction, Stream, Ymm};
use super::merge::merge;
use super::rounds::{End, Rounds, Start};
use super::schedule::{Block, FIRST_WORD_ROW, NONCE_ROW, Schedule};
use super::table::{broadcast, vector};

pub struct Phase {
    pub name: &'static str,
    pub rounds: Rounds,
    pub schedule: Schedule,
    /// The number of the variable that is tested in the order of the registers: 0 for f, 1 for e. The bits of the nonces whose
    /// variable passes are then in eax, with that of lane 0 lowest.
    pub test: Option<usize>,
}

/// The rounds of the last block of a header begin with round 4. Round 3 takes the nonce, which is only added.
const HEADER_START: Start = Start::Added {
    field: "start",
    row: NONCE_ROW,
};

const fn schedule(block: Block, last: usize, odd_pairs: bool) -> Schedule {
    Schedule {
        block,
        last,
        odd_pairs,
    }
}

pub fn all() -> Vec<Phase> {
    vec![
        // The last word of the digest is h after 64 rounds, which is f after 62.
        Phase {
            name: "sha256_header",
            rounds: Rounds {
                start: HEADER_START,
                pairs: (4, 60),
                end: End::Result,
            },
            schedule: schedule(Block::Header, 61, false),
            test: Some(0),
        },
        Phase {
            name: "sha256d_header_first",
            rounds: Rounds {
                start: HEADER_START,
                pairs: (4, 62),
                end: End::Sum {
                    add: "middle",
                    to: "digests",
                },
            },
            schedule: schedule(Block::Digest, 60, true),
            test: None,
        },
        // The last word of the digest is e after 61 rounds. Round 0 only adds the first word of the first digest.
        Phase {
            name: "sha256d_header_second",
            rounds: Rounds {
                start: Start::Added {
                    field: "second_start",
                    row: FIRST_WORD_ROW,
                },
                pairs: (1, 59),
                end: End::Result,
            },
            schedule: schedule(Block::Header, 63, false),
            test: Some(1),
        },
        Phase {
            name: "sha256_any",
            rounds: Rounds {
                start: Start::Shared { field: "middle" },
                pairs: (0, 62),
                end: End::Sum {
                    add: "middle",
                    to: "digests",
                },
            },
            schedule: schedule(Block::Any, 63, false),
            test: None,
        },
        Phase {
            name: "sha256d_any_first",
            rounds: Rounds {
                start: Start::Shared { field: "middle" },
                pairs: (0, 62),
                end: End::Sum {
                    add: "middle",
                    to: "digests",
                },
            },
            schedule: schedule(Block::Digest, 63, false),
            test: None,
        },
        Phase {
            name: "sha256d_any_second",
            rounds: Rounds {
                start: Start::Shared {
                    field: "second_start",
                },
                pairs: (0, 62),
                end: End::Sum {
                    add: "second_start",
                    to: "hashes",
                },
            },
            schedule: schedule(Block::Any, 63, false),
            test: None,
        },
    ]
}

impl Phase {
    pub fn instructions(&self) -> Vec<Instruction> {
        let mut instructions = merge(self.rounds.stream(), self.schedule.stream());
        instructions.extend(
            self.test
                .map_or_else(Vec::new, |word| test_of_results(&self.rounds, word).0),
        );
        instructions
    }

    pub fn text(&self) -> String {
        lines(self.instructions())
    }
}

fn lines(instructions: Vec<Instruction>) -> String {
    let lines = instructions
        .into_iter()
        .map(|instruction| instruction.text + "\n");
    lines.collect()
}

/// The register of the words that are tested.
fn tested() -> Ymm {
    Ymm::new(16)
}

/// Tests word 0, or 1, of the registers of all nonces. If they went through memory, a vector of 256 bits would have to wait
/// until eight stores are complete, which took 20 cycles of 300.
fn test_of_results(rounds: &Rounds, word: usize) -> Stream {
    let mut out = Stream::default();
    let words = tested();
    let halves = [words, Ymm::new(17)].map(Ymm::xmm);
    let unpack = ["vpunpcklqdq", "vpunpckhqdq"][word];
    for (half, first) in halves.iter().zip([0, 4]) {
        let [a, b, c, d] = std::array::from_fn(|i| rounds.result(first + i));
        out.shift(format!("vpunpckldq {a}, {a}, {b}"));
        out.shift(format!("vpunpckldq {c}, {c}, {d}"));
        out.shift(format!("{unpack} {half}, {a}, {c}"));
    }
    let [_, high] = halves;
    out.shift(format!("vinserti32x4 {words}, {words}, {high}, 1"));
    test(&mut out);
    out
}

/// The test of a word of the digest, see `WordTest`. The bits of the nonces whose word passes are then in eax, with that of lane
/// 0 lowest.
fn test(out: &mut Stream) {
    let words = tested();
    let [add, shift, minus_lo, span] = [0, 1, 2, 3].map(|index| broadcast("test", index));
    out.arithmetic(format!("vpaddd {words}, {words}, {add}"));
    out.shift(format!("vpshufb {words}, {words}, {}", vector("swap", 0)));
    out.shift(format!("vpsllvd {words}, {words}, {shift}"));
    out.arithmetic(format!("vpaddd {words}, {words}, {minus_lo}"));
    out.arithmetic(format!("vpcmpleud k1, {words}, {span}"));
    out.moves("kmovw eax, k1".to_owned());
}

/// Returns the code that tests a word of the digests of 8 nonces. `r8` is the address of the word of the first of them, and the
/// others follow at distances of 32 bytes.
pub fn test_text() -> String {
    let mut out = Stream::default();
    let quarters = [16, 18].map(|first| [first, first + 1].map(Ymm::new));
    for (half, [x, y]) in quarters.into_iter().enumerate() {
        let z = Ymm::new(20);
        for (i, pair) in [x, y].into_iter().enumerate() {
            let distance = 32 * (4 * half + 2 * i);
            let [pair, z] = [pair.xmm(), z.xmm()];
            out.moves(format!("vmovd {pair}, dword ptr [r8 + {distance}]"));
            out.moves(format!("vmovd {z}, dword ptr [r8 + {}]", distance + 32));
            out.shift(format!("vpunpckldq {pair}, {pair}, {z}"));
        }
        let [x, y] = [x.xmm(), y.xmm()];
        out.shift(format!("vpunpcklqdq {x}, {x}, {y}"));
    }
    let [[low, _], [high, _]] = quarters;
    out.shift(format!(
        "vinserti32x4 {}, {low}, {}, 1",
        tested(),
        high.xmm()
    ));
    test(&mut out);
    lines(out.0)
}
