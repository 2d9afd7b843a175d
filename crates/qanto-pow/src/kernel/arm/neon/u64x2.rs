//! The vectors of 64-bit words of NEON.

use std::arch::aarch64::*;
use std::ops::{Add, BitXor};

use super::Neon;
use crate::kernel::simd::{Lanes, Simd};

/// A vector of 2 words. Only [`Neon`] makes one, so it proves the same: therefore the intrinsics below may be called.
#[derive(Clone, Copy)]
pub(in crate::kernel::arm) struct U64x2(uint64x2_t);

/// For the instructions for SHA-512, whose proof includes one of NEON.
impl From<uint64x2_t> for U64x2 {
    #[inline(always)]
    fn from(words: uint64x2_t) -> Self {
        Self(words)
    }
}

impl From<U64x2> for uint64x2_t {
    #[inline(always)]
    fn from(words: U64x2) -> Self {
        words.0
    }
}

impl Simd<u64> for Neon {
    type Lanes = U64x2;

    const REGISTERS: usize = 32;

    #[inline(always)]
    fn splat(self, word: u64) -> U64x2 {
        // SAFETY: self proves that the processor has NEON.
        U64x2(unsafe { vdupq_n_u64(word) })
    }

    #[inline(always)]
    fn load(self, words: &[u64]) -> U64x2 {
        let words = &words[..2];
        // SAFETY: self proves that the processor has NEON, and there are 2 words.
        U64x2(unsafe { vld1q_u64(words.as_ptr()) })
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> U64x2 {
        let bytes = &bytes[..16];
        // SAFETY: self proves that the processor has NEON, and there are 16 bytes.
        U64x2(unsafe { vreinterpretq_u64_u8(vld1q_u8(bytes.as_ptr())) })
    }

    #[inline(always)]
    fn store(self, lanes: U64x2, words: &mut [u64]) {
        let words = &mut words[..2];
        // SAFETY: self proves that the processor has NEON, and there is room for 2 words.
        unsafe { vst1q_u64(words.as_mut_ptr(), lanes.0) };
    }

    #[inline(always)]
    fn lane_numbers(self) -> U64x2 {
        self.load(&[0u64, 1])
    }
}

impl Add for U64x2 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a U64x2 proves NEON.
        Self(unsafe { vaddq_u64(self.0, other.0) })
    }
}

impl BitXor for U64x2 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: a U64x2 proves NEON.
        Self(unsafe { veorq_u64(self.0, other.0) })
    }
}

impl Lanes for U64x2 {
    const COUNT: usize = 2;

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        match bits {
            // A rotation by half a word takes one instruction instead of two.
            // SAFETY: a U64x2 proves NEON.
            32 => {
                Self(unsafe { vreinterpretq_u64_u32(vrev64q_u32(vreinterpretq_u32_u64(self.0))) })
            }
            // The parts have no bits in common, so the compiler makes one instruction of the second shift and the
            // exclusive or.
            _ => self.shift_right(bits) ^ self.shift_left(64 - bits),
        }
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U64x2 proves NEON. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { vshlq_u64(self.0, vdupq_n_s64(i64::from(bits))) })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        // SAFETY: a U64x2 proves NEON. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { vshlq_u64(self.0, vdupq_n_s64(-i64::from(bits))) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x2 proves NEON.
        Self(unsafe { vbslq_u64(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x2 proves NEON.
        Self(unsafe { vbslq_u64(veorq_u64(self.0, y.0), z.0, y.0) })
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        // SAFETY: a U64x2 proves NEON.
        Self(unsafe { vreinterpretq_u64_u8(vrev64q_u8(vreinterpretq_u8_u64(self.0))) })
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        // SAFETY: a U64x2 proves NEON.
        unsafe {
            [
                Self(vzip1q_u64(self.0, other.0)),
                Self(vzip2q_u64(self.0, other.0)),
            ]
        }
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        // SAFETY: a U64x2 proves NEON.
        unsafe {
            let lanes = vcleq_u64(self.0, bound.0);
            // Half of the bits of each lane are enough, and both halves fit into one word.
            let halves = vget_lane_u64::<0>(vreinterpret_u64_u32(vmovn_u64(lanes)));
            halves as u32 & 1 | (halves >> 32) as u32 & 2
        }
    }
}
