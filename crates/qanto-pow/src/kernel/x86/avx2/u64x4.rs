//! The vectors of 64-bit words of AVX2.

use std::arch::x86_64::*;
use std::ops::{Add, BitXor};

use super::Avx2;
use crate::kernel::simd::{Lanes, Simd};

/// A vector of 4 words. Only [`Avx2`] makes one, so it proves the same: therefore the intrinsics below may be called.
#[derive(Clone, Copy)]
pub(in crate::kernel::x86) struct U64x4(__m256i);

impl Simd<u64> for Avx2 {
    type Lanes = U64x4;

    const REGISTERS: usize = 16;

    #[inline(always)]
    fn splat(self, word: u64) -> U64x4 {
        // SAFETY: self proves that the processor has AVX2.
        U64x4(unsafe { _mm256_set1_epi64x(word as i64) })
    }

    #[inline(always)]
    fn load(self, words: &[u64]) -> U64x4 {
        let words = &words[..4];
        // SAFETY: self proves that the processor has AVX2, and there are 4 words.
        U64x4(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> U64x4 {
        let bytes = &bytes[..32];
        // SAFETY: self proves that the processor has AVX2, and there are 32 bytes.
        U64x4(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, lanes: U64x4, words: &mut [u64]) {
        let words = &mut words[..4];
        // SAFETY: self proves that the processor has AVX2, and there is room for 4 words.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), lanes.0) };
    }

    #[inline(always)]
    fn lane_numbers(self) -> U64x4 {
        // SAFETY: self proves that the processor has AVX2.
        U64x4(unsafe { _mm256_setr_epi64x(0, 1, 2, 3) })
    }
}

impl U64x4 {
    /// Moves byte `order[i]` of every lane to byte i.
    #[inline(always)]
    fn shuffle(self, order: [u8; 8]) -> Self {
        const NEXT_LANE: i64 = 0x0808_0808_0808_0808;
        let first = i64::from_le_bytes(order);
        // SAFETY: a U64x4 proves AVX2.
        Self(unsafe {
            let lanes = _mm_set_epi64x(first + NEXT_LANE, first);
            _mm256_shuffle_epi8(self.0, _mm256_broadcastsi128_si256(lanes))
        })
    }
}

impl Add for U64x4 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a U64x4 proves AVX2.
        Self(unsafe { _mm256_add_epi64(self.0, other.0) })
    }
}

impl BitXor for U64x4 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: a U64x4 proves AVX2.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
}

impl Lanes for U64x4 {
    const COUNT: usize = 4;

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        match bits {
            // A rotation by whole bytes takes one instruction instead of three.
            8 => self.shuffle([1, 2, 3, 4, 5, 6, 7, 0]),
            16 => self.shuffle([2, 3, 4, 5, 6, 7, 0, 1]),
            24 => self.shuffle([3, 4, 5, 6, 7, 0, 1, 2]),
            32 => self.shuffle([4, 5, 6, 7, 0, 1, 2, 3]),
            // More of the processor's units add than shift.
            63 => self.shift_right(63) ^ (self + self),
            _ => self.shift_right(bits) ^ self.shift_left(64 - bits),
        }
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U64x4 proves AVX2. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { _mm256_sllv_epi64(self.0, _mm256_set1_epi64x(i64::from(bits))) })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        // SAFETY: a U64x4 proves AVX2.
        Self(unsafe { _mm256_srlv_epi64(self.0, _mm256_set1_epi64x(i64::from(bits))) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x4 proves AVX2.
        z ^ Self(unsafe { _mm256_and_si256(self.0, (y ^ z).0) })
    }

    /// Written so that `y ^ z` is the `x ^ y` of the round before, which the compiler then computes once.
    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x4 proves AVX2.
        y ^ Self(unsafe { _mm256_and_si256((self ^ y).0, (y ^ z).0) })
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        self.shuffle([7, 6, 5, 4, 3, 2, 1, 0])
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        // SAFETY: a U64x4 proves AVX2.
        unsafe {
            // These instructions interleave each half of the vectors.
            let low = _mm256_unpacklo_epi64(self.0, other.0);
            let high = _mm256_unpackhi_epi64(self.0, other.0);
            [
                Self(_mm256_permute2x128_si256::<0x20>(low, high)),
                Self(_mm256_permute2x128_si256::<0x31>(low, high)),
            ]
        }
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        // SAFETY: a U64x4 proves AVX2. AVX2 has only a signed comparison, and only "greater": with the top bits
        // flipped, the words compare as unsigned ones.
        let greater = unsafe {
            let top_bit = _mm256_set1_epi64x(i64::MIN);
            let flipped = _mm256_xor_si256(self.0, top_bit);
            let flipped_bound = _mm256_xor_si256(bound.0, top_bit);
            _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(
                flipped,
                flipped_bound,
            )))
        };
        greater as u32 ^ 0b1111
    }
}
