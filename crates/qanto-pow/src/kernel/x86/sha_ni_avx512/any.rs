//! The search of templates of every shape, for every test. The words that change may be anywhere in any block.

use std::ptr::from_ref;

use super::memory::{Memory, Rows, Table, Test, Variables};
use super::{LANES, ShaNiAvx512, run, zero_upper_halves};
use crate::algorithm::sha256::{Block, K, State, compress};
use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::Place;
use crate::kernel::lanes::sha2::round_words;
use crate::kernel::lanes::sha256::Sha256;
use crate::kernel::nonce_blocks::NonceBlocks;
use crate::kernel::scanner::{Filter, test_of};
use crate::rule::WordTest;
use crate::template::Template;

/// No word of the schedule from W(16) on counts as known.
const KNOWN_WORDS: usize = 16;

/// SHA-256, or SHA-256d if `TWICE` is set.
pub(super) struct Any<const TWICE: bool> {
    _proof: ShaNiAvx512,
    /// The hash value before the blocks that depend on the nonce.
    before: State,
    changing: Changing<u32>,
    place: Place<2>,
    /// Whether the last word that changes is the first one of `place`, and not the second one.
    last_is_first: bool,
    /// Whether the nonce is a text.
    is_text: bool,
    test: WordTest,
    /// The place of the word that is tested in a digest.
    tested: usize,
}

impl<const TWICE: bool> Any<TWICE> {
    pub(super) fn new(
        template: &Template,
        proof: ShaNiAvx512,
        before: State,
        blocks: &NonceBlocks<u32>,
    ) -> Self {
        let test = test_of::<u32>(template);
        let place = Place::of(blocks);
        Self {
            _proof: proof,
            before,
            changing: blocks.changing.clone(),
            place,
            last_is_first: blocks.changing.last_index() == place.indices[0],
            is_text: template.nonce().encoding.is_text(),
            test,
            tested: Variables::place(test.index),
        }
    }

    /// Returns what the nonces from number `low` of the segment on add, by exclusive or, to the two words. `computed` is what they
    /// add to the last word that changes, if they are binary.
    #[inline(always)]
    fn changes<'a>(&'a self, low: u32, computed: &'a [u32; LANES]) -> [&'a [u32; LANES]; 2] {
        let (before, last) = match self.changing.digits(low) {
            Some(digits) => (digits.before.unwrap_or(&[0; LANES]), digits.last),
            None => (&[0; LANES], computed),
        };
        // If the last word that changes is the first of its block, its only neighbour follows it.
        if self.last_is_first {
            [last, before]
        } else {
            [before, last]
        }
    }

    /// Returns what the nonces from number `low` of the segment on add to their word, if they are binary.
    #[inline(always)]
    fn compute(&self, low: u32) -> [u32; LANES] {
        if self.is_text {
            return [0; LANES];
        }
        let [words] = self.changing.words(low);
        words
    }

    /// Compresses the blocks behind the one in which words change.
    ///
    /// # Safety
    ///
    /// The processor must have the extensions that the kernel needs.
    #[inline(always)]
    unsafe fn compress_rest(&self, precomputed: &Precomputed, digests: &mut [Variables; LANES]) {
        for rows in &precomputed.rest {
            let before = *digests;
            // SAFETY: the caller has made sure that the processor has the extensions.
            unsafe { rounds(digests, rows) };
            for (digest, before) in digests.iter_mut().zip(&before) {
                digest.add(before);
            }
        }
    }
}

pub(super) struct Precomputed {
    memory: Memory,
    /// The blocks behind the one in which words change.
    rest: Vec<Rows>,
}

impl<const TWICE: bool> Filter for Any<TWICE> {
    type Word = u32;
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::ShaNiAvx512;
    const LANES: usize = LANES;

    fn changing(&self) -> &Changing<u32> {
        &self.changing
    }

    fn precompute(&self, blocks: &[Block]) -> Precomputed {
        let (before, rest) = blocks.split_at(self.place.block);
        let mut state = self.before;
        before.iter().for_each(|block| compress(&mut state, block));
        let mut words = rest[0];
        for index in self.place.indices {
            words[index] = 0;
        }
        let mut memory = Memory::new(&words, KNOWN_WORDS, &self.test);
        memory.table.middle = Variables::new(&state);
        memory.table.test = Test::new(&self.test, 0);
        if TWICE {
            memory.prepare_second(false);
        }
        for (pair, index) in memory.table.changing.iter_mut().zip(self.place.indices) {
            *pair = [rest[0][index], K[index]];
        }
        // The code says what these are.
        memory.table.masks[..3].copy_from_slice(if self.place.indices[0].is_multiple_of(2) {
            &[0x55, 0xaa, 0]
        } else {
            &[0xaa, 0, 0x55]
        });
        Precomputed {
            memory,
            rest: rest[1..]
                .iter()
                .map(|block| Rows::constant(&round_words::<Sha256>(block)))
                .collect(),
        }
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    unsafe fn first_candidate(
        &self,
        precomputed: &Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        // SAFETY: the caller has made sure that the processor has AVX.
        unsafe { zero_upper_halves() };
        let mut memory = precomputed.memory.clone();
        let batches = count.div_ceil(LANES as u64);
        // A step prepares one batch, computes the schedule of the batch before it, and does the rounds of the one before that.
        // The second hash of SHA-256d is one step later.
        let delay = 2 + u64::from(TWICE);
        let low_of = |step: u64| low.wrapping_add((LANES as u64 * step.min(batches - 1)) as u32);
        // A vector of 256 bits is loaded from here, which would have to wait for the two stores, if they were not a step earlier.
        let mut computed = [self.compute(low_of(0)); 2];
        for step in 0..batches + delay {
            let [now, next] = [step, step + 1].map(|step| (step % 2) as usize);
            computed[next] = self.compute(low_of(step + 1));
            let changes = self.changes(low_of(step), &computed[now]);
            // SAFETY: the caller has made sure that the processor has the extensions.
            let found = unsafe {
                if TWICE {
                    first_phase_of_sha256d(&mut memory);
                    self.compress_rest(precomputed, &mut memory.table.digests);
                    second_phase_of_sha256d(&mut memory, self.place, now, changes);
                    candidates(&memory.table, &memory.table.hashes, self.tested)
                } else {
                    phase_of_sha256(&mut memory, self.place, now, changes);
                    self.compress_rest(precomputed, &mut memory.table.digests);
                    candidates(&memory.table, &memory.table.digests, self.tested)
                }
            };
            if found != 0 && step >= delay {
                let offset = LANES as u64 * (step - delay) + u64::from(found.trailing_zeros());
                return Some(offset).filter(|&offset| offset < count);
            }
        }
        None
    }
}

/// Does 64 rounds of 8 nonces, whose K + W are in the rows.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn rounds(variables: &mut [Variables; LANES], rows: &Rows) {
    // SAFETY: the caller has made sure of what the code needs.
    unsafe {
        run!(
            "rounds",
            in("rdi") &raw mut *variables,
            in("rsi") from_ref(rows),
            in("rcx") 64 / 4
        );
    }
}

/// Returns the candidates among 8 digests, as a bit for each. `place` is the place of the word that is tested.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(always)]
unsafe fn candidates(table: &Table, digests: &[Variables; LANES], place: usize) -> u32 {
    let word = from_ref(digests).cast::<u32>().wrapping_add(place);
    let found;
    // SAFETY: the caller has made sure that the processor has the extensions. The address is that of a word of the first
    // digest, and the others follow it.
    unsafe {
        run!(
            "test",
            in("rdi") from_ref(table),
            in("r8") word,
            out("eax") found
        );
    }
    found
}

/// Runs a phase that does the rounds of the nonces whose schedule is in the rows `$read`, computes a schedule into the rows
/// `$write`, and prepares the nonces with these changes in the part `$part` of the table.
macro_rules! run_and_prepare {
    ($code:literal, $table:expr, $read:expr, $write:expr, $place:expr, $part:expr, $changes:expr) => {{
        let parts = Parts::new(&mut $table, $place, $part);
        let [first_row, second_row] = $place.indices.map(|index| $write.row_of_round(index));
        run!(
            $code,
            in("rdi") &raw mut $table,
            in("rsi") from_ref($read),
            in("rdx") &raw mut *$write,
            in("r8") parts.before,
            in("r9") from_ref($changes[0]),
            in("r10") from_ref($changes[1]),
            in("r11") parts.prepared,
            in("r12") parts.base,
            in("r13") parts.terms,
            in("r14") first_row,
            in("r15") second_row
        );
    }};
}

/// Does the rounds of the nonces whose schedule is in one of the two rows. Into the other rows it computes the schedule of the
/// nonces whose words were prepared by the step before. Prepares the nonces with these changes in the part of the table with the
/// number `part`, which is the number of the rows that are read, too.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn phase_of_sha256(
    memory: &mut Memory,
    place: Place<2>,
    part: usize,
    changes: [&[u32; LANES]; 2],
) {
    let [first, second] = &mut memory.rows;
    let (read, write) = match part {
        0 => (first, second),
        _ => (second, first),
    };
    // SAFETY: the caller has made sure that the processor has the extensions. The addresses are those of a table, of 8 words
    // each, of two different rows, and in the written ones.
    unsafe {
        run_and_prepare!(
            "sha256_any",
            memory.table,
            read,
            write,
            place,
            part,
            changes
        );
    }
}

/// Addresses in the table that depend on where words change, and on the number of the step.
struct Parts {
    /// What was prepared by the step before.
    before: *const [[u32; LANES]; 34],
    /// What is prepared.
    prepared: *mut [[u32; LANES]; 34],
    /// The table, and what is prepared, moved by as many words, and as many vectors, as the index of the first word that changes
    /// says. What the code reads and writes there is in the table, because the index is less than 15.
    base: *const u32,
    terms: *mut [u32; LANES],
}

impl Parts {
    #[inline(always)]
    fn new(table: &mut Table, place: Place<2>, part: usize) -> Self {
        let index = place.indices[0];
        let prepared = &raw mut table.prepared[part];
        Self {
            before: &raw const table.prepared[1 - part],
            prepared,
            base: from_ref(table).cast::<u32>().wrapping_add(index),
            terms: prepared.cast::<[u32; LANES]>().wrapping_add(index),
        }
    }
}

/// Does the first hash, and computes the schedule of the second hash of the nonces before.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn first_phase_of_sha256d(memory: &mut Memory) {
    let [first, second] = &mut memory.rows;
    // SAFETY: as in `phase_of_sha256`.
    unsafe {
        run!(
            "sha256d_any_first",
            in("rdi") &raw mut memory.table,
            in("rsi") from_ref(first),
            in("rdx") &raw mut *second
        );
    }
}

/// Does the second hash of nonces, computes the schedule of the nonces whose words were prepared by the step before, and prepares
/// the nonces with these changes in this part of the table.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn second_phase_of_sha256d(
    memory: &mut Memory,
    place: Place<2>,
    part: usize,
    changes: [&[u32; LANES]; 2],
) {
    let [first, second] = &mut memory.rows;
    // SAFETY: as in `phase_of_sha256`.
    unsafe {
        run_and_prepare!(
            "sha256d_any_second",
            memory.table,
            second,
            first,
            place,
            part,
            changes
        );
    }
}
