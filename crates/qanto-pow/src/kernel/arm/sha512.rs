//! SHA-512 and SHA-512d with instructions that not every processor with the SHA2 instructions has. Arm calls them
//! FEAT_SHA512; Rust's name for them, and for those of SHA-3, is `sha3`. They belong to the kernel `sha2`.
//!
//! SHA512H and SHA512H2 together do two rounds, and SHA512SU0 and SHA512SU1 expand the message schedule by two words. Their
//! results take several cycles. Therefore two nonces are hashed in turn, as with SHA-256.

mod instructions;

use std::arch::is_aarch64_feature_detected;
use std::sync::Arc;

use self::instructions::{HashValue, ROUND_PAIRS, Variables, Window};
use super::neon::Neon;
use crate::algorithm::Algorithm;
use crate::algorithm::sha512::{Block, INITIAL, State, compress};
use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::sha2::{Sha2 as _, round_words};
use crate::kernel::lanes::sha512::Sha512 as Constants;
use crate::kernel::lanes::{LaneTest, Place};
use crate::kernel::nonce_blocks::{self, NonceBlocks};
use crate::kernel::scan::Scan;
use crate::kernel::scanner::{Filter, Scanner, test_of};
use crate::kernel::simd::Simd;
use crate::rule::{ByteOrder, WordTest};
use crate::template::Template;

/// The number of nonces that are hashed in turn, which is also the number of words in a vector.
const STREAMS: usize = 2;

/// Proof that the processor has NEON and the instructions for SHA-512.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sha512 {
    neon: Neon,
}

impl Sha512 {
    pub(super) fn detect() -> Option<Self> {
        let neon = Neon::detect()?;
        is_aarch64_feature_detected!("sha3").then_some(Self { neon })
    }
}

/// Prepares the scanner. Returns `None` if the hash function is another one.
pub(super) fn scanner(template: &Template, proof: Sha512) -> Option<Arc<dyn Scan>> {
    match template.algorithm() {
        Algorithm::Sha512 => Some(message::<false>(template, proof)),
        Algorithm::Sha512d => Some(message::<true>(template, proof)),
        _ => None,
    }
}

fn message<const TWICE: bool>(template: &Template, proof: Sha512) -> Arc<dyn Scan> {
    let (before, blocks) = nonce_blocks::of_sha512(template);
    let filter = Message::<TWICE>::new(template, proof, before, &blocks);
    Arc::new(Scanner::new(template, blocks, filter))
}

/// SHA-512, or SHA-512d if `TWICE` is set, of templates of any shape.
struct Message<const TWICE: bool> {
    proof: Sha512,
    /// The hash value before the blocks that depend on the nonce.
    before: State,
    changing: Changing<u64>,
    place: Place<2>,
    test: WordTest,
}

impl<const TWICE: bool> Message<TWICE> {
    fn new(template: &Template, proof: Sha512, before: State, blocks: &NonceBlocks<u64>) -> Self {
        Self {
            proof,
            before,
            changing: blocks.changing.clone(),
            place: Place::of(blocks),
            test: test_of::<u64>(template),
        }
    }

    /// Returns the hash values of two nonces, whose blocks in which words change are `blocks`.
    #[inline(always)]
    fn hash_values(
        &self,
        precomputed: &Precomputed,
        blocks: &[Block; STREAMS],
    ) -> [HashValue; STREAMS] {
        let proof = self.proof;
        let midstate = proof.hash_value(&precomputed.midstate);
        let windows = [proof.window(&blocks[0]), proof.window(&blocks[1])];
        let mut hash_values = proof.compress(windows, [midstate; STREAMS]);
        for round_words in &precomputed.rest {
            hash_values = compress_constant(proof, hash_values, round_words);
        }
        if TWICE {
            let padding = proof.hash_value(&Constants::DIGEST_PADDING);
            let mut windows = [Window::from([padding, padding]); STREAMS];
            for (window, hash_value) in windows.iter_mut().zip(hash_values) {
                *window = Window::from([hash_value, padding]);
            }
            hash_values = proof.compress(windows, [proof.hash_value(&INITIAL); STREAMS]);
        }
        hash_values
    }
}

/// What the nonces of a segment have in common.
struct Precomputed {
    /// The hash value before the block in which words change.
    midstate: State,
    /// This block with the first nonce of the segment.
    words: Block,
    /// The round words of the blocks behind it.
    rest: Vec<Vec<u64>>,
}

impl<const TWICE: bool> Filter for Message<TWICE> {
    type Word = u64;
    type Precomputed = Precomputed;

    const KERNEL: Kernel = Kernel::Sha2;
    const LANES: usize = STREAMS;

    fn changing(&self) -> &Changing<u64> {
        &self.changing
    }

    fn precompute(&self, blocks: &[Block]) -> Precomputed {
        let mut midstate = self.before;
        let (before, rest) = blocks.split_at(self.place.block);
        for block in before {
            compress(&mut midstate, block);
        }
        Precomputed {
            midstate,
            words: rest[0],
            rest: rest[1..].iter().map(round_words::<Constants>).collect(),
        }
    }

    #[target_feature(enable = "neon,sha3")]
    unsafe fn first_candidate(
        &self,
        precomputed: &Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        let Self { proof, test, .. } = self;
        let lane_test = LaneTest::new::<u64, _>(proof.neon, test, ByteOrder::BigEndian);
        let mut blocks = [precomputed.words; STREAMS];
        let mut done = 0;
        while done < count {
            let low = low.wrapping_add(done as u32);
            let changes = self.changing.lanes::<_, 2>(proof.neon, low);
            for (index, changes) in self.place.indices.into_iter().zip(changes) {
                let mut words = [0; STREAMS];
                proof.neon.store(changes, &mut words);
                for (block, word) in blocks.iter_mut().zip(words) {
                    block[index] = precomputed.words[index] ^ word;
                }
            }
            let hash_values = self.hash_values(precomputed, &blocks);
            let candidates = lane_test.passes(proof.words_of(hash_values, test.index));
            if candidates != 0 {
                let offset = done + u64::from(candidates.trailing_zeros());
                return (offset < count).then_some(offset);
            }
            done += Self::LANES as u64;
        }
        None
    }
}

/// Returns the hash values after a block that is the same for all nonces.
#[inline(always)]
fn compress_constant(
    proof: Sha512,
    before: [HashValue; STREAMS],
    round_words: &[u64],
) -> [HashValue; STREAMS] {
    let mut variables = [Variables::new(before[0]), Variables::new(before[1])];
    for i in 0..ROUND_PAIRS {
        for variables in &mut variables {
            proof.two_rounds(variables, proof.pair(round_words, i));
        }
    }
    let [first, second] = variables;
    [first.added_to(before[0]), second.added_to(before[1])]
}
