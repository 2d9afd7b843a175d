//! Tests for the hash functions in the lanes of any instruction set. In each lane other words are hashed: the number of
//! the lane is added to random words.

mod blake2b;
mod sha1;
mod sha512;

use std::num::Wrapping;
use std::ops::Add;

use proptest::prelude::*;

use crate::kernel::simd::tests::lanes_with;
use crate::kernel::simd::{Lanes, Simd};

/// An assertion about vectors.
pub(in crate::kernel) trait Assertion {
    fn check<S: Simd<u32> + Simd<u64>>(&self, simd: S);
}

/// An instruction set that checks assertions as its kernel hashes: in a function that enables it, and into which all
/// functions on vectors are inlined.
pub(in crate::kernel) trait Checker: Simd<u32> + Simd<u64> {
    fn check(self, assertion: &impl Assertion);
}

/// An instruction set that every machine has: its vectors have a single lane.
#[derive(Clone, Copy)]
struct SingleLane;

macro_rules! vectors_of_a_single_lane {
    ($word:ty) => {
        impl Simd<$word> for SingleLane {
            type Lanes = Wrapping<$word>;

            const REGISTERS: usize = 16;

            fn splat(self, word: $word) -> Self::Lanes {
                Wrapping(word)
            }

            fn load(self, words: &[$word]) -> Self::Lanes {
                Wrapping(words[0])
            }

            fn load_bytes(self, bytes: &[u8]) -> Self::Lanes {
                let (word, _) = bytes.split_first_chunk().expect("a word");
                Wrapping(<$word>::from_le_bytes(*word))
            }

            fn store(self, lanes: Self::Lanes, words: &mut [$word]) {
                words[0] = lanes.0;
            }

            fn lane_numbers(self) -> Self::Lanes {
                Wrapping(0)
            }
        }
    };
}
vectors_of_a_single_lane!(u32);
vectors_of_a_single_lane!(u64);

impl Checker for SingleLane {
    fn check(self, assertion: &impl Assertion) {
        assertion.check(self);
    }
}

#[test]
fn the_hash_functions_agree_with_their_references_in_a_single_lane() {
    sha1::agrees_with_its_reference();
    sha512::agrees_with_its_reference();
    blake2b::agrees_with_its_reference();
}

/// Tests the hash functions in the lanes of an instruction set, in blocks of which one word changes.
pub(in crate::kernel) fn hash_functions_agree_with_their_references(simd: impl Checker) {
    sha1::agrees_with_its_reference_in(simd);
    sha512::agrees_with_its_reference_in(simd);
    blake2b::agrees_with_its_reference_in(simd);
}

/// Returns N indices below `words` in ascending order.
fn indices<const N: usize>(words: usize) -> impl Strategy<Value = [usize; N]> {
    let all: Vec<usize> = (0..words).collect();
    prop::sample::subsequence(all, N).prop_map(|indices| indices.try_into().expect("N indices"))
}

/// Returns each word plus the number of the lane.
#[inline(always)]
fn numbered<W: Copy, S: Simd<W>, const N: usize>(simd: S, words: &[W; N]) -> [S::Lanes; N] {
    let mut vectors = [simd.lane_numbers(); N];
    for i in 0..N {
        vectors[i] = simd.splat(words[i]) + vectors[i];
    }
    vectors
}

/// Returns the elements with these indices.
#[inline(always)]
fn select<V: Copy, const N: usize>(vectors: &[V], indices: &[usize; N]) -> [V; N] {
    let mut selected = [vectors[0]; N];
    for i in 0..N {
        selected[i] = vectors[indices[i]];
    }
    selected
}

/// Returns what [`numbered`] words are in a lane.
fn in_lane<W: Copy, const N: usize>(words: &[W; N], lane: W) -> [W; N]
where
    Wrapping<W>: Add<Output = Wrapping<W>>,
{
    words.map(|word| (Wrapping(word) + Wrapping(lane)).0)
}

/// Returns the words, of which those with these indices are [`numbered`].
fn some_in_lane<W: Copy, const N: usize>(words: &[W; N], indices: &[usize], lane: W) -> [W; N]
where
    Wrapping<W>: Add<Output = Wrapping<W>>,
{
    let mut some = *words;
    for &i in indices {
        [some[i]] = in_lane(&[words[i]], lane);
    }
    some
}

/// Asserts that every lane has the expected words.
#[inline(always)]
fn assert_lanes<W: From<u8>, S: Simd<W>, const N: usize>(
    simd: S,
    vectors: &[S::Lanes; N],
    expected: impl Fn(W) -> [W; N],
) {
    for lane in 0..S::Lanes::COUNT {
        for (i, word) in expected(W::from(lane as u8)).into_iter().enumerate() {
            let lanes = lanes_with(simd, vectors[i], word);
            assert_eq!(lanes >> lane & 1, 1, "word {i} in lane {lane}");
        }
    }
}
