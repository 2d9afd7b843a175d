//! Tests of the code that the build script generates for the kernel `sha-ni-avx512`. They run on every machine. That the code
//! computes SHA-256 is tested with the kernels.

#[allow(dead_code, reason = "the build script uses more of it")]
#[path = "../build/code/mod.rs"]
mod code;

use code::instruction::{Instruction, Unit};
use code::merge::merge;
use code::phases::{Phase, all};
use code::table;

/// Returns the numbers of the registers of a kind that an instruction names: `xmm`, `ymm` or `zmm`.
fn registers(instruction: &Instruction, kind: &str) -> Vec<usize> {
    let parts = instruction.text.split(kind).skip(1);
    let digits = |part: &str| {
        part.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
    };
    parts.filter_map(|part| digits(part).parse().ok()).collect()
}

fn mnemonic(instruction: &Instruction) -> &str {
    instruction.text.split(' ').next().expect("a mnemonic")
}

fn count(instructions: &[Instruction], unit: Unit) -> usize {
    let of_unit = instructions
        .iter()
        .filter(|instruction| instruction.unit == unit);
    of_unit.count()
}

fn named(name: &str) -> Phase {
    let phase = all().into_iter().find(|phase| phase.name == name);
    phase.expect("a phase of this name")
}

#[test]
fn no_instruction_writes_more_than_128_bits_to_a_register_that_rounds_use() {
    for phase in all() {
        for instruction in phase.instructions() {
            let wide = registers(&instruction, "ymm");
            assert!(
                wide.iter().all(|&number| number >= 16),
                "{}: {}",
                phase.name,
                instruction.text
            );
            assert!(
                registers(&instruction, "zmm").is_empty(),
                "{}",
                instruction.text
            );
        }
    }
}

#[test]
fn only_the_rounds_have_no_vex_prefix() {
    for phase in all() {
        for instruction in phase.instructions() {
            let is_vector =
                registers(&instruction, "mm").len() + registers(&instruction, "xmm").len() > 0;
            let is_vex = mnemonic(&instruction).starts_with('v');
            let is_rounds = mnemonic(&instruction) == "sha256rnds2";
            assert!(!is_vector || is_vex != is_rounds, "{}", instruction.text);
            assert_eq!(
                is_rounds,
                instruction.unit == Unit::Rounds,
                "{}",
                instruction.text
            );
        }
    }
}

#[test]
fn merging_keeps_the_order_of_both_streams_and_each_load_beside_its_rounds() {
    for phase in all() {
        let (rounds, schedule) = (phase.rounds.stream(), phase.schedule.stream());
        let merged = merge(phase.rounds.stream(), phase.schedule.stream());
        for (before, after) in merged.iter().zip(&merged[1..]) {
            let is_load = before.text.starts_with("vmovq xmm0, ");
            assert_eq!(is_load, after.unit == Unit::Rounds, "{}", after.text);
        }
        // The streams use different registers, so they have no instruction in common.
        let [mut rounds, mut schedule] =
            [rounds, schedule].map(|stream| stream.0.into_iter().peekable());
        for instruction in &merged {
            let is_next = |next: &Instruction| next.text == instruction.text;
            let next = rounds
                .next_if(is_next)
                .or_else(|| schedule.next_if(is_next));
            assert!(next.is_some(), "{}: {}", phase.name, instruction.text);
        }
        assert!(
            rounds.next().is_none() && schedule.next().is_none(),
            "{}",
            phase.name
        );
    }
}

#[test]
fn the_digests_are_read_before_those_of_the_next_nonces_replace_them() {
    for name in ["sha256d_header_first", "sha256d_any_first"] {
        let instructions = named(name).instructions();
        for byte in (0..256).step_by(16) {
            let place = table::address("digests", byte);
            let uses: Vec<_> = instructions
                .iter()
                .filter(|one| one.text.contains(&place))
                .collect();
            let is_write = |one: &Instruction| one.text.starts_with("vmovdqa xmmword ptr");
            assert_eq!(
                [is_write(uses[0]), is_write(uses[1])],
                [false, true],
                "{name} {place}"
            );
            assert_eq!(uses.len(), 2);
        }
    }
}

#[test]
fn a_header_takes_29_pairs_of_rounds_with_sha256_and_60_with_sha256d() {
    let rounds = |name| count(&named(name).instructions(), Unit::Rounds) / 8;
    assert_eq!(rounds("sha256_header"), 29);
    assert_eq!(
        rounds("sha256d_header_first") + rounds("sha256d_header_second"),
        60
    );
}

/// The rounds occupy one of the four ports all the time, if the other instructions fit beside them.
#[test]
fn the_instructions_of_a_header_fit_beside_its_rounds() {
    for phase in all().iter().filter(|phase| phase.name.contains("header")) {
        let instructions = phase.instructions();
        let [rounds, shift, arithmetic] =
            [Unit::Rounds, Unit::Shift, Unit::Arithmetic].map(|unit| count(&instructions, unit));
        assert!(
            shift <= 2 * rounds,
            "{}: {shift} beside {rounds}",
            phase.name
        );
        assert!(
            shift + arithmetic <= 3 * rounds,
            "{}: {} beside {rounds}",
            phase.name,
            shift + arithmetic
        );
    }
}
