//! The scanner of the portable kernel, and what its hash functions have in common.

use crate::kernel::choice::Kernel;
use crate::kernel::scan::{Hit, Scan};
use crate::nonce::NonceField;
use crate::rule::{ByteOrder, WordTest};
use crate::template::Template;

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
    /// The byte order in which the hash function writes the words of its digest.
    const ORDER: ByteOrder;

    /// `message` has zeros in the place of the nonce, whose encoding has a fixed length. `digest_len` is the length of
    /// the digest in bytes.
    fn prepare(message: &[u8], nonce: NonceField, digest_len: usize) -> Self;

    /// Writes word number `index` of the digests for the nonces `first`, `first + 1`, …, as integers. The word has the
    /// bytes `4 index` to `4 index + 3` of the digest, in the order [`ORDER`](Self::ORDER).
    fn digest_words(&self, first: u64, index: usize, words: &mut Lanes);
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
    test: WordTest,
}

impl<H: PortableHash> Scanner<H> {
    /// The template's encoding must have a fixed length.
    pub(super) fn new(template: &Template) -> Self {
        let nonce = template.nonce();
        let message = template.message_around(nonce.encoding.len_of(0));
        Self {
            hash: H::prepare(&message, nonce, template.digest_len()),
            test: template.rule().word_test(4),
            template: template.clone(),
        }
    }
}

impl<H: PortableHash> Scan for Scanner<H> {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let mut page = PageAligned([0; LANES]);
        let words = &mut page.0;
        let mut done = 0;
        while done < count {
            let start = first + done;
            self.hash.digest_words(start, self.test.index, words);
            if self.test.order != H::ORDER {
                *words = words.map(u32::swap_bytes);
            }
            // There is no branch for each lane, since nearly always no lane has a candidate.
            if words
                .iter()
                .fold(false, |any, &word| any | self.test.accepts(word))
            {
                let lanes = (count - done).min(LANES as u64);
                let hit = (0..lanes)
                    .filter(|&lane| self.test.accepts(words[lane as usize]))
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
