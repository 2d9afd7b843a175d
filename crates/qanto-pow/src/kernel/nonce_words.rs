//! Which 32-bit words of the message hold the nonce.

use crate::nonce::{NonceEncoding, NonceField};
use crate::rule::ByteOrder;

/// The 32-bit words of a message that depend on a binary nonce: there are up to three if a nonce of 8 bytes is not
/// aligned.
///
/// Three words in a row, read as one 96-bit integer in the words' own byte order, hold the nonce as one contiguous
/// field. Therefore the part that lies in each word is a shift of the nonce.
#[derive(Clone, Debug)]
pub(super) struct NonceWords {
    pub(super) parts: Vec<NoncePart>,
    pub(super) order: ByteOrder,
    pub(super) field: NonceField,
}

/// The part of a nonce that lies in one word: `nonce << left >> right`, where one of the two shifts is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoncePart {
    /// The number of the word, counted from the start of the message.
    pub(super) word: usize,
    pub(super) left: usize,
    pub(super) right: usize,
}

impl NonceWords {
    /// `order` is the byte order in which the hash function reads its message words. The encoding must be binary.
    pub(super) fn new(field: NonceField, order: ByteOrder) -> Self {
        let before = field.offset % 4;
        let width = field.encoding.len_of(0);
        let parts = (0..(before + width).div_ceil(4)).map(|k| {
            // How many of the 96 bits are below the nonce, and below the k-th word.
            let (below_nonce, below_word) = match order {
                ByteOrder::BigEndian => (8 * (12 - before - width), 32 * (2 - k)),
                ByteOrder::LittleEndian => (8 * before, 32 * k),
            };
            NoncePart {
                word: field.offset / 4 + k,
                left: below_nonce.saturating_sub(below_word),
                right: below_word.saturating_sub(below_nonce),
            }
        });
        Self {
            parts: parts.collect(),
            order,
            field,
        }
    }

    /// Puts the nonces `first`, `first + 1`, … into the lanes of a block's words, whose nonce bytes must be zero.
    /// `start` is the number of the block's first word. Parts of the nonce that lie in another block are skipped.
    pub(super) fn insert<const LANES: usize>(
        &self,
        block: &mut [[u32; LANES]; 16],
        start: usize,
        first: u64,
    ) {
        let nonces = self.in_word_order::<LANES>(first);
        for part in &self.parts {
            let index = part.word.checked_sub(start);
            let Some(word) = index.and_then(|index| block.get_mut(index)) else {
                continue;
            };
            for (word, nonce) in word.iter_mut().zip(nonces) {
                *word |= (nonce << part.left >> part.right) as u32;
            }
        }
    }

    /// Returns for each lane the integer that, written in the words' byte order, gives the nonce's bytes.
    fn in_word_order<const LANES: usize>(&self, first: u64) -> [u64; LANES] {
        let encoding = self.field.encoding;
        let mut nonces = std::array::from_fn(|lane| first.wrapping_add(lane as u64));
        if encoding == NonceEncoding::U64LeSwapped {
            // The bytes are those of the number with exchanged halves, little-endian.
            nonces = nonces.map(|nonce: u64| nonce.rotate_left(32));
        }
        let is_big_endian = matches!(encoding, NonceEncoding::U32Be | NonceEncoding::U64Be);
        let is_swapped = is_big_endian != (self.order == ByteOrder::BigEndian);
        // The cases are outside of the loops over the lanes, so that the compiler vectorises the loops.
        match (encoding.len_of(0), is_swapped) {
            (4, false) => nonces.map(|nonce| u64::from(nonce as u32)),
            (4, true) => nonces.map(|nonce| u64::from((nonce as u32).swap_bytes())),
            (_, false) => nonces,
            (_, true) => nonces.map(u64::swap_bytes),
        }
    }
}
