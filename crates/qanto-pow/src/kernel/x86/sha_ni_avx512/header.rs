//! The search of block headers: 80 bytes, with the nonce in the last four, where the last word of the digest is tested.

use std::ptr::from_ref;

use super::memory::{Memory, Test, Variables, after_rounds};
use super::{LANES, ShaNiAvx512, run, zero_upper_halves};
use crate::algorithm::sha256::{Block, INITIAL, State, compress};
use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::Place;
use crate::kernel::lanes::hashes::LAST;
use crate::kernel::nonce_blocks::NonceBlocks;
use crate::kernel::scanner::{Filter, test_of};
use crate::rule::WordTest;
use crate::template::Template;

/// The index of the nonce in its block.
pub(super) const NONCE: usize = 3;

/// W(16) and W(17) do not depend on it.
const KNOWN_WORDS: usize = 18;

/// SHA-256, or SHA-256d of all variants if `TWICE` is set.
pub(super) struct Header<const TWICE: bool> {
    _proof: ShaNiAvx512,
    /// The hash value of each variant before the blocks that depend on the nonce. SHA-256 has one variant.
    midstates: Vec<State>,
    changing: Changing<u32>,
    place: Place<1>,
    test: WordTest,
}

impl<const TWICE: bool> Header<TWICE> {
    pub(super) fn new(
        template: &Template,
        proof: ShaNiAvx512,
        midstates: Vec<State>,
        blocks: &NonceBlocks<u32>,
    ) -> Self {
        Self {
            _proof: proof,
            midstates,
            changing: blocks.changing.clone(),
            place: Place::of(blocks),
            test: test_of::<u32>(template),
        }
    }

    /// Puts the nonces of a batch, counted from number `low` of the segment, into the table: into the first words or the second
    /// ones.
    ///
    /// The code reads them in a vector of 256 bits. That would have to wait for the stores of 128 bits here, if these were not
    /// a phase earlier.
    #[inline(always)]
    fn insert(&self, memory: &mut Memory, place: usize, fixed: u32, low: u32, batch: u64) {
        let [words] = self
            .changing
            .words(low.wrapping_add((LANES as u64 * batch) as u32));
        memory.table.words[place] = words.map(|word| fixed ^ word);
    }
}

pub(super) struct Precomputed {
    memory: Memory,
    /// The nonce's word with the first nonce of the segment.
    fixed: u32,
    variants: Vec<Variant>,
}

struct Variant {
    /// The hash value before the last block.
    middle: Variables,
    /// The variables after the round that takes the nonce, as if it were zero.
    start: Variables,
}

impl<const TWICE: bool> Filter for Header<TWICE> {
    type Word = u32;
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::ShaNiAvx512;
    const LANES: usize = LANES;

    fn changing(&self) -> &Changing<u32> {
        &self.changing
    }

    fn precompute(&self, blocks: &[Block]) -> Precomputed {
        let (before, rest) = blocks.split_at(self.place.block);
        let mut words = rest[0];
        words[NONCE] = 0;
        let mut last_word = INITIAL[LAST];
        let variants = self.midstates.iter().map(|midstate| {
            let mut state = *midstate;
            before.iter().for_each(|block| compress(&mut state, block));
            if !TWICE {
                last_word = state[LAST];
            }
            Variant {
                middle: Variables::new(&state),
                start: Variables::new(&after_rounds(&state, &words, NONCE + 1)),
            }
        });
        let variants: Vec<_> = variants.collect();
        let mut memory = Memory::new(&words, KNOWN_WORDS, &self.test);
        memory.table.test = Test::new(&self.test, last_word);
        memory.table.start = variants[0].start;
        memory.table.middle = variants[0].middle;
        if TWICE {
            memory.prepare_second(true);
        }
        Precomputed {
            memory,
            fixed: rest[0][NONCE],
            variants,
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
        // SAFETY: the same.
        let offset = unsafe {
            if TWICE {
                self.first_of_sha256d(precomputed, &mut memory, low, count)
            } else {
                self.first_of_sha256(precomputed, &mut memory, low, count)
            }
        };
        offset.filter(|&offset| offset < count)
    }
}

impl<const TWICE: bool> Header<TWICE> {
    /// # Safety
    ///
    /// The processor must have the extensions that the kernel needs.
    #[inline(always)]
    unsafe fn first_of_sha256(
        &self,
        precomputed: &Precomputed,
        memory: &mut Memory,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        let batches = count.div_ceil(LANES as u64);
        // A step computes the schedule of one batch, and does the rounds of the batch before it.
        self.insert(memory, 0, precomputed.fixed, low, 0);
        for step in 0..=batches {
            let next = (step + 1).min(batches - 1);
            let place = ((step + 1) % 2) as usize;
            self.insert(memory, place, precomputed.fixed, low, next);
            // SAFETY: the caller has made sure that the processor has the extensions.
            let found = unsafe { phase_of_sha256(memory, (step % 2) as usize) };
            if found != 0 && step > 0 {
                return Some(LANES as u64 * (step - 1) + u64::from(found.trailing_zeros()));
            }
        }
        None
    }

    /// Each batch is hashed with every variant of the template.
    ///
    /// # Safety
    ///
    /// The processor must have the extensions that the kernel needs.
    #[inline(always)]
    unsafe fn first_of_sha256d(
        &self,
        precomputed: &Precomputed,
        memory: &mut Memory,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        let batches = count.div_ceil(LANES as u64);
        let last_variant = precomputed.variants.len() - 1;
        // A step has two phases. They do the first hash of one item, and the second hash of the item before it, and compute
        // the schedule of the item behind it.
        let mut next = Item {
            batch: 0,
            variant: 0,
        };
        let [mut first, mut second] = [None, None];
        let mut found = 0;
        loop {
            if next.variant == 0 {
                self.insert(
                    memory,
                    0,
                    precomputed.fixed,
                    low,
                    next.batch.min(batches - 1),
                );
            }
            if let Some(Item { variant, .. }) = first {
                memory.table.start = precomputed.variants[variant].start;
                memory.table.middle = precomputed.variants[variant].middle;
            }
            // SAFETY: the caller has made sure that the processor has the extensions.
            let passed = unsafe {
                first_phase_of_sha256d(memory);
                second_phase_of_sha256d(memory)
            };
            if let Some(Item { batch, variant }) = second {
                found |= passed;
                if variant == last_variant {
                    if found != 0 {
                        return Some(LANES as u64 * batch + u64::from(found.trailing_zeros()));
                    }
                    if batch + 1 == batches {
                        return None;
                    }
                }
            }
            second = first;
            first = Some(next);
            next = if next.variant == last_variant {
                Item {
                    batch: next.batch + 1,
                    variant: 0,
                }
            } else {
                Item {
                    batch: next.batch,
                    variant: next.variant + 1,
                }
            };
        }
    }
}

/// A batch of nonces, to be hashed with one of the variants.
#[derive(Clone, Copy)]
struct Item {
    batch: u64,
    variant: usize,
}

/// Does the rounds of the nonces whose schedule is in one of the two rows, and computes the schedule of the other words in the
/// table, those with the number `written`, into the rows with this number. Returns a bit for each nonce whose rounds were done: whether it is a candidate.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn phase_of_sha256(memory: &mut Memory, written: usize) -> u32 {
    let [first, second] = &mut memory.rows;
    let (read, write) = match written {
        0 => (from_ref(second), &raw mut *first),
        _ => (from_ref(first), &raw mut *second),
    };
    let found;
    // SAFETY: the caller has made sure that the processor has the extensions. The addresses are those of a table and of two
    // different rows.
    unsafe {
        run!(
            "sha256_header",
            in("rdi") &raw mut memory.table,
            in("rsi") read,
            in("rdx") write,
            in("r11") &raw const memory.table.words[written],
            out("eax") found
        );
    }
    found
}

/// Does the first hash of an item, and computes the schedule of the second hash of the item before it.
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
            "sha256d_header_first",
            in("rdi") &raw mut memory.table,
            in("rsi") from_ref(first),
            in("rdx") &raw mut *second
        );
    }
}

/// Does the second hash of an item, and computes the schedule of the words in the table. Returns a bit for each nonce of the
/// item: whether it is a candidate.
///
/// # Safety
///
/// The processor must have the extensions that the kernel needs.
#[inline(never)]
unsafe fn second_phase_of_sha256d(memory: &mut Memory) -> u32 {
    let [first, second] = &mut memory.rows;
    let found;
    // SAFETY: as in `phase_of_sha256`.
    unsafe {
        run!(
            "sha256d_header_second",
            in("rdi") &raw mut memory.table,
            in("rsi") from_ref(second),
            in("rdx") &raw mut *first,
            in("r11") &raw const memory.table.words[0],
            out("eax") found
        );
    }
    found
}
