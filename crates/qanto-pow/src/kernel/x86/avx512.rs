//! The kernel of AVX-512: sixteen lanes of 32-bit words, or eight of 64-bit words. Every rotation, Ch, Maj and exclusive
//! or of three words is a single instruction.

mod u64x8;

use std::arch::asm;
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

/// Proof that the processor has AVX-512 F and BW.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        found.then_some(Self(()))
    }
}

/// A vector of 16 words of 32 bits. Only [`Avx512`] makes one, so it proves the same: therefore the intrinsics below
/// may be called.
#[derive(Clone, Copy)]
pub(super) struct U32x16(__m512i);

impl Simd for Avx512 {
    type Lanes = U32x16;

    const REGISTERS: usize = 32;

    #[inline(always)]
    fn splat(self, word: u32) -> U32x16 {
        // SAFETY: self proves that the processor has AVX-512 F.
        U32x16(unsafe { _mm512_set1_epi32(word as i32) })
    }

    #[inline(always)]
    fn load(self, words: &[u32]) -> U32x16 {
        let words = &words[..16];
        // SAFETY: self proves that the processor has AVX-512 F, and there are 16 words.
        U32x16(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> U32x16 {
        let bytes = &bytes[..64];
        // SAFETY: self proves that the processor has AVX-512 F, and there are 64 bytes.
        U32x16(unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, lanes: U32x16, words: &mut [u32]) {
        let words = &mut words[..16];
        // SAFETY: self proves that the processor has AVX-512 F, and there is room for 16 words.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), lanes.0) };
    }

    #[inline(always)]
    fn lane_numbers(self) -> U32x16 {
        // SAFETY: self proves that the processor has AVX-512 F.
        U32x16(unsafe { _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) })
    }
}

impl LaneKernel for Avx512 {
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

impl DigestKernel for Avx512 {
    fn sha2<H: Sha2>(self, blocks: &Blocks<'_>, is_twice: bool, hashes: &mut [H::Word])
    where
        Self: Simd<H::Word>,
    {
        #[target_feature(enable = "avx512f,avx512bw")]
        fn digest<H: Sha2>(
            simd: Avx512,
            blocks: &Blocks<'_>,
            is_twice: bool,
            hashes: &mut [H::Word],
        ) where
            Avx512: Simd<H::Word>,
        {
            lanes::sha2::digests::<H, _>(simd, blocks, is_twice, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { digest::<H>(self, blocks, is_twice, hashes) }
    }

    fn sha1(self, blocks: &Blocks<'_>, hashes: &mut [u32]) {
        #[target_feature(enable = "avx512f,avx512bw")]
        fn digest(simd: Avx512, blocks: &Blocks<'_>, hashes: &mut [u32]) {
            lanes::sha1::digests(simd, blocks, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { digest(self, blocks, hashes) }
    }
}

impl Rounds for Avx512 {
    fn kernel(&self) -> Kernel {
        Kernel::Avx512
    }

    fn lanes(&self) -> usize {
        <Avx512 as Simd<u32>>::Lanes::COUNT
    }

    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
        #[target_feature(enable = "avx512f,avx512bw")]
        fn compress(simd: Avx512, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
            lanes::sha2::compress_constants::<Sha256, _>(simd, blocks, times, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { compress(*self, blocks, times, hashes) }
    }
}

impl<H: LaneHash<N>, const N: usize> Filter for LaneFilter<Avx512, H, N>
where
    Avx512: Simd<H::Word>,
{
    type Word = H::Word;
    type Precomputed = H::Precomputed;

    const KERNEL: Kernel = Kernel::Avx512;
    const LANES: usize = <Avx512 as Simd<H::Word>>::Lanes::COUNT;

    fn changing(&self) -> &Changing<H::Word> {
        &self.changing
    }

    fn precompute(&self, blocks: &[[H::Word; 16]]) -> H::Precomputed {
        self.hash.precompute(blocks, self.place)
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn first_candidate(
        &self,
        precomputed: &H::Precomputed,
        low: u32,
        count: u64,
    ) -> Option<u64> {
        lanes::first_candidate(self, precomputed, low, count)
    }
}

impl U32x16 {
    /// Returns the same vector, but the compiler does not know that. See [`opaque`].
    #[inline(always)]
    fn as_summed(self) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { opaque(self.0) })
    }
}

impl Add for U32x16 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }
}

impl BitXor for U32x16 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
}

/// Returns the same vector, but the compiler does not know that. Otherwise, it adds the terms of a sum in an order in which the
/// rounds of SHA-2 wait longer for one another: on Zen 5, where a vector instruction takes two cycles, the hash rate of headers
/// was 0.84 of what it is.
#[target_feature(enable = "avx512f")]
#[inline]
fn opaque(mut vector: __m512i) -> __m512i {
    // SAFETY: this is no instruction.
    unsafe {
        asm!("/* {0} */", inout(zmm_reg) vector, options(pure, nomem, nostack, preserves_flags));
    }
    vector
}

/// Truth tables of three variables for the ternary logic instruction: bit `4 x + 2 y + z` is the result.
mod truth_table {
    pub(super) const XOR: i32 = 0b1001_0110;
    pub(super) const CHOOSE: i32 = 0b1100_1010;
    pub(super) const MAJORITY: i32 = 0b1110_1000;
}

impl Lanes for U32x16 {
    const COUNT: usize = 16;

    #[inline(always)]
    fn sum([first, second, third, last]: [Self; 4]) -> Self {
        ((first + second).as_summed() + third).as_summed() + last
    }

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { _mm512_rorv_epi32(self.0, _mm512_set1_epi32(bits as i32)) })
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_sllv_epi32(self.0, _mm512_set1_epi32(bits as i32)) })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_srlv_epi32(self.0, _mm512_set1_epi32(bits as i32)) })
    }

    #[inline(always)]
    fn xor3(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi32::<{ truth_table::XOR }>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi32::<{ truth_table::CHOOSE }>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x16 proves AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi32::<{ truth_table::MAJORITY }>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        // SAFETY: a U32x16 is made by an Avx512, which proves AVX-512 F and BW.
        Self(unsafe {
            let reversed = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
            _mm512_shuffle_epi8(self.0, _mm512_broadcast_i32x4(reversed))
        })
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        // SAFETY: a U32x16 proves AVX-512 F. The numbers from 16 on are those of the lanes of the other vector.
        unsafe {
            let first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let second =
                _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            [
                Self(_mm512_permutex2var_epi32(self.0, first, other.0)),
                Self(_mm512_permutex2var_epi32(self.0, second, other.0)),
            ]
        }
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        // SAFETY: a U32x16 proves AVX-512 F.
        u32::from(unsafe { _mm512_cmple_epu32_mask(self.0, bound.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::lanes::tests::{
        Assertion, Checker, hash_functions_agree_with_their_references,
    };
    use crate::kernel::simd::tests::every_lane_computes_as_a_single_one;

    impl Checker for Avx512 {
        fn check(self, assertion: &impl Assertion) {
            #[target_feature(enable = "avx512f,avx512bw")]
            fn check(simd: Avx512, assertion: &impl Assertion) {
                assertion.check(simd);
            }
            // SAFETY: self proves the features.
            unsafe { check(self, assertion) }
        }
    }

    #[test]
    fn every_lane_computes_as_a_single_one_does() {
        if let Some(simd) = Avx512::detect() {
            every_lane_computes_as_a_single_one::<u32, _>(simd);
            every_lane_computes_as_a_single_one::<u64, _>(simd);
        }
    }

    #[test]
    fn the_hash_functions_agree_with_their_references() {
        if let Some(simd) = Avx512::detect() {
            hash_functions_agree_with_their_references(simd);
        }
    }
}
