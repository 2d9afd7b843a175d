//! Writing nonces into message blocks byte by byte, for any encoding of a fixed length and any length of words.

use std::ops::BitOrAssign;
use std::sync::{LazyLock, Mutex};

use super::digit_table::Tables;
use crate::nonce::{MAX_DECIMAL_WIDTH, NonceEncoding, NonceField};
use crate::rule::ByteOrder;

/// A word of a message block.
pub(super) trait MessageWord:
    Copy + Default + From<u32> + BitOrAssign + Send + Sync + 'static
{
    /// The number of bytes.
    const LEN: usize;

    /// Returns the low bytes of a number.
    fn truncate(number: u64) -> Self;

    /// The tables of text nonces for words of this type.
    fn digit_tables() -> &'static Tables<Self>;

    /// Returns the word in which only the byte number `index`, counted in the order of the message, is not zero.
    fn with_byte(byte: u8, index: usize, order: ByteOrder) -> Self;
}

impl MessageWord for u32 {
    const LEN: usize = 4;

    fn truncate(number: u64) -> Self {
        number as u32
    }

    fn digit_tables() -> &'static Tables<Self> {
        static TABLES: Tables<u32> = LazyLock::new(Mutex::default);
        &TABLES
    }

    fn with_byte(byte: u8, index: usize, order: ByteOrder) -> Self {
        Self::from(byte) << (8 * significance(index, Self::LEN, order))
    }
}

impl MessageWord for u64 {
    const LEN: usize = 8;

    fn truncate(number: u64) -> Self {
        number
    }

    fn digit_tables() -> &'static Tables<Self> {
        static TABLES: Tables<u64> = LazyLock::new(Mutex::default);
        &TABLES
    }

    fn with_byte(byte: u8, index: usize, order: ByteOrder) -> Self {
        Self::from(byte) << (8 * significance(index, Self::LEN, order))
    }
}

/// Returns how many bytes of a word of `len` bytes are less significant than byte number `index`.
pub(super) fn significance(index: usize, len: usize, order: ByteOrder) -> usize {
    match order {
        ByteOrder::LittleEndian => index,
        ByteOrder::BigEndian => len - 1 - index,
    }
}

/// The bytes of a message that depend on the nonce.
#[derive(Clone, Debug)]
pub(super) struct NonceBytes {
    offset: usize,
    len: usize,
    encoding: NonceEncoding,
    /// The byte order in which the hash function reads its message words.
    order: ByteOrder,
}

impl NonceBytes {
    /// The encoding must have a fixed length.
    pub(super) fn new(field: NonceField, order: ByteOrder) -> Self {
        debug_assert!(field.encoding != NonceEncoding::Decimal);
        Self {
            offset: field.offset,
            len: field.encoding.len_of(0),
            encoding: field.encoding,
            order,
        }
    }

    /// Puts the nonces `first`, `first + 1`, … into the lanes of a block's words, whose nonce bytes must be zero.
    /// `start` is the number of the block's first word. Bytes of the nonce that lie in another block are skipped, and
    /// lanes behind the last nonce of the encoding hold any nonce.
    pub(super) fn insert<W: MessageWord, const LANES: usize>(
        &self,
        block: &mut [[W; LANES]; 16],
        start: usize,
        first: u64,
    ) {
        let mut field = [0; MAX_DECIMAL_WIDTH as usize];
        let field = &mut field[..self.len];
        for lane in 0..LANES {
            let nonce = first.wrapping_add(lane as u64);
            if lane == 0 || !self.encoding.is_text() {
                self.encoding.write(nonce, field);
            } else {
                increment(field, self.encoding);
            }
            for (position, &byte) in (self.offset..).zip(&*field) {
                let index = (position / W::LEN).checked_sub(start);
                if let Some(word) = index.and_then(|index| block.get_mut(index)) {
                    word[lane] |= W::with_byte(byte, position % W::LEN, self.order);
                }
            }
        }
    }
}

/// Adds 1 to a number in digits. The largest number becomes 0.
fn increment(field: &mut [u8], encoding: NonceEncoding) {
    let last_digit = match encoding {
        NonceEncoding::Hex { .. } => b'f',
        _ => b'9',
    };
    for digit in field.iter_mut().rev() {
        if *digit != last_digit {
            *digit = if *digit == b'9' { b'a' } else { *digit + 1 };
            return;
        }
        *digit = b'0';
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts() -> impl Strategy<Value = NonceEncoding> {
        prop_oneof![
            (1u8..=20).prop_map(|width| NonceEncoding::DecimalFixed { width }),
            (1u8..=16).prop_map(|width| NonceEncoding::Hex { width }),
        ]
    }

    proptest! {
        #[test]
        fn incremented_digits_are_those_of_the_next_nonce(encoding in texts(), any: u64) {
            let max = encoding.max_nonce();
            let nonce = if max == u64::MAX { any } else { any % (max + 1) };
            prop_assume!(nonce < max);
            let mut field = vec![0; encoding.len_of(nonce)];
            encoding.write(nonce, &mut field);
            increment(&mut field, encoding);
            let mut expected = vec![0; encoding.len_of(nonce)];
            encoding.write(nonce + 1, &mut expected);
            prop_assert_eq!(field, expected);
        }
    }
}
