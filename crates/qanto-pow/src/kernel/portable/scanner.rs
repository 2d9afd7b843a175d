//! The scanner of the portable kernel, and what its hash functions have in common.

use crate::kernel::choice::Kernel;
use crate::kernel::scan::{Hit, Scan};
use crate::template::{NonceField, Template};

/// The number of nonces that are hashed side by side. The compiler keeps a loop over this number of lanes as a loop,
/// which it then vectorises. It would unroll a shorter loop first, and not vectorise it.
pub(super) const LANES: usize = 16;
/// One word of each lane.
pub(super) type Lanes = [u32; LANES];

pub(super) fn splat(word: u32) -> Lanes {
    [word; LANES]
}

/// A hash function, prepared for a message in which only the nonce changes.
pub(super) trait PortableHash: Send + Sync {
    /// `message` has zeros in the place of the nonce.
    fn prepare(message: &[u8], nonce: NonceField) -> Self;

    /// Writes the top words of the digests for the nonces `first`, `first + 1`, … A digest's top word is its most
    /// significant one: the last four bytes, read little-endian.
    fn top_words(&self, first: u64, top_words: &mut Lanes);
}

/// A value at the start of a page of the stack. The arrays of the functions that are called from there then have the
/// same offsets in their pages, however deep the scanner's caller is on the stack. This requires that the hash
/// functions are not inlined: the value that is passed to them must have an address.
///
/// A processor assumes that a load depends on an earlier store to the same offset of another page, until it has
/// compared the whole addresses. Where the offsets were left to chance, this changed the speed by up to 6 %.
#[repr(align(4096))]
struct PageAligned<T>(T);

pub(super) struct Scanner<H> {
    template: Template,
    hash: H,
    bound: u32,
}

impl<H: PortableHash> Scanner<H> {
    pub(super) fn new(template: &Template) -> Self {
        Self {
            hash: H::prepare(&template.preimage_without_nonce(), template.nonce()),
            bound: template.target().top_word(),
            template: template.clone(),
        }
    }
}

impl<H: PortableHash> Scan for Scanner<H> {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut page = PageAligned([0; LANES]);
        let top_words = &mut page.0;
        let mut done = 0;
        while done < count {
            let start = first + done;
            self.hash.top_words(start, top_words);
            // There is no branch for each lane, since nearly always no lane has a candidate.
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
