//! The one message word that changes from nonce to nonce, if the nonce is binary.

use super::nonce_bytes::{MessageWord, significance};
use super::simd::{Lanes, Simd};
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// The *low word*: the message word that holds the nonce's least significant bits, `nonce mod 2^bits`, as one
/// contiguous field.
#[derive(Clone, Copy, Debug)]
pub(super) struct LowWord {
    /// The number of the word, counted from the start of the message.
    pub(super) index: usize,
    /// The number of low bits: 8, 16, 24 or 32.
    pub(super) bits: u32,
    /// The low bits are byte-reversed if `swap` is set, then shifted into the word. One of the two shifts is 0.
    swap: bool,
    left: u32,
    right: u32,
}

impl LowWord {
    /// `order` is the byte order in which the hash function reads its words `W`. The encoding must be binary.
    pub(super) fn new<W: MessageWord>(field: NonceField, order: ByteOrder) -> Self {
        let len = field.encoding.len_of(0);
        let position = |byte: usize| field.offset + field.encoding.position(byte, len);
        let index = position(0) / W::LEN;
        let shift = |byte: usize| 8 * significance(position(byte) % W::LEN, W::LEN, order) as u32;
        // A segment has at most 2^32 nonces.
        let bytes = (0..4)
            .take_while(|&byte| position(byte) / W::LEN == index)
            .count();
        let swap = bytes > 1 && shift(1) < shift(0);
        let highest = 8 * (W::LEN as u32 - 1);
        Self {
            index,
            bits: 8 * bytes as u32,
            swap,
            left: if swap { 0 } else { shift(0) },
            right: if swap { highest - shift(0) } else { 0 },
        }
    }

    /// Returns the bits of the word that come from `low`.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn word(&self, low: u32) -> u32 {
        let value = if self.swap { low.swap_bytes() } else { low };
        value << self.left >> self.right
    }

    /// Returns the bits of the word that come from `low`, `low + 1`, …, one in each lane.
    #[inline(always)]
    pub(super) fn lanes<W: MessageWord, S: Simd<W>>(&self, simd: S, low: u32) -> S::Lanes {
        let lows = simd.splat(W::from(low)) + simd.lane_numbers();
        let value = if self.swap { lows.swap_bytes() } else { lows };
        value.shift_left(self.left).shift_right(self.right)
    }
}
