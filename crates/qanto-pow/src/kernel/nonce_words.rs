//! Which 32-bit words of the message hold the nonce.

use crate::nonce::NonceField;
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
        let nonces = std::array::from_fn::<_, LANES, _>(|lane| first.wrapping_add(lane as u64));
        let nonces = nonces.map(|nonce| self.in_word_order(nonce));
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

    /// Returns the integer that, written in the words' byte order, gives the nonce's bytes.
    fn in_word_order(&self, nonce: u64) -> u64 {
        let mut bytes = [0; 8];
        let len = self.field.encoding.len_of(nonce);
        self.field.encoding.write(nonce, &mut bytes[..len]);
        match self.order {
            ByteOrder::LittleEndian => u64::from_le_bytes(bytes),
            ByteOrder::BigEndian => u64::from_be_bytes(bytes) >> (8 * (8 - len)),
        }
    }
}
