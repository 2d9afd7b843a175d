//! The one message word that changes from nonce to nonce.

use super::nonce_words::NonceWords;
use super::simd::{Lanes, Simd};
use crate::nonce::{NonceEncoding, NonceField};
use crate::rule::ByteOrder;

/// The *low word*: the message word that holds the nonce's least significant bits, `nonce mod 2^bits`, as one
/// contiguous field.
///
/// A *segment* is the run of nonces that agree in all higher bits. Within a segment every other word of the message is
/// constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct LowWord {
    /// The number of the word, counted from the start of the message.
    pub(super) index: usize,
    bits: u32,
    /// The low bits are byte-reversed if `swap` is set, then shifted into the word. One of the two shifts is 0.
    swap: bool,
    left: u32,
    right: u32,
}

impl LowWord {
    pub(super) fn new(nonce: &NonceWords) -> Self {
        // The lower half of a swapped nonce is a nonce of 4 bytes of its own.
        let field = match nonce.field.encoding {
            NonceEncoding::U64LeSwapped => NonceField {
                offset: nonce.field.offset + 4,
                encoding: NonceEncoding::U32Le,
            },
            _ => nonce.field,
        };
        let width = field.encoding.len_of(0);
        let little_endian = matches!(field.encoding, NonceEncoding::U32Le | NonceEncoding::U64Le);
        let swap = little_endian != (nonce.order == ByteOrder::LittleEndian);
        // A reversed nonce has its lowest byte on top of its 32 or 64 bits. The vectors hold 32, reversed.
        let lost = if swap { 8 * width as i32 - 32 } else { 0 };
        let parts = NonceWords::new(field, nonce.order).parts;
        let mut words = parts.iter().map(|part| {
            let shift = lost + part.left as i32 - part.right as i32;
            (part.word, shift)
        });
        let (index, shift) = words
            .rfind(|(_, shift)| match swap {
                true => (-24..=0).contains(shift),
                false => (0..=24).contains(shift),
            })
            .expect("some word holds the lowest byte");
        Self {
            index,
            bits: 32 - shift.unsigned_abs(),
            swap,
            left: shift.max(0) as u32,
            right: (-shift).max(0) as u32,
        }
    }

    /// Returns the low bits of a nonce.
    pub(super) fn low(&self, nonce: u64) -> u32 {
        (nonce & (self.segment_len() - 1)) as u32
    }

    /// Returns the number of nonces in a segment: 2^8, 2^16, 2^24 or 2^32.
    pub(super) fn segment_len(&self) -> u64 {
        1 << self.bits
    }

    /// Returns the bits of the word that come from `low`.
    pub(super) fn word(&self, low: u32) -> u32 {
        let value = if self.swap { low.swap_bytes() } else { low };
        value << self.left >> self.right
    }

    /// Returns the bits of the word that come from `low`, `low + 1`, …, one in each lane.
    #[inline(always)]
    pub(super) fn lanes<S: Simd>(&self, simd: S, low: u32) -> S::Lanes {
        let lows = simd.splat(low) + simd.lane_numbers();
        let value = if self.swap { lows.swap_bytes() } else { lows };
        value.shift_left(self.left).shift_right(self.right)
    }
}
