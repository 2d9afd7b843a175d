//! The vectors of 64-bit words of AVX-512.

use std::arch::x86_64::*;
use std::ops::{Add, BitXor};

use super::{Avx512, opaque, truth_table};
use crate::kernel::simd::{Lanes, Simd};

/// A vector of 8 words. Only [`Avx512`] makes one, so it proves the same: therefore the intrinsics below may be called.
#[derive(Clone, Copy)]
pub(in crate::kernel::x86) struct U64x8(__m512i);

impl Simd<u64> for Avx512 {
    type Lanes = U64x8;

    const REGISTERS: usize = 32;

    #[inline(always)]
    fn splat(self, word: u64) -> U64x8 {
        // SAFETY: self proves that the processor has AVX-512 F.
        U64x8(unsafe { _mm512_set1_epi64(word as i64) })
    }

    #[inline(always)]
    fn load(self, words: &[u64]) -> U64x8 {
        let words = &words[..8];
        // SAFETY: self proves that the processor has AVX-512 F, and there are 8 words.
        U64x8(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> U64x8 {
        let bytes = &bytes[..64];
        // SAFETY: self proves that the processor has AVX-512 F, and there are 64 bytes.
        U64x8(unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, lanes: U64x8, words: &mut [u64]) {
        let words = &mut words[..8];
        // SAFETY: self proves that the processor has AVX-512 F, and there is room for 8 words.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), lanes.0) };
    }

    #[inline(always)]
    fn lane_numbers(self) -> U64x8 {
        // SAFETY: self proves that the processor has AVX-512 F.
        U64x8(unsafe { _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7) })
    }
}

impl U64x8 {
    /// Returns the same vector, but the compiler does not know that. See [`opaque`].
    #[inline(always)]
    fn as_summed(self) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { opaque(self.0) })
    }
}

impl Add for U64x8 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_add_epi64(self.0, other.0) })
    }
}

impl BitXor for U64x8 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
}

impl Lanes for U64x8 {
    const COUNT: usize = 8;

    #[inline(always)]
    fn sum([first, second, third, last]: [Self; 4]) -> Self {
        ((first + second).as_summed() + third).as_summed() + last
    }

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { _mm512_rorv_epi64(self.0, _mm512_set1_epi64(i64::from(bits))) })
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_sllv_epi64(self.0, _mm512_set1_epi64(i64::from(bits))) })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_srlv_epi64(self.0, _mm512_set1_epi64(i64::from(bits))) })
    }

    #[inline(always)]
    fn xor3(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi64::<{ truth_table::XOR }>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi64::<{ truth_table::CHOOSE }>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: a U64x8 proves AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi64::<{ truth_table::MAJORITY }>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        // SAFETY: a U64x8 is made by an Avx512, which proves AVX-512 F and BW.
        Self(unsafe {
            let reversed = _mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
            _mm512_shuffle_epi8(self.0, _mm512_broadcast_i32x4(reversed))
        })
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        // SAFETY: a U64x8 proves AVX-512 F. The numbers from 8 on are those of the lanes of the other vector.
        unsafe {
            let first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
            let second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
            [
                Self(_mm512_permutex2var_epi64(self.0, first, other.0)),
                Self(_mm512_permutex2var_epi64(self.0, second, other.0)),
            ]
        }
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        // SAFETY: a U64x8 proves AVX-512 F.
        u32::from(unsafe { _mm512_cmple_epu64_mask(self.0, bound.0) })
    }
}
