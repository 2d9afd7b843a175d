//! The message words that change from nonce to nonce, if the nonce is a text.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::nonce_bytes::MessageWord;
use crate::nonce::{NonceEncoding, NonceField};
use crate::rule::ByteOrder;

/// The maximum number of nonces of a segment. A table of them fits into the second-level cache.
const MAX_LEN: u64 = 10_000;

/// A vector of any instruction set may be loaded from the table at any nonce of a segment.
const PADDING: usize = 16;

/// What the last digits of a text nonce add, by exclusive or, to the words that hold them, where all last digits are 0.
///
/// The digits lie in one word, or in two words of the same block, of which the second one holds the last digit.
pub(super) struct DigitTable<W> {
    /// The number of nonces of a segment: a power of the radix.
    pub(super) len: u64,
    /// What changes in the word before the last one, for each nonce of a segment. Empty if the word does not change.
    pub(super) before: Vec<W>,
    /// What changes in the last word.
    pub(super) last: Vec<W>,
}

/// What a table depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    radix: u64,
    /// The number of last digits that change within a segment.
    digits: usize,
    /// The position of the last digit in its word, in bytes.
    last: usize,
    big_endian: bool,
}

/// The tables of one type of words that were made in this process. There are at most a few dozen of them.
pub(super) type Tables<W> = LazyLock<Mutex<HashMap<Key, Arc<DigitTable<W>>>>>;

impl<W: MessageWord> DigitTable<W> {
    /// Returns the table for a text nonce. `order` is the byte order in which the hash function reads its words.
    pub(super) fn of(field: NonceField, order: ByteOrder) -> Arc<Self> {
        let end = field.offset + field.encoding.len_of(0);
        let last = (end - 1) % W::LEN;
        let block_len = 16 * W::LEN;
        // The digits that lie in the last digit's word, in the word before it, and in the same block.
        let in_block = (end - 1) % block_len + 1;
        let in_words = in_block.min(last + 1 + W::LEN);
        let radix = field.encoding.radix();
        let possible = field.encoding.len_of(0).min(in_words) as u32;
        let digits = (1..=possible)
            .take_while(|&digits| radix.pow(digits) <= MAX_LEN)
            .last()
            .expect("one digit fits");
        let key = Key {
            radix,
            digits: digits as usize,
            last,
            big_endian: order == ByteOrder::BigEndian,
        };
        let mut tables = W::digit_tables()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let table = tables.entry(key);
        Arc::clone(table.or_insert_with(|| Arc::new(Self::new(key, field.encoding, order))))
    }

    fn new(key: Key, encoding: NonceEncoding, order: ByteOrder) -> Self {
        let Key {
            radix,
            digits,
            last,
            ..
        } = key;
        let len = radix.pow(digits as u32);
        let mut words = [
            vec![W::default(); len as usize],
            vec![W::default(); len as usize],
        ];
        let mut text = vec![0; digits];
        for nonce in 0..len {
            encoding.write(nonce, &mut text);
            for (significance, &digit) in text.iter().rev().enumerate() {
                // Counted from the start of the word before the last one.
                let position = W::LEN + last - significance;
                let word = &mut words[position / W::LEN][nonce as usize];
                *word |= W::with_byte(digit ^ b'0', position % W::LEN, order);
            }
        }
        let is_single = digits <= last + 1;
        let [mut before, mut last] = words;
        if is_single {
            before.clear();
        } else {
            before.resize(before.len() + PADDING, W::default());
        }
        last.resize(last.len() + PADDING, W::default());
        Self { len, before, last }
    }
}
