//! The nonces in the words of a message block of 32-bit words.

use super::scanner::Lanes;
use crate::kernel::nonce_bytes::NonceBytes;
use crate::kernel::nonce_words::NonceWords;
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// Binary nonces are shifted into their words. The digits of text nonces are written byte by byte.
pub(super) enum Nonces {
    Binary(NonceWords),
    Text(NonceBytes),
}

impl Nonces {
    pub(super) fn new(field: NonceField, order: ByteOrder) -> Self {
        if field.encoding.is_text() {
            Self::Text(NonceBytes::new(field, order))
        } else {
            Self::Binary(NonceWords::new(field, order))
        }
    }

    /// Does what [`NonceWords::insert`] and [`NonceBytes::insert`] do.
    pub(super) fn insert(&self, block: &mut [Lanes; 16], start: usize, first: u64) {
        match self {
            Self::Binary(words) => words.insert(block, start, first),
            Self::Text(bytes) => bytes.insert(block, start, first),
        }
    }
}
