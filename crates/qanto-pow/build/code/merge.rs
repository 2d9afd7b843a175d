//! Merging the two streams of a phase.

use super::instruction::{Instruction, Stream};

/// The text of `vmovq`, which loads what the `sha256rnds2` behind it uses. Nothing else may come between them that would
/// need xmm0.
const LOADS_ROUND_WORDS: &str = "vmovq xmm0";

/// How many `sha256rnds2`, with their loads, follow one another. Two took 1 to 2 % less time than one, three, or four.
const ROUNDS_TOGETHER: usize = 2;

/// Distributes both streams evenly. Each keeps its order, so the result computes what the streams compute one after the
/// other, if neither writes what the other reads.
pub fn merge(rounds: Stream, schedule: Stream) -> Vec<Instruction> {
    let rounds = with_loads(rounds);
    let rounds: Vec<_> = rounds
        .chunks(ROUNDS_TOGETHER)
        .map(<[Vec<Instruction>]>::concat)
        .collect();
    let schedule: Vec<_> = schedule
        .0
        .into_iter()
        .map(|instruction| vec![instruction])
        .collect();
    let place = |index: usize, len: usize| (2 * index + 1) as f64 / (2 * len) as f64;
    let numbered = |groups: Vec<Vec<Instruction>>| {
        let len = groups.len();
        groups
            .into_iter()
            .enumerate()
            .map(move |(index, group)| (place(index, len), group))
    };
    let mut groups: Vec<_> = numbered(rounds).chain(numbered(schedule)).collect();
    // The sort is stable.
    groups.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    groups.into_iter().flat_map(|(_, group)| group).collect()
}

/// Groups each load of round words with the instruction behind it.
fn with_loads(rounds: Stream) -> Vec<Vec<Instruction>> {
    let mut groups: Vec<Vec<Instruction>> = Vec::new();
    for instruction in rounds.0 {
        match groups.last_mut() {
            Some(group) if group.len() == 1 && group[0].text.starts_with(LOADS_ROUND_WORDS) => {
                group.push(instruction);
            }
            _ => groups.push(vec![instruction]),
        }
    }
    groups
}
