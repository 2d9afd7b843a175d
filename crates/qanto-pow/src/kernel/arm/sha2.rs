//! The kernel of the SHA2 instructions: SHA-256 and SHA-256d.
//!
//! SHA256H and SHA256H2 together do four rounds, and SHA256SU0 and SHA256SU1 expand the message schedule by four words.
//! Their results take several cycles. Therefore two nonces are hashed in turn: while one waits for its result, the other
//! goes on.

mod general;
mod header;
mod instructions;

use std::arch::is_aarch64_feature_detected;
use std::sync::Arc;

use self::general::General;
use self::header::Header;
use super::neon::Neon;
use crate::algorithm::Algorithm;
use crate::algorithm::sha256::State;
use crate::kernel::choice::Kernel;
use crate::kernel::lanes::Place;
use crate::kernel::lanes::hashes::LAST;
use crate::kernel::nonce_blocks::{self, NonceBlocks};
use crate::kernel::repeated::{RoundWords, Rounds};
use crate::kernel::scan::Scan;
use crate::kernel::scanner::{Scanner, test_of};
use crate::template::Template;

/// The number of nonces that are hashed in turn. With more of them the models of four processors get no faster.
const STREAMS: usize = 2;

/// Proof that the processor has NEON and the SHA2 instructions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sha2 {
    neon: Neon,
}

impl Sha2 {
    pub(super) fn detect() -> Option<Self> {
        let neon = Neon::detect()?;
        is_aarch64_feature_detected!("sha2").then_some(Self { neon })
    }
}

/// The number of messages with the same blocks that are hashed in turn.
const STREAMS_OF_ROUNDS: usize = 4;

impl Rounds for Sha2 {
    fn kernel(&self) -> Kernel {
        Kernel::Sha2
    }

    fn lanes(&self) -> usize {
        STREAMS_OF_ROUNDS
    }

    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
        #[target_feature(enable = "neon,sha2")]
        fn compress(proof: Sha2, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
            instructions::compress_constants(proof, blocks, times, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { compress(*self, blocks, times, hashes) }
    }
}

/// Prepares the scanner. Returns `None` if the kernel does not support the hash function.
pub(super) fn scanner(template: &Template, proof: Sha2) -> Option<Arc<dyn Scan>> {
    let twice = match template.algorithm() {
        Algorithm::Sha256 => false,
        Algorithm::Sha256d => true,
        _ => return None,
    };
    let message = Message::of(template, proof);
    let is_last = test_of::<u32>(template).index == LAST;
    let is_header = message.is_header() && is_last;
    Some(
        match (twice, is_last && (twice || !message.is_followed())) {
            (true, _) if is_header => header::<true>(template, message),
            (false, _) if is_header => header::<false>(template, message),
            (true, true) => general::<true, true>(template, message),
            (true, false) => general::<true, false>(template, message),
            (false, true) => general::<false, true>(template, message),
            (false, false) => general::<false, false>(template, message),
        },
    )
}

fn header<const TWICE: bool>(template: &Template, message: Message) -> Arc<dyn Scan> {
    let filter = Header::<TWICE>::new(template, &message);
    Arc::new(Scanner::new(template, message.blocks, filter))
}

/// The index of the first word that changes decides which function scans the template. In each of them it is a constant,
/// so that the message stays in registers.
fn general<const TWICE: bool, const LAST_WORD: bool>(
    template: &Template,
    message: Message,
) -> Arc<dyn Scan> {
    match message.place.indices[0] / 4 {
        0 => in_group::<TWICE, LAST_WORD, 0>(template, message),
        1 => in_group::<TWICE, LAST_WORD, 1>(template, message),
        2 => in_group::<TWICE, LAST_WORD, 2>(template, message),
        _ => in_group::<TWICE, LAST_WORD, 3>(template, message),
    }
}

fn in_group<const TWICE: bool, const LAST_WORD: bool, const GROUP: usize>(
    template: &Template,
    message: Message,
) -> Arc<dyn Scan> {
    let filter = General::<TWICE, LAST_WORD, GROUP>::new(template, &message);
    Arc::new(Scanner::new(template, message.blocks, filter))
}

/// A template's message, without the blocks before the nonce.
struct Message {
    proof: Sha2,
    /// The hash value before the blocks that depend on the nonce.
    before: State,
    blocks: NonceBlocks<u32>,
    place: Place<2>,
}

impl Message {
    fn of(template: &Template, proof: Sha2) -> Self {
        let (before, blocks) = nonce_blocks::of_sha256(template);
        let place = Place::of(&blocks);
        Self {
            proof,
            before,
            blocks,
            place,
        }
    }

    /// Returns whether there are blocks behind that of the words that change.
    fn is_followed(&self) -> bool {
        self.place.block + 1 < self.blocks.blocks.len()
    }

    /// Returns whether only word 3 of the last block changes, as in a block header of 80 bytes.
    fn is_header(&self) -> bool {
        let changing = &self.blocks.changing;
        !self.is_followed() && changing.count() == 1 && changing.indices() == [3]
    }
}
