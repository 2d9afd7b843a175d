//! The search of templates of every shape, for every test. The words that change may be anywhere in any block.

use std::ptr::from_ref;

use super::memory::{Memory, Rows, Table, Test, Variables, after_rounds};
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
    /// Which of the two words of `place` changes, if only one of them does.
    only: Option<usize>,
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
        let only = (blocks.changing.count() == 1).then(|| {
            let [last] = blocks.changing.indices();
            usize::from(last == place.indices[1])
        });
        Self {
            _proof: proof,
            before,
            changing: blocks.changing.clone(),
            place,
            only,
            test,
            tested: Variables::place(test.index),
        }
    }

    /// Puts the nonces of a batch, counted from number `low` of the segment, into the words of the table with the number
    /// `place`, and into the rows with this number. This happens a phase before they are read, as with headers. A word that
    /// does not change is there already.
    ///
    /// This is not inlined, because the compiler would copy it for the first batch.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    #[inline(never)]
    fn insert(&self, precomputed: &Precomputed, memory: &mut Memory, place: usize, low: u32) {
        let fixed = precomputed.fixed;
        if let Some(only) = self.only {
            let [changes] = self.changing.words::<1, LANES>(low);
            let words = changes.map(|change| fixed[only] ^ change);
            self.insert_word(memory, place, only, words);
        } else {
            let [first, second] = self.changing.words::<2, LANES>(low);
            self.insert_word(memory, place, 0, first.map(|change| fixed[0] ^ change));
            self.insert_word(memory, place, 1, second.map(|change| fixed[1] ^ change));
        }
    }

    /// Puts one of the two words of 8 nonces where [`insert`](Self::insert) says.
    #[inline(always)]
    fn insert_word(&self, memory: &mut Memory, place: usize, number: usize, words: [u32; LANES]) {
        memory.table.words[place][number] = words;
        let index = self.place.indices[number];
        memory.rows[place].set(index, words.map(|word| K[index].wrapping_add(word)));
    }

    /// Does the rounds before round 16, from the group of four on in which the first word is that changes.
    ///
    /// # Safety
    ///
    /// The processor must have the extensions that the kernel needs.
    #[inline(always)]
    unsafe fn begin(&self, precomputed: &Precomputed, memory: &mut Memory, rows: usize) {
        let first = first_round(self.place);
        let row = memory.rows[rows].row_of_round(first);
        // SAFETY: the caller has made sure that the processor has the extensions. There are 16 - `first` rounds in the rows.
        unsafe {
            first_rounds(
                &precomputed.start,
                &mut memory.table.states,
                row,
                (16 - first) / 4,
            );
        }
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
            // SAFETY: the caller has made sure that the processor has the extensions. There are 64 rounds in the rows.
            unsafe { rounds(digests, rows.row_of_round(0), 64 / 4) };
            for (digest, before) in digests.iter_mut().zip(&before) {
                digest.add(before);
            }
        }
    }
}

/// Returns the first round of the group of four that takes the first word that changes.
fn first_round(place: Place<2>) -> usize {
    place.indices[0] & !3
}

pub(super) struct Precomputed {
    memory: Memory,
    /// The words that change with the first nonce of the segment.
    fixed: [u32; 2],
    /// The variables before the rounds that depend on the nonce.
    start: Variables,
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
        let fixed = self.place.indices.map(|index| rest[0][index]);
        // With SHA-256d, the second rows are those of the second hash.
        for place in 0..if TWICE { 1 } else { 2 } {
            for (number, word) in fixed.into_iter().enumerate() {
                self.insert_word(&mut memory, place, number, [word; LANES]);
            }
        }
        Precomputed {
            memory,
            fixed,
            start: Variables::new(&after_rounds(&state, &words, first_round(self.place))),
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
        // A step computes the schedule of one batch, and does the rounds of the batch before it. The second hash of SHA-256d
        // is one step later.
        let delay = 1 + u64::from(TWICE);
        let low_of = |step: u64| low.wrapping_add((LANES as u64 * step.min(batches - 1)) as u32);
        self.insert(precomputed, &mut memory, 0, low_of(0));
        for step in 0..batches + delay {
            // SAFETY: the caller has made sure that the processor has the extensions.
            let found = unsafe {
                if TWICE {
                    self.begin(precomputed, &mut memory, 0);
                    self.insert(precomputed, &mut memory, 0, low_of(step));
                    first_phase_of_sha256d(&mut memory);
                    self.compress_rest(precomputed, &mut memory.table.digests);
                    second_phase_of_sha256d(&mut memory, self.place);
                    candidates(&memory.table, &memory.table.hashes, self.tested)
                } else {
                    let written = (step % 2) as usize;
                    self.begin(precomputed, &mut memory, 1 - written);
                    self.insert(precomputed, &mut memory, 1 - written, low_of(step + 1));
                    phase_of_sha256(&mut memory, written, self.place);
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

/// Does `4 groups` rounds of 8 nonces, whose K + W are in the rows from this address on.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs. The rows must hold that number of rounds, which must be
/// at least 4.
#[inline(never)]
unsafe fn rounds(variables: &mut [Variables; LANES], row: *const [[u32; 2]; LANES], groups: usize) {
    // SAFETY: the caller has made sure of what the code needs.
    unsafe {
        run!(
            "rounds",
            in("rdi") &raw mut *variables,
            in("rsi") row,
            in("rcx") groups
        );
    }
}

/// Does `4 groups` rounds of 8 nonces that begin with the same variables.
///
/// # Safety
///
/// As for [`rounds`].
#[inline(never)]
unsafe fn first_rounds(
    start: &Variables,
    variables: &mut [Variables; LANES],
    row: *const [[u32; 2]; LANES],
    groups: usize,
) {
    // SAFETY: the caller has made sure of what the code needs.
    unsafe {
        run!(
            "first_rounds",
            in("rdi") &raw mut *variables,
            in("rsi") row,
            in("rcx") groups,
            in("r8") from_ref(start)
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

/// Returns the addresses that the code for any block uses: those of the table, moved by as many words, and as many vectors, as
/// the index of the first word that changes says.
#[inline(always)]
fn moved(memory: &mut Memory, place: Place<2>) -> (*mut u8, *mut u8) {
    let table = (&raw mut memory.table).cast::<u8>();
    let index = place.indices[0];
    (
        table.wrapping_add(4 * index),
        table.wrapping_add(4 * LANES * index),
    )
}

/// Does the rounds from 16 on of the nonces whose schedule is in one of the two rows, and computes the schedule of the other
/// words in the table, those with the number `written`, into the rows with this number.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn phase_of_sha256(memory: &mut Memory, written: usize, place: Place<2>) {
    let (words, vectors) = moved(memory, place);
    let [first, second] = &mut memory.rows;
    let (read, write) = match written {
        0 => (from_ref(second), &raw mut *first),
        _ => (from_ref(first), &raw mut *second),
    };
    // SAFETY: the caller has made sure that the processor has the extensions. The addresses are those of a table and of two
    // different rows. What the code reads and writes at the moved addresses is in the table, because the index is less
    // than 15.
    unsafe {
        run!(
            "sha256_any",
            in("rdi") &raw mut memory.table,
            in("rsi") read,
            in("rdx") write,
            in("r8") words,
            in("r9") vectors,
            in("r11") &raw const memory.table.words[written]
        );
    }
}

/// Does the first hash from round 16 on, and computes the schedule of the second hash of the nonces before.
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

/// Does the second hash of nonces, and computes the schedule of the words in the table.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn second_phase_of_sha256d(memory: &mut Memory, place: Place<2>) {
    let (words, vectors) = moved(memory, place);
    let [first, second] = &mut memory.rows;
    // SAFETY: as in `phase_of_sha256`.
    unsafe {
        run!(
            "sha256d_any_second",
            in("rdi") &raw mut memory.table,
            in("rsi") from_ref(second),
            in("rdx") &raw mut *first,
            in("r8") words,
            in("r9") vectors,
            in("r11") &raw const memory.table.words[0]
        );
    }
}
