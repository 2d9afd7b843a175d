//! Two vectors side by side, so that the instructions of one fill the waits of the other.

use std::ops::{Add, BitXor};

use crate::kernel::simd::{Lanes, Simd};

/// Two vectors that are computed with together, or two values of an instruction set, which make them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<T>(pub(super) T, pub(super) T);

impl<W: Copy, S: Simd<W>> Simd<W> for Pair<S>
where
    W: From<u8>,
{
    type Lanes = Pair<S::Lanes>;

    const REGISTERS: usize = S::REGISTERS / 2;

    #[inline(always)]
    fn splat(self, word: W) -> Self::Lanes {
        Pair(self.0.splat(word), self.1.splat(word))
    }

    #[inline(always)]
    fn load(self, words: &[W]) -> Self::Lanes {
        Pair(self.0.load(words), self.1.load(&words[S::Lanes::COUNT..]))
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8]) -> Self::Lanes {
        let second = &bytes[size_of::<W>() * S::Lanes::COUNT..];
        Pair(self.0.load_bytes(bytes), self.1.load_bytes(second))
    }

    #[inline(always)]
    fn store(self, lanes: Self::Lanes, words: &mut [W]) {
        let (first, second) = words.split_at_mut(S::Lanes::COUNT);
        self.0.store(lanes.0, first);
        self.1.store(lanes.1, second);
    }

    #[inline(always)]
    fn lane_numbers(self) -> Self::Lanes {
        let numbers = self.0.lane_numbers();
        Pair(
            numbers,
            numbers + self.0.splat(W::from(S::Lanes::COUNT as u8)),
        )
    }
}

impl<V: Lanes> Add for Pair<V> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl<V: Lanes> BitXor for Pair<V> {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(self.0 ^ other.0, self.1 ^ other.1)
    }
}

impl<V: Lanes> Lanes for Pair<V> {
    const COUNT: usize = 2 * V::COUNT;

    // The state of BLAKE3 takes 16 registers for each vector.
    const ARE_REGISTERS_SCARCE: bool = true;

    #[inline(always)]
    fn in_order(self) -> Self {
        Self(self.0.in_order(), self.1.in_order())
    }

    #[inline(always)]
    fn rotate_right(self, bits: u32) -> Self {
        Self(self.0.rotate_right(bits), self.1.rotate_right(bits))
    }

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(self.0.shift_left(bits), self.1.shift_left(bits))
    }

    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        Self(self.0.shift_right(bits), self.1.shift_right(bits))
    }

    #[inline(always)]
    fn xor3(self, y: Self, z: Self) -> Self {
        Self(self.0.xor3(y.0, z.0), self.1.xor3(y.1, z.1))
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        Self(self.0.choose(y.0, z.0), self.1.choose(y.1, z.1))
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        Self(self.0.majority(y.0, z.0), self.1.majority(y.1, z.1))
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        Self(self.0.swap_bytes(), self.1.swap_bytes())
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> [Self; 2] {
        let [first, second] = self.0.interleave(other.0);
        let [third, fourth] = self.1.interleave(other.1);
        [Self(first, second), Self(third, fourth)]
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> u32 {
        self.0.at_most(bound.0) | self.1.at_most(bound.1) << V::COUNT
    }
}
