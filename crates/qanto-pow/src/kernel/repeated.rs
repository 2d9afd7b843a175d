//! Templates that repeat bytes behind their preimage: messages of thousands of blocks, of which few differ.
//!
//! With n bytes that are repeated, the blocks behind the nonce are the same for all nonces, and the same again after n /
//! gcd(n, 64) of them. Their message schedules are therefore computed once. For each nonce, only the rounds are left, and
//! each kernel does them for several nonces at once.
//!
//! A message takes milliseconds, so a scan is done in [`Steps`], between which it can be paused or dropped.

use std::sync::Arc;

use super::choice::Kernel;
use super::lanes::sha2::round_words;
use super::lanes::sha256::Sha256;
use super::scan::{Hit, Scan, Step, Steps};
use crate::algorithm::sha256::{self, BLOCK_LEN, Block, INITIAL, State};
use crate::digest::Digest;
use crate::outcome::Found;
use crate::template::{Repeated, Template};

/// The number of blocks of all lanes together that a step compresses, which takes the vector kernels about 50 µs.
const BLOCKS_OF_STEP: usize = 4096;

/// The number of blocks that a step of the reference implementation compresses.
const REFERENCE_BLOCKS_OF_STEP: usize = 512;

/// K(t) + W(t) of every round of a block.
pub(super) type RoundWords = [u32; 64];

/// Rounds of SHA-256 for several messages at once, which have the same blocks.
pub(super) trait Rounds: Send + Sync + 'static {
    fn kernel(&self) -> Kernel;

    /// Returns the number of messages.
    fn lanes(&self) -> usize;

    /// Compresses all these blocks, `times` times. `hashes` are the hash values, each word followed by the same word of the
    /// next message, and so on for every lane.
    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]);
}

/// Prepares the scanner of a template that repeats bytes.
pub(super) fn scanner(template: &Template, rounds: impl Rounds) -> Option<Arc<dyn Scan>> {
    scanner_of(template, Box::new(rounds))
}

/// There is one copy of this and of what it calls, for all kernels.
fn scanner_of(template: &Template, rounds: Box<dyn Rounds>) -> Option<Arc<dyn Scan>> {
    let message = Message::new(template, template.repeated()?);
    Some(Arc::new(Scanner(Arc::new(Shared { message, rounds }))))
}

/// What all messages have in common.
struct Message {
    template: Template,
    repeated: Repeated,
    /// The length in bytes.
    len: usize,
    /// The number of blocks that contain bytes of the preimage.
    first_blocks: usize,
    /// The number of whole blocks behind them.
    same_blocks: usize,
    /// The round words of these blocks, until they repeat.
    period: Vec<RoundWords>,
    /// The round words of the last blocks, which contain the padding.
    last: Vec<RoundWords>,
}

impl Message {
    fn new(template: &Template, repeated: &Repeated) -> Self {
        let preimage_len = template.preimage().len();
        let len = preimage_len + repeated.total_len();
        let first_blocks = preimage_len.div_ceil(BLOCK_LEN);
        let same_blocks = len / BLOCK_LEN - first_blocks;
        let unit = repeated.bytes.len();
        let period_len = unit >> unit.trailing_zeros().min(BLOCK_LEN.trailing_zeros());
        let mut message = Self {
            template: template.clone(),
            repeated: repeated.clone(),
            len,
            first_blocks,
            same_blocks,
            period: Vec::new(),
            last: Vec::new(),
        };
        let period = (0..period_len.min(same_blocks))
            .flat_map(|number| blocks_of(&message.bytes_of_block(first_blocks + number)));
        message.period = period.map(|block| words_of(&block)).collect();
        message.last = message.last_blocks().iter().map(words_of).collect();
        message
    }

    /// Returns the bytes of a whole block behind those of the preimage.
    fn bytes_of_block(&self, number: usize) -> [u8; BLOCK_LEN] {
        let mut bytes = [0; BLOCK_LEN];
        let from = number * BLOCK_LEN - self.template.preimage().len();
        self.repeated.write(from, &mut bytes);
        bytes
    }

    /// Returns the blocks that contain the padding.
    fn last_blocks(&self) -> Vec<Block> {
        let mut rest = vec![0; self.len % BLOCK_LEN];
        let from = self.len - rest.len() - self.template.preimage().len();
        self.repeated.write(from, &mut rest);
        blocks_of(&sha256::pad(&rest, self.len))
    }

    /// Returns the hash value after the blocks that contain bytes of the preimage.
    fn after_first_blocks(&self, nonce: u64) -> State {
        let mut bytes = vec![0; self.first_blocks * BLOCK_LEN];
        let preimage = self.template.preimage();
        let (first, rest) = bytes.split_at_mut(preimage.len());
        first.copy_from_slice(preimage);
        self.repeated.write(0, rest);
        let field = self.template.nonce();
        let end = field.offset + field.overwritten_len();
        field.encoding.write(nonce, &mut first[field.offset..end]);
        sha256::absorb(&bytes)
    }
}

fn blocks_of(bytes: &[u8]) -> Vec<Block> {
    sha256::blocks(bytes).collect()
}

fn words_of(block: &Block) -> RoundWords {
    let words = round_words::<Sha256>(block);
    std::array::from_fn(|t| words[t])
}

struct Shared {
    message: Message,
    rounds: Box<dyn Rounds>,
}

struct Scanner(Arc<Shared>);

impl Scan for Scanner {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut scan = Hashing::new(Arc::clone(&self.0), first, count, 1);
        loop {
            if let Step::Done(found) = scan.step() {
                let hit = |&Found { nonce, variant, .. }: &Found| Hit { nonce, variant };
                return found.first().map(hit);
            }
        }
    }

    fn in_steps(&self, first: u64, count: u64, wanted: usize) -> Option<Box<dyn Steps>> {
        let shared = Arc::clone(&self.0);
        Some(Box::new(Hashing::new(shared, first, count, wanted)))
    }

    fn lanes(&self) -> u64 {
        self.0.rounds.lanes() as u64
    }

    fn kernel(&self) -> Kernel {
        self.0.rounds.kernel()
    }
}

/// A scan: messages are hashed, as many at a time as there are lanes, and then each hit is confirmed.
struct Hashing {
    shared: Arc<Shared>,
    lanes: usize,
    /// The nonce of the first lane.
    first: u64,
    /// The number of nonces from there on.
    count: u64,
    wanted: usize,
    hashes: Vec<u32>,
    /// The number of blocks that have been compressed behind the first ones.
    blocks: usize,
    /// The candidates of the lanes, which are confirmed one after the other, the last one first.
    candidates: Vec<Candidate>,
    confirmed: Option<Confirmation>,
    found: Vec<Found>,
}

#[derive(Clone, Copy)]
struct Candidate {
    nonce: u64,
    /// What the kernel has computed, if it has hashed the message.
    digest: Option<Digest>,
}

/// The state of the reference implementation, which hashes the message of a candidate.
struct Confirmation {
    state: State,
    blocks: usize,
}

impl Hashing {
    fn new(shared: Arc<Shared>, first: u64, count: u64, wanted: usize) -> Self {
        let lanes = shared.rounds.lanes();
        let mut hashing = Self {
            shared,
            lanes,
            first,
            count,
            wanted,
            hashes: vec![0; lanes * INITIAL.len()],
            blocks: 0,
            candidates: Vec::new(),
            confirmed: None,
            found: Vec::new(),
        };
        if count == 1 {
            // All lanes together take longer than the reference implementation, which would have to confirm a hit anyway.
            hashing.candidates.push(Candidate {
                nonce: first,
                digest: None,
            });
        } else {
            hashing.begin();
        }
        hashing
    }

    /// Hashes the first blocks of the messages of all lanes.
    fn begin(&mut self) {
        self.blocks = 0;
        // The lanes behind the last nonce repeat it.
        let last = self.count.saturating_sub(1);
        for lane in 0..self.lanes {
            let nonce = self.first + last.min(lane as u64);
            let state = self.shared.message.after_first_blocks(nonce);
            for (number, word) in state.into_iter().enumerate() {
                self.hashes[number * self.lanes + lane] = word;
            }
        }
    }

    /// Compresses some of the blocks that all messages have in common. Returns whether there are more.
    fn compress(&mut self) -> bool {
        let Shared { message, rounds } = &*self.shared;
        let left = message.same_blocks - self.blocks;
        let period = &message.period[..];
        if left >= period.len() && !period.is_empty() {
            let limit = (BLOCKS_OF_STEP / self.lanes / period.len()).max(1);
            let times = (left / period.len()).min(limit);
            rounds.compress(period, times, &mut self.hashes);
            self.blocks += times * period.len();
            return true;
        }
        rounds.compress(&period[..left], 1, &mut self.hashes);
        rounds.compress(&message.last, 1, &mut self.hashes);
        false
    }

    /// Looks for candidates among the digests of the lanes.
    fn collect(&mut self) {
        let rule = self.shared.message.template.rule();
        let lanes = self.count.min(self.lanes as u64) as usize;
        for lane in (0..lanes).rev() {
            let state = std::array::from_fn(|number| self.hashes[number * self.lanes + lane]);
            let digest = Digest::new(&sha256::to_bytes(&state));
            if rule.is_met_by(&digest) {
                let nonce = self.first + lane as u64;
                let digest = Some(digest);
                self.candidates.push(Candidate { nonce, digest });
            }
        }
    }

    /// Continues to hash the message of a candidate, or of the only nonce, by the reference implementation.
    ///
    /// # Panics
    ///
    /// Panics if it computes another digest. This is a bug of the kernel, and the hit is not an answer.
    fn confirm(&mut self) {
        let Some(&Candidate { nonce, digest }) = self.candidates.last() else {
            return;
        };
        let message = &self.shared.message;
        let confirmation = self.confirmed.get_or_insert_with(|| Confirmation {
            state: message.after_first_blocks(nonce),
            blocks: 0,
        });
        let end = message
            .same_blocks
            .min(confirmation.blocks + REFERENCE_BLOCKS_OF_STEP);
        for number in confirmation.blocks..end {
            let bytes = message.bytes_of_block(message.first_blocks + number);
            for block in sha256::blocks(&bytes) {
                sha256::compress(&mut confirmation.state, &block);
            }
        }
        confirmation.blocks = end;
        if end < message.same_blocks {
            return;
        }
        for block in message.last_blocks() {
            sha256::compress(&mut confirmation.state, &block);
        }
        let confirmed = Digest::new(&sha256::to_bytes(&confirmation.state));
        assert!(
            digest.is_none_or(|digest| digest == confirmed),
            "kernel {} computed a wrong digest of nonce {nonce}",
            self.shared.rounds.kernel()
        );
        let is_hit = message.template.rule().is_met_by(&confirmed);
        self.confirmed = None;
        self.candidates.pop();
        if is_hit {
            self.found.push(Found {
                nonce,
                variant: 0,
                digest: confirmed,
            });
        }
    }
}

impl Steps for Hashing {
    fn step(&mut self) -> Step {
        if self.candidates.is_empty() {
            if self.compress() {
                return Step::Paused;
            }
            self.collect();
        } else {
            self.confirm();
        }
        if self.found.len() < self.wanted {
            if !self.candidates.is_empty() {
                return Step::Paused;
            }
            let lanes = self.lanes as u64;
            if self.count > lanes {
                self.first += lanes;
                self.count -= lanes;
                self.begin();
                return Step::Paused;
            }
        }
        Step::Done(std::mem::take(&mut self.found))
    }
}
