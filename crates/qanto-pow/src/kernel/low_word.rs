//! The one message word that changes from nonce to nonce.

use super::lanes::{Lanes, Simd};
use super::nonce_words::{NonceWords, WordOrder};
use crate::template::NonceEncoding;

/// The message word that holds the nonce's least significant bits, `nonce mod 2^bits`, as one contiguous field.
/// The nonces that agree in all higher bits form a *stretch*; within it every other word is constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct LowWord {
    /// Number of the word, counted from the start of the message.
    pub(super) index: usize,
    bits: u32,
    /// The low bits reach the word byte-reversed, then shifted; one of the shifts is 0.
    swap: bool,
    left: u32,
    right: u32,
}

impl LowWord {
    pub(super) fn new(nonce: &NonceWords) -> Self {
        let encoding = nonce.encoding;
        let little_endian = matches!(encoding, NonceEncoding::U32Le | NonceEncoding::U64Le);
        let swap = little_endian != (nonce.order == WordOrder::LittleEndian);
        // A reversed nonce has its lowest byte on top of its 32 or 64 bits. The vectors hold 32, reversed.
        let lost = if swap {
            8 * encoding.width() as i32 - 32
        } else {
            0
        };
        let mut words = nonce.shares.iter().map(|share| {
            let shift = lost + share.left as i32 - share.right as i32;
            (share.word, shift)
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

    /// The low bits of a nonce.
    pub(super) fn low(&self, nonce: u64) -> u32 {
        (nonce & (self.stretch_len() - 1)) as u32
    }

    /// Nonces in a stretch: 2^8, 2^16, 2^24 or 2^32.
    pub(super) fn stretch_len(&self) -> u64 {
        1 << self.bits
    }

    /// What `low` contributes to the word.
    pub(super) fn word(&self, low: u32) -> u32 {
        let value = if self.swap { low.swap_bytes() } else { low };
        value << self.left >> self.right
    }

    /// What `low`, `low + 1`, … contribute to the word, one in each lane.
    #[inline(always)]
    pub(super) fn lanes<S: Simd>(&self, simd: S, low: u32) -> S::Lanes {
        let lows = simd.splat(low) + simd.lane_numbers();
        let value = if self.swap { lows.swap_bytes() } else { lows };
        value.shift_left(self.left).shift_right(self.right)
    }
}
