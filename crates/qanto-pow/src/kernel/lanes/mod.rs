//! Hash functions written once for every width of vector: one nonce a lane, so no lane ever waits for another.
//!
//! The compiler uses an instruction set only in functions that say so, and in what is inlined into them. There
//! is one such function for each, [`Simd::first_survivor`]; so whatever it reaches that touches vectors is
//! `#[inline(always)]`, and takes no closures, on which that attribute is not stable.

pub(super) mod blake3;
pub(super) mod rolling_sha256d;
pub(super) mod sha256;

use std::num::Wrapping;
use std::ops::{Add, BitXor};

use super::Kernel;
use super::last_block::Filter;
use super::low_word::LowWord;

/// A vector instruction set. A value of such a type is the proof that this machine has it, so whoever holds one
/// may make vectors, and whoever holds a vector may compute with it.
pub(super) trait Simd: Copy + Send + Sync {
    type Lanes: Lanes;

    const KERNEL: Kernel;

    /// Vector registers.
    const REGISTERS: usize;

    /// The word in every lane.
    fn splat(self, word: u32) -> Self::Lanes;

    /// 0, 1, 2, …
    fn lane_numbers(self) -> Self::Lanes;

    /// [`first_survivor`], compiled for this instruction set.
    fn first_survivor<H: LaneHash>(
        self,
        filter: &LaneFilter<Self, H>,
        stretch: &H::Stretch,
        low: u32,
        count: u64,
    ) -> Option<u64>;
}

/// A vector of 32-bit words. `+` wraps.
pub(super) trait Lanes: Copy + Add<Output = Self> + BitXor<Output = Self> {
    const COUNT: usize;

    fn rotate_right(self, bits: u32) -> Self;

    fn shift_left(self, bits: u32) -> Self;

    fn shift_right(self, bits: u32) -> Self;

    #[inline(always)]
    fn xor3(self, y: Self, z: Self) -> Self {
        self ^ y ^ z
    }

    /// Bit by bit: `y` where `self` has a 1, else `z`.
    fn choose(self, y: Self, z: Self) -> Self;

    /// Bit by bit: what at least two of the three have.
    fn majority(self, y: Self, z: Self) -> Self;

    /// Reverses the bytes of every lane.
    fn swap_bytes(self) -> Self;

    /// Which lanes, as unsigned integers, do not exceed those of `bound`: lane 0 in the lowest bit.
    fn at_most(self, bound: Self) -> u32;
}

/// A single lane, for what is computed once for all nonces of a stretch by the functions that then compute the
/// rest in vectors.
impl Lanes for Wrapping<u32> {
    const COUNT: usize = 1;

    fn rotate_right(self, bits: u32) -> Self {
        Self(self.0.rotate_right(bits))
    }

    fn shift_left(self, bits: u32) -> Self {
        Self(self.0 << bits)
    }

    fn shift_right(self, bits: u32) -> Self {
        Self(self.0 >> bits)
    }

    fn choose(self, y: Self, z: Self) -> Self {
        (self & y) | (!self & z)
    }

    fn majority(self, y: Self, z: Self) -> Self {
        (self & y) | (self & z) | (y & z)
    }

    fn swap_bytes(self) -> Self {
        Self(self.0.swap_bytes())
    }

    fn at_most(self, bound: Self) -> u32 {
        u32::from(self <= bound)
    }
}

/// A hash function of the last block, prepared for a template, for every width of vector.
pub(super) trait LaneHash: Send + Sync {
    /// What is computed once for all nonces of a stretch.
    type Stretch;

    /// The same in vectors, with room for what depends on the nonce.
    type Image<V>;

    /// `words` is the last block with a nonce whose low bits, see [`LowWord`], are zero.
    fn prepare(&self, words: &[u32; 16]) -> Self::Stretch;

    fn image<S: Simd>(&self, simd: S, stretch: &Self::Stretch) -> Self::Image<S::Lanes>;

    /// The lanes, as in [`Lanes::at_most`], whose digest has a top word (its last four bytes, read
    /// little-endian) that does not exceed that of `bound`. `nonces` is what the nonces contribute to the word
    /// with their low bits.
    fn survivors<S: Simd>(
        &self,
        simd: S,
        stretch: &Self::Stretch,
        image: &mut Self::Image<S::Lanes>,
        nonces: S::Lanes,
        bound: S::Lanes,
    ) -> u32;
}

/// A hash function and an instruction set to compute it with.
pub(super) struct LaneFilter<S, H> {
    pub(super) simd: S,
    pub(super) hash: H,
    pub(super) low_word: LowWord,
    /// The target's top word.
    pub(super) bound: u32,
}

impl<S: Simd, H: LaneHash> Filter for LaneFilter<S, H> {
    type Stretch = H::Stretch;

    fn prepare(&self, words: &[u32; 16]) -> H::Stretch {
        self.hash.prepare(words)
    }

    fn first_survivor(&self, stretch: &H::Stretch, low: u32, count: u64) -> Option<u64> {
        self.simd.first_survivor(self, stretch, low, count)
    }

    fn lanes(&self) -> u64 {
        S::Lanes::COUNT as u64
    }

    fn kernel(&self) -> Kernel {
        S::KERNEL
    }
}

/// Does what [`Filter::first_survivor`] says, in whole vectors.
#[inline(always)]
pub(super) fn first_survivor<S: Simd, H: LaneHash>(
    filter: &LaneFilter<S, H>,
    stretch: &H::Stretch,
    low: u32,
    count: u64,
) -> Option<u64> {
    let simd = filter.simd;
    let bound = simd.splat(filter.bound);
    let mut image = filter.hash.image(simd, stretch);
    let mut done = 0;
    while done < count {
        let nonces = filter.low_word.lanes(simd, low.wrapping_add(done as u32));
        let survivors = filter
            .hash
            .survivors(simd, stretch, &mut image, nonces, bound);
        if survivors != 0 {
            let offset = done + u64::from(survivors.trailing_zeros());
            return (offset < count).then_some(offset);
        }
        done += S::Lanes::COUNT as u64;
    }
    None
}

/// Each word in every lane.
#[inline(always)]
fn splat<S: Simd, const N: usize>(simd: S, words: &[u32; N]) -> [S::Lanes; N] {
    let mut lanes = [simd.splat(0); N];
    for (lanes, &word) in lanes.iter_mut().zip(words) {
        *lanes = simd.splat(word);
    }
    lanes
}

/// Repeats the body with each of the numbers as a constant. In a `for` loop of this size the indices would not
/// be constants, and the state in memory instead of registers.
macro_rules! unroll {
    ($index:ident in [$($number:literal)*] $body:block) => {
        $( { const $index: usize = $number; $body } )*
    };
}
use unroll;
