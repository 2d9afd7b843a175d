//! The portable scanner: several nonces side by side in plain arrays, which the compiler turns into whatever
//! vectors the target has.

use std::sync::Arc;

use super::portable_blake3::Blake3;
use super::portable_sha256::{Sha256, Sha256d};
use super::{Hit, Kernel, Scan};
use crate::algorithm::Algorithm;
use crate::template::{NonceField, Template};

/// None for a template with variants.
pub(super) fn prepare(template: &Template) -> Option<Arc<dyn Scan>> {
    if template.variants() > 1 {
        return None;
    }
    Some(match template.algorithm() {
        Algorithm::Sha256 => Arc::new(Scanner::<Sha256>::new(template)),
        Algorithm::Sha256d => Arc::new(Scanner::<Sha256d>::new(template)),
        Algorithm::Blake3 => Arc::new(Scanner::<Blake3>::new(template)),
    })
}

/// Nonces hashed side by side. Enough that the compiler keeps the loops over lanes as loops, which it
/// vectorises; it unrolls shorter ones first and then gives up.
pub(super) const LANES: usize = 16;
/// One word of each lane.
pub(super) type Lanes = [u32; LANES];

pub(super) fn splat(word: u32) -> Lanes {
    [word; LANES]
}

/// A hash function as the scanner needs it: prepared for a message in which only the nonce changes.
pub(super) trait TopWord: Send + Sync {
    /// `message` has zeros where the nonce goes.
    fn prepare(message: &[u8], nonce: NonceField) -> Self;

    /// Writes the most significant word of the digests (their last four bytes, read little-endian) for the nonces
    /// `first`, `first + 1`, …
    fn top_words(&self, first: u64, top_words: &mut Lanes);
}

/// A value at the start of a page of the stack. What is called from there has its arrays at the same offsets in their
/// pages, however deep the scanner's caller was. (So the hash functions are not inlined: what is passed to them must
/// have an address.)
///
/// To the CPU a load seems to depend on an earlier store to the same offset of another page, until it has compared the
/// whole addresses. Left to chance, this moved the speed by up to 6 %.
#[repr(align(4096))]
struct PageAligned<T>(T);

pub(super) struct Scanner<H> {
    template: Template,
    hash: H,
    bound: u32,
}

impl<H: TopWord> Scanner<H> {
    pub(super) fn new(template: &Template) -> Self {
        let nonce = template.nonce();
        let mut message = template.preimage().to_vec();
        message[nonce.offset..nonce.offset + nonce.encoding.width()].fill(0);
        Self {
            hash: H::prepare(&message, nonce),
            bound: template.target().top_word(),
            template: template.clone(),
        }
    }
}

impl<H: TopWord> Scan for Scanner<H> {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut page = PageAligned([0; LANES]);
        let top_words = &mut page.0;
        let mut done = 0;
        while done < count {
            let start = first + done;
            self.hash.top_words(start, top_words);
            // Without a branch per lane: almost always no lane survives.
            if top_words
                .iter()
                .fold(false, |any, &word| any | (word <= self.bound))
            {
                let lanes = (count - done).min(LANES as u64);
                let hit = (0..lanes)
                    .filter(|&lane| top_words[lane as usize] <= self.bound)
                    .map(|lane| start + lane)
                    .find(|&nonce| self.template.is_hit(nonce));
                if let Some(nonce) = hit {
                    return Some(Hit { nonce, variant: 0 });
                }
            }
            done = done.saturating_add(LANES as u64);
        }
        None
    }

    fn lanes(&self) -> u64 {
        LANES as u64
    }

    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }
}
