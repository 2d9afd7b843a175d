//! The words that change in a block of any shape: what a phase does with those of 8 nonces before it computes the schedule.
//!
//! The order of stores and loads decides about the time. The terms that a phase adds are prepared by the phase before it, and the
//! rows are read by the phase after it. When a phase had stored terms, and had loaded some of them a few instructions later, a
//! batch took up to a third longer. In front of the phase, where nothing runs beside it, the same code took 45 cycles of 350.

use super::instruction::{Stream, Ymm};
use super::schedule::Temporaries;
use super::table::{address, broadcast, offset};

/// The registers of the two words that may change: W(n) and W(n + 1).
fn words() -> [Ymm; 2] {
    [16, 17].map(Ymm::new)
}

/// Returns the operand with one of these words of 8 nonces, in the part of the field `prepared` at the register.
fn stored(part: &str, number: usize) -> String {
    format!("ymmword ptr [{part} + {}]", 32 * (32 + number))
}

/// Returns the operand with the sum of the terms of W(t) that consist of W(0) to W(15), for t from 16 to 31.
pub fn prepared(t: usize) -> String {
    format!("ymmword ptr [r8 + {}]", 32 * t)
}

/// Computes the words of the nonces behind those whose schedule is computed, and all terms of W(16) to W(31) that consist of W(0)
/// to W(15). `r9` and `r10` are what the nonces add, by exclusive or, to the words. `r11` is where the words are stored, `r12` is
/// rdi + 4 n, and `r13` is r11 + 32 n.
///
/// Word number n is W(t - 16), W(t - 15), W(t - 7) and W(t - 2) for some t. If this t is less than 16, what is written there is
/// not read.
pub fn prepare(out: &mut Stream, temporaries: &mut Temporaries) {
    for (i, (word, changes)) in words().into_iter().zip(["r9", "r10"]).enumerate() {
        let fixed = broadcast("changing", 2 * i);
        out.moves(format!("vmovdqu32 {word}, ymmword ptr [{changes}]"));
        out.arithmetic(format!("vpxord {word}, {word}, {fixed}"));
        out.moves(format!("vmovdqa32 {}, {word}", stored("r11", i)));
    }
    let insert = |out: &mut Stream, distance: usize, term: Ymm| {
        let base = offset("base") + 4 * distance;
        let place = 32 * distance;
        out.arithmetic(format!(
            "vpaddd {term}, {term}, dword ptr [r12 + {base}]{{1to8}}"
        ));
        out.moves(format!("vmovdqa32 ymmword ptr [r13 + {place}], {term}"));
    };
    for (i, word) in words().into_iter().enumerate() {
        let term = temporaries.sigma1(out, word);
        insert(out, i + 2, term);
    }
    let [first, second] = words();
    let term = temporaries.sigma0(out, first);
    insert(out, 15, term);
    let both = temporaries.sigma0(out, second);
    out.arithmetic(format!("vpaddd {both}, {both}, {first}"));
    insert(out, 16, both);
    for (word, distances) in [(first, &[7][..]), (second, &[8, 17])] {
        for &distance in distances {
            let term = temporaries.next();
            out.moves(format!("vmovdqa32 {term}, {word}"));
            insert(out, distance, term);
        }
    }
}

/// Puts K + W of the words at `r8` into the rows of their rounds, and keeps the other words of these rows. `r14` is the row of the
/// first word's round, and `r15` that of the second word's, which is the same or the next one. The field `masks` has the places of
/// both words in the first of these rows, and of the second word in the second row: 0x55 for the first word of each pair, and
/// 0xaa for the second one. If both words are in the same row, the last mask is not used, and if they are not, the second one is
/// zero.
///
/// Both rows are read before one is written. A row that was read again after it had been written took 40 cycles.
pub fn rows(out: &mut Stream) {
    for (i, mask) in ["k1", "k2", "k3"].into_iter().enumerate() {
        out.moves(format!(
            "kmovw {mask}, word ptr {}",
            address("masks", 4 * i)
        ));
    }
    let kws = words();
    for (i, kw) in kws.into_iter().enumerate() {
        let k = broadcast("changing", 2 * i + 1);
        out.moves(format!("vmovdqa32 {kw}, {}", stored("r8", i)));
        out.arithmetic(format!("vpaddd {kw}, {kw}, {k}"));
    }
    let rows = [("r14", [20, 21]), ("r15", [22, 23])].map(|(row, registers)| {
        let halves = [0, 32].map(|distance| format!("ymmword ptr [{row} + {distance}]"));
        (halves, registers.map(Ymm::new))
    });
    for (halves, registers) in &rows {
        for (half, register) in halves.iter().zip(registers) {
            out.moves(format!("vmovdqa32 {register}, {half}"));
        }
    }
    // Both words of each pair are the same, and the mask selects one of them.
    let [first, second] = kws;
    for (row, mask, kw) in [(0, "k1", first), (0, "k2", second), (1, "k3", second)] {
        for (unpack, register) in ["vpunpckldq", "vpunpckhdq"].into_iter().zip(rows[row].1) {
            out.shift(format!("{unpack} {register}{{{mask}}}, {kw}, {kw}"));
        }
    }
    // If they are the same, the first one has both words.
    for (halves, registers) in rows.iter().rev() {
        for (half, register) in halves.iter().zip(registers) {
            out.moves(format!("vmovdqa32 {half}, {register}"));
        }
    }
}
