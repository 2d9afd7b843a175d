//! The kernel of NEON: four lanes of 32-bit words, or two of 64-bit words.

mod u64x2;

use std::arch::aarch64::*;
use std::arch::{asm, is_aarch64_feature_detected};
use std::ops::{Add, BitXor};
use std::sync::Arc;

pub(super) use self::u64x2::U64x2;
use super::pair::Pair;
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

/// Proof that the processor has NEON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Self> {
        is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

/// A vector of 4 words of 32 bits. Only [`Neon`] makes one, so it proves the same: therefore the intrinsics below may be
/// called.
#[derive(Clone, Copy)]
pub(super) struct U32x4(uint32x4_t);

/// For the kernel of the SHA2 instructions, which has a proof of NEON too.
impl From<uint32x4_t> for U32x4 {
    #[inline(always)]
    fn from(words: uint32x4_t) -> Self {
        Self(words)
    }
}

impl From<U32x4> for uint32x4_t {
    #[inline(always)]
    fn from(words: U32x4) -> Self {
        words.0
    }
}

impl Simd for Neon {
    type Lanes = U32x4;

    const REGISTERS: usize = 32;

    #[inline(always)]
    fn splat(self, word: u32) -> U32x4 {
        // SAFETY: self proves that the processor has NEON.
        U32x4(unsafe { vdupq_n_u32(word) })
    }

    #[inline(always)]
    fn load(self, words: &[u32]) -> U32x4 {
        let words = &words[..4];
        // SAFETY: self proves that the processor has NEON, and there are 4 words.
        U32x4(unsafe { vld1q_u32(words.as_ptr()) })
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> U32x4 {
        let bytes = &bytes[..16];
        // SAFETY: self proves that the processor has NEON, and there are 16 bytes.
        U32x4(unsafe { vreinterpretq_u32_u8(vld1q_u8(bytes.as_ptr())) })
    }

    #[inline(always)]
    fn store(self, lanes: U32x4, words: &mut [u32]) {
        let words = &mut words[..4];
        // SAFETY: self proves that the processor has NEON, and there is room for 4 words.
        unsafe { vst1q_u32(words.as_mut_ptr(), lanes.0) };
    }

    #[inline(always)]
    fn lane_numbers(self) -> U32x4 {
        self.load(&[0u32, 1, 2, 3])
    }
}

impl DigestKernel for Neon {
    fn sha2<H: Sha2>(self, blocks: &Blocks<'_>, is_twice: bool, hashes: &mut [H::Word])
    where
        Self: Simd<H::Word>,
    {
        #[target_feature(enable = "neon")]
        fn digest<H: Sha2>(simd: Neon, blocks: &Blocks<'_>, is_twice: bool, hashes: &mut [H::Word])
        where
            Neon: Simd<H::Word>,
        {
            lanes::sha2::digests::<H, _>(simd, blocks, is_twice, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { digest::<H>(self, blocks, is_twice, hashes) }
    }

    fn sha1(self, blocks: &Blocks<'_>, hashes: &mut [u32]) {
        #[target_feature(enable = "neon")]
        fn digest(simd: Neon, blocks: &Blocks<'_>, hashes: &mut [u32]) {
            lanes::sha1::digests(simd, blocks, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { digest(self, blocks, hashes) }
    }
}

impl Rounds for Neon {
    fn kernel(&self) -> Kernel {
        Kernel::Neon
    }

    fn lanes(&self) -> usize {
        <Neon as Simd<u32>>::Lanes::COUNT
    }

    fn compress(&self, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
        #[target_feature(enable = "neon")]
        fn compress(simd: Neon, blocks: &[RoundWords], times: usize, hashes: &mut [u32]) {
            lanes::sha2::compress_constants::<Sha256, _>(simd, blocks, times, hashes);
        }
        // SAFETY: self proves the features.
        unsafe { compress(*self, blocks, times, hashes) }
    }
}

impl From<Neon> for Pair<Neon> {
    fn from(simd: Neon) -> Self {
        Self(simd, simd)
    }
}

/// The kernel of one vector, and of two side by side.
macro_rules! kernel {
    ($simd:ty) => {
        impl LaneKernel for $simd {
            type Wide = Pair<Neon>;

            fn wide(self) -> Pair<Neon> {
                self.into()
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

        impl<H: LaneHash<N>, const N: usize> Filter for LaneFilter<$simd, H, N>
        where
            $simd: Simd<H::Word>,
        {
            type Word = H::Word;
            type Precomputed = H::Precomputed;

            const KERNEL: Kernel = Kernel::Neon;
            const LANES: usize = <$simd as Simd<H::Word>>::Lanes::COUNT;

            fn changing(&self) -> &Changing<H::Word> {
                &self.changing
            }

            fn precompute(&self, blocks: &[[H::Word; 16]]) -> H::Precomputed {
                self.hash.precompute(blocks, self.place)
            }

            #[target_feature(enable = "neon")]
            unsafe fn first_candidate(
                &self,
                precomputed: &H::Precomputed,
                low: u32,
                count: u64,
            ) -> Option<u64> {
                lanes::first_candidate(self, precomputed, low, count)
            }
        }
    };
}
kernel!(Neon);
kernel!(Pair<Neon>);

impl Add for U32x4 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: a U32x4 proves NEON.
        Self(unsafe { vaddq_u32(self.0, other.0) })
    }
}

impl BitXor for U32x4 {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        // SAFETY: a U32x4 proves NEON.
        Self(unsafe { veorq_u32(self.0, other.0) })
    }
}

impl Lanes for U32x4 {
    const COUNT: usize = 4;

    #[inline(always)]
    fn in_order(self) -> Self {
        let mut lanes = self.0;
        // SAFETY: there is no instruction.
        unsafe {
            asm!("/* {:v} */", inout(vreg) lanes, options(nomem, nostack, preserves_flags));
        }
        Self(lanes)
    }

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        /// For each byte of the result, the byte that comes there if every word is rotated by 8 bits.
        const ROTATED_BY_A_BYTE: [u8; 16] = [1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12];
        match bits {
            // A rotation by whole bytes takes one instruction instead of two.
            // SAFETY: a U32x4 proves NEON, and there are 16 bytes.
            8 => Self(unsafe {
                let order = vld1q_u8(ROTATED_BY_A_BYTE.as_ptr());
                vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(self.0), order))
            }),
            // SAFETY: a U32x4 proves NEON.
            16 => {
                Self(unsafe { vreinterpretq_u32_u16(vrev32q_u16(vreinterpretq_u16_u32(self.0))) })
            }
            // The parts have no bits in common, so the compiler makes one instruction of the second shift and the
            // exclusive or.
            _ => self.shift_right(bits) ^ self.shift_left(32 - bits),
        }
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        // SAFETY: a U32x4 proves NEON. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { vshlq_u32(self.0, vdupq_n_s32(bits as i32)) })
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        // SAFETY: a U32x4 proves NEON. Where `bits` is constant, the compiler uses the immediate form.
        Self(unsafe { vshlq_u32(self.0, vdupq_n_s32(-(bits as i32))) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x4 proves NEON.
        Self(unsafe { vbslq_u32(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: a U32x4 proves NEON.
        Self(unsafe { vbslq_u32(veorq_u32(self.0, y.0), z.0, y.0) })
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        // SAFETY: a U32x4 proves NEON.
        Self(unsafe { vreinterpretq_u32_u8(vrev32q_u8(vreinterpretq_u8_u32(self.0))) })
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        // SAFETY: a U32x4 proves NEON.
        unsafe {
            [
                Self(vzip1q_u32(self.0, other.0)),
                Self(vzip2q_u32(self.0, other.0)),
            ]
        }
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        const BIT_OF_LANE: [u32; 4] = [1, 2, 4, 8];
        // SAFETY: a U32x4 proves NEON, and there are 4 words.
        unsafe {
            let lanes = vcleq_u32(self.0, bound.0);
            // Nearly always there is no such lane, and this shows it with fewer instructions.
            if vget_lane_u64::<0>(vreinterpret_u64_u16(vmovn_u32(lanes))) == 0 {
                return 0;
            }
            vaddvq_u32(vandq_u32(lanes, vld1q_u32(BIT_OF_LANE.as_ptr())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::lanes::tests::{
        Assertion, Checker, hash_functions_agree_with_their_references,
    };
    use crate::kernel::simd::tests::every_lane_computes_as_a_single_one;

    macro_rules! checker {
        ($simd:ty) => {
            impl Checker for $simd {
                fn check(self, assertion: &impl Assertion) {
                    #[target_feature(enable = "neon")]
                    fn check(simd: $simd, assertion: &impl Assertion) {
                        assertion.check(simd);
                    }
                    // SAFETY: self proves the features.
                    unsafe { check(self, assertion) }
                }
            }
        };
    }
    checker!(Neon);
    checker!(Pair<Neon>);

    #[test]
    fn every_lane_computes_as_a_single_one_does() {
        if let Some(simd) = Neon::detect() {
            every_lane_computes_as_a_single_one::<u32, _>(simd);
            every_lane_computes_as_a_single_one::<u64, _>(simd);
            every_lane_computes_as_a_single_one::<u32, _>(simd.wide());
            every_lane_computes_as_a_single_one::<u64, _>(simd.wide());
        }
    }

    #[test]
    fn the_hash_functions_agree_with_their_references() {
        if let Some(simd) = Neon::detect() {
            hash_functions_agree_with_their_references(simd);
            hash_functions_agree_with_their_references(simd.wide());
        }
    }
}
