//! Eight lanes: AVX2.

use std::arch::x86_64::*;
use std::ops::{Add, BitXor};

use crate::kernel::Kernel;
use crate::kernel::lanes::{self, LaneFilter, LaneHash, Lanes, Simd};

/// Proof that the processor has AVX2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// Made by [`Avx2`] only, and so a proof of the same: the reason why the intrinsics below may be called.
#[derive(Clone, Copy)]
pub(super) struct U32x8(__m256i);

impl Simd for Avx2 {
    type Lanes = U32x8;

    const KERNEL: Kernel = Kernel::Avx2;
    const REGISTERS: usize = 16;

    #[inline(always)]
    fn splat(self, word: u32) -> U32x8 {
        // SAFETY: self proves that the processor has AVX2.
        U32x8(unsafe { _mm256_set1_epi32(word as i32) })
    }

    #[inline(always)]
    fn lane_numbers(self) -> U32x8 {
        // SAFETY: self proves that the processor has AVX2.
        U32x8(unsafe { _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7) })
    }

    fn first_survivor<H: LaneHash>(
        self,
        filter: &LaneFilter<Self, H>,
        stretch: &H::Stretch,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        // SAFETY: self proves that the processor has AVX2.
        unsafe { first_survivor(filter, stretch, low, count) }
    }
}

#[target_feature(enable = "avx2")]
fn first_survivor<H: LaneHash>(
    filter: &LaneFilter<Avx2, H>,
    stretch: &H::Stretch,
    low: u32,
    count: u64,
) -> Option<u64> {
    lanes::first_survivor(filter, stretch, low, count)
}

impl U32x8 {
    /// Moves byte `order[i]` of every lane to place i.
    #[inline(always)]
    fn shuffle(self, order: [u8; 4]) -> Self {
        const NEXT_LANE: i32 = 0x0404_0404;
        let first = i32::from_le_bytes(order);
        // SAFETY: a U32x8 proves AVX2.
        Self(unsafe {
            let lanes = _mm_setr_epi32(
                first,
                first + NEXT_LANE,
                first + 2 * NEXT_LANE,
                first + 3 * NEXT_LANE,
            );
            _mm256_shuffle_epi8(self.0, _mm256_broadcastsi128_si256(lanes))
        })
    }
}

impl Add for U32x8 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a U32x8 proves AVX2.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }
}

impl BitXor for U32x8 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: a U32x8 proves AVX2.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
}

impl Lanes for U32x8 {
    const COUNT: usize = 8;

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        match bits {
            // Whole bytes: one instruction instead of three.
            8 => self.shuffle([1, 2, 3, 0]),
            16 => self.shuffle([2, 3, 0, 1]),
            _ => self.shift_right(bits) ^ self.shift_left(32 - bits),
        }
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U32x8 proves AVX2. The compiler makes it the immediate form where bits is constant.
        Self(unsafe { _mm256_sllv_epi32(self.0, _mm256_set1_epi32(bits as i32)) })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        // SAFETY: a U32x8 proves AVX2.
        Self(unsafe { _mm256_srlv_epi32(self.0, _mm256_set1_epi32(bits as i32)) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x8 proves AVX2.
        z ^ Self(unsafe { _mm256_and_si256(self.0, (y ^ z).0) })
    }

    /// `y ^ z` is the `x ^ y` of the round before, so that the compiler computes it once.
    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x8 proves AVX2.
        y ^ Self(unsafe { _mm256_and_si256((self ^ y).0, (y ^ z).0) })
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        self.shuffle([3, 2, 1, 0])
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        // SAFETY: a U32x8 proves AVX2. There is no unsigned comparison: x <= bound if min(x, bound) = x.
        let mask = unsafe {
            let least = _mm256_min_epu32(self.0, bound.0);
            _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(least, self.0)))
        };
        mask as u32
    }
}
