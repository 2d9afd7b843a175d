//! The kernel of AVX2: eight lanes of 32-bit words, or four of 64-bit words.

mod u64x4;

use std::arch::x86_64::*;
use std::ops::{Add, BitXor};
use std::sync::Arc;

use crate::kernel::changing::Changing;
use crate::kernel::choice::Kernel;
use crate::kernel::digest_lanes::DigestKernel;
use crate::kernel::lanes::blocks::Blocks;
use crate::kernel::lanes::sha2::Sha2;
use crate::kernel::lanes::sha256::Sha256;
use crate::kernel::lanes::{self, LaneFilter, LaneHash};
use crate::kernel::nonce_blocks::NonceBlocks;
use crate::kernel::repeated::{RoundWords, Rounds};
use crate::kernel::scan::Scan;
use crate::kernel::scanner::{Filter, LaneKernel, Scanner};
use crate::kernel::simd::{Lanes, Simd};
use crate::template::Template;

/// Proof that the processor has AVX2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// A vector of 8 words of 32 bits. Only [`Avx2`] makes one, so it proves the same: therefore the intrinsics below may be
/// called.
#[derive(Clone, Copy)]
pub(super) struct U32x8(__m256i);

impl Simd for Avx2 {
    type Lanes = U32x8;

    const REGISTERS: usize = 16;

    #[inline(always)]
    fn splat(self, word: u32) -> U32x8 {
        // SAFETY: self proves that the processor has AVX2.
        U32x8(unsafe { _mm256_set1_epi32(word as i32) })
    }

    #[inline(always)]
    fn load(self, words: &[u32]) -> U32x8 {
        let words = &words[..8];
        // SAFETY: self proves that the processor has AVX2, and there are 8 words.
        U32x8(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> U32x8 {
        let bytes = &bytes[..32];
        // SAFETY: self proves that the processor has AVX2, and there are 32 bytes.
        U32x8(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, lanes: U32x8, words: &mut [u32]) {
        let words = &mut words[..8];
        // SAFETY: self proves that the processor has AVX2, and there is room for 8 words.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), lanes.0) };
    }

    #[inline(always)]
    fn lane_numbers(self) -> U32x8 {
        // SAFETY: self proves that the processor has AVX2.
        U32x8(unsafe { _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7) })
    }
}

impl LaneKernel for Avx2 {
    type Wide = Self;

    fn wide(self) -> Self {
        self
    }

    fn scanner<H: LaneHash<N>, const N: usize>(
        self,
        template: &Template,
        blocks: NonceBlocks<H::Word>,
        hash: H,
    ) -> Arc<dyn Scan>
    where
        Self: Simd<H::Word>,
    {
        let filter = LaneFilter::new(self, template, &blocks, hash);
        Arc::new(Scanner::new(template, blocks, filter))
    }
}

impl DigestKernel for Avx2 {
    fn sha2<H: Sha2>(self, blocks: &Blocks<'_>, is_twice: bool, hashes: &mut [H::Word])
    where
        Self: Simd<H::Word>,
    {
        #[target_feature(enable = "avx2")]
        fn digest<H: Sha2>(simd: Avx2, blocks: &Blocks<'_>, is_twice: bool, hashes: &mut [H::Word])
        where
            Avx2: Simd<H::Word>,
        {
            lanes::sha2::digests::<H, _>(simd, blocks, is_twice, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { digest::<H>(self, blocks, is_twice, hashes) }
    }

    fn sha1(self, blocks: &Blocks<'_>, hashes: &mut [u32]) {
        #[target_feature(enable = "avx2")]
        fn digest(simd: Avx2, blocks: &Blocks<'_>, hashes: &mut [u32]) {
            lanes::sha1::digests(simd, blocks, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { digest(self, blocks, hashes) }
    }
}

impl Rounds for Avx2 {
    fn kernel(&self) -> Kernel {
        Kernel::Avx2
    }

    fn lanes(&self) -> usize {
        <Avx2 as Simd<u32>>::Lanes::COUNT
    }

    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
        #[target_feature(enable = "avx2")]
        fn compress(simd: Avx2, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
            lanes::sha2::compress_constants::<Sha256, _>(simd, blocks, times, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { compress(*self, blocks, times, hashes) }
    }
}

impl<H: LaneHash<N>, const N: usize> Filter for LaneFilter<Avx2, H, N>
where
    Avx2: Simd<H::Word>,
{
    type Word = H::Word;
    type Precomputed = H::Precomputed;

    const KERNEL: Kernel = Kernel::Avx2;
    const LANES: usize = <Avx2 as Simd<H::Word>>::Lanes::COUNT;

    fn changing(&self) -> &Changing<H::Word> {
        &self.changing
    }

    fn precompute(&self, blocks: &[[H::Word; 16]]) -> H::Precomputed {
        self.hash.precompute(blocks, self.place)
    }

    #[target_feature(enable = "avx2")]
    unsafe fn first_candidate(
        &self,
        precomputed: &H::Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        lanes::first_candidate(self, precomputed, low, count)
    }
}

impl U32x8 {
    /// Moves byte `order[i]` of every lane to byte i.
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
            // A rotation by whole bytes takes one instruction instead of three.
            8 => self.shuffle([1, 2, 3, 0]),
            16 => self.shuffle([2, 3, 0, 1]),
            // More of the processor's units add than shift.
            31 => self.shift_right(31) ^ (self + self),
            _ => self.shift_right(bits) ^ self.shift_left(32 - bits),
        }
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U32x8 proves AVX2. Where `bits` is constant, the compiler uses the immediate form.
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

    /// Written so that `y ^ z` is the `x ^ y` of the round before, which the compiler then computes once.
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
    fn interleave(self, other: Self) -> [Self; 2] {
        // SAFETY: a U32x8 proves AVX2.
        unsafe {
            // These instructions interleave each half of the vectors.
            let low = _mm256_unpacklo_epi32(self.0, other.0);
            let high = _mm256_unpackhi_epi32(self.0, other.0);
            [
                Self(_mm256_permute2x128_si256::<0x20>(low, high)),
                Self(_mm256_permute2x128_si256::<0x31>(low, high)),
            ]
        }
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        // SAFETY: a U32x8 proves AVX2. AVX2 has no unsigned comparison; x <= bound if min(x, bound) = x.
        let mask = unsafe {
            let least = _mm256_min_epu32(self.0, bound.0);
            _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(least, self.0)))
        };
        mask as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::lanes::tests::{
        Assertion, Checker, hash_functions_agree_with_their_references,
    };
    use crate::kernel::simd::tests::every_lane_computes_as_a_single_one;

    impl Checker for Avx2 {
        fn check(self, assertion: &impl Assertion) {
            #[target_feature(enable = "avx2")]
            fn check(simd: Avx2, assertion: &impl Assertion) {
                assertion.check(simd);
            }
            // SAFETY: self proves the features.
            unsafe { check(self, assertion) }
        }
    }

    #[test]
    fn every_lane_computes_as_a_single_one_does() {
        if let Some(simd) = Avx2::detect() {
            every_lane_computes_as_a_single_one::<u32, _>(simd);
            every_lane_computes_as_a_single_one::<u64, _>(simd);
        }
    }

    #[test]
    fn the_hash_functions_agree_with_their_references() {
        if let Some(simd) = Avx2::detect() {
            hash_functions_agree_with_their_references(simd);
        }
    }
}
