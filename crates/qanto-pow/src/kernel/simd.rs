//! What the kernels need of a vector instruction set: vectors of 32-bit and of 64-bit words, and a type that makes them.

use std::num::Wrapping;
use std::ops::{Add, BitXor};

/// A vector instruction set, with vectors of words of the type `Word`: `u32` or `u64`. A value of such a type proves
/// that this machine has the instruction set, and only such a value makes vectors. Therefore code that holds a vector
/// may compute with it.
pub(super) trait Simd<Word = u32>: Copy + Send + Sync + 'static {
    type Lanes: Lanes;

    /// The number of vector registers.
    const REGISTERS: usize;

    /// Returns a vector with the word in every lane.
    fn splat(self, word: Word) -> Self::Lanes;

    /// Returns a vector with the first words of the slice, which must have one for every lane.
    fn load(self, words: &[Word]) -> Self::Lanes;

    /// Returns a vector with the first words of the bytes, which are little-endian. There must be one for every lane.
    fn load_bytes(self, bytes: &[u8]) -> Self::Lanes;

    /// Writes the lanes to the first words of the slice, which must have one for every lane.
    fn store(self, lanes: Self::Lanes, words: &mut [Word]);

    /// Returns the vector 0, 1, 2, …
    fn lane_numbers(self) -> Self::Lanes;
}

/// A vector of words. `+` wraps.
pub(super) trait Lanes: Copy + Add<Output = Self> + BitXor<Output = Self> {
    const COUNT: usize;

    /// Whether the registers are too few for what several quarter-rounds need at the same time. Then a hash function does
    /// them one after the other, and says so to the compiler by [`in_order`](Self::in_order).
    const ARE_REGISTERS_SCARCE: bool = false;

    /// Returns the same vector. The compiler computes the vectors that earlier calls got before it computes with the one that
    /// this call returns.
    #[inline(always)]
    fn in_order(self) -> Self {
        self
    }

    /// Returns the sum of four vectors, of which those that are known first come first.
    #[inline(always)]
    fn sum([first, second, third, last]: [Self; 4]) -> Self {
        (last + third) + (first + second)
    }

    fn rotate_right(self, bits: u32) -> Self;

    fn shift_left(self, bits: u32) -> Self;

    fn shift_right(self, bits: u32) -> Self;

    #[inline(always)]
    fn xor3(self, y: Self, z: Self) -> Self {
        self ^ y ^ z
    }

    /// For each bit, returns the bit of `y` where `self` has a 1, and the bit of `z` where it has a 0: Ch of FIPS
    /// 180-4.
    fn choose(self, y: Self, z: Self) -> Self;

    /// For each bit, returns the value that at least two of the three have: Maj of FIPS 180-4.
    fn majority(self, y: Self, z: Self) -> Self;

    /// Reverses the bytes of every lane.
    fn swap_bytes(self) -> Self;

    /// Returns the lanes of both vectors in turn: lane 0 of this one, lane 0 of the other one, lane 1 of this one, and so
    /// on. The second result continues the first.
    fn interleave(self, other: Self) -> [Self; 2];

    /// Compares every lane, as an unsigned integer, with that of `bound`. Returns a bit for each lane, 1 if the lane
    /// is not greater; lane 0 has the lowest bit.
    fn at_most(self, bound: Self) -> u32;
}

/// A single lane. The functions that compute in vectors also compute, with these types, what all nonces of a segment
/// have in common.
macro_rules! single_lane {
    ($word:ty) => {
        impl Lanes for Wrapping<$word> {
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

            fn interleave(self, other: Self) -> [Self; 2] {
                [self, other]
            }

            fn at_most(self, bound: Self) -> u32 {
                u32::from(self <= bound)
            }
        }
    };
}
single_lane!(u32);
single_lane!(u64);

#[cfg(test)]
pub(super) mod tests;
