use proptest::prelude::*;

use super::{
    Assertion, Checker, SingleLane, assert_lanes, in_lane, indices, numbered, select, some_in_lane,
};
use crate::algorithm;
use crate::algorithm::blake2b::{Block, State};
use crate::kernel::lanes::blake2b::{Precomputed, compress};
use crate::kernel::simd::Simd;

pub(super) fn agrees_with_its_reference() {
    proptest!(|(input in input::<16>(), one in indices::<1>(16), two in indices::<2>(16))| {
        SingleLane.check(&SomeWordsChange { input, changing: one });
        SingleLane.check(&SomeWordsChange { input, changing: two });
        SingleLane.check(&AllWordsChange(input));
    });
}

pub(super) fn agrees_with_its_reference_in(simd: impl Checker) {
    proptest!(|(input in input::<5>(), changing in indices::<1>(5))| {
        simd.check(&SomeWordsChange { input, changing });
    });
}

/// Only the first `WORDS` words of the block are not zero.
#[derive(Clone, Copy, Debug)]
struct Input<const WORDS: usize> {
    before: State,
    block: Block,
    t: u128,
    f: bool,
}

fn input<const WORDS: usize>() -> impl Strategy<Value = Input<WORDS>> {
    any::<(State, Block, u128, bool)>().prop_map(|(before, block, t, f)| Input {
        before,
        block: with_zeros::<WORDS>(block),
        t,
        f,
    })
}

impl<const WORDS: usize> Input<WORDS> {
    fn hash_after(&self, before: &State, block: &Block) -> State {
        let mut h = *before;
        algorithm::blake2b::compress(&mut h, block, self.t, self.f);
        h
    }
}

struct SomeWordsChange<const WORDS: usize, const N: usize> {
    input: Input<WORDS>,
    changing: [usize; N],
}

impl<const WORDS: usize, const N: usize> Assertion for SomeWordsChange<WORDS, N> {
    #[inline(always)]
    fn check<S: Simd<u32> + Simd<u64>>(&self, simd: S) {
        let Input {
            before,
            block,
            t,
            f,
        } = &self.input;
        let words = select(&numbered(simd, block), &self.changing);
        let precomputed = Precomputed::<WORDS, N>::new(before, block, *t, *f, self.changing);
        let mut vectors = precomputed.broadcast(simd);
        let mut hash = [simd.splat(0_u64); 8];
        // The words that are hashed first must leave nothing behind.
        for words in [[simd.splat(1_u64); N], words] {
            hash = precomputed.hash(simd, &mut vectors, words);
        }
        assert_lanes(simd, &hash, |lane| {
            self.input
                .hash_after(before, &some_in_lane(block, &self.changing, lane))
        });
    }
}

/// The hash value before the block changes as well.
struct AllWordsChange<const WORDS: usize>(Input<WORDS>);

impl<const WORDS: usize> Assertion for AllWordsChange<WORDS> {
    #[inline(always)]
    fn check<S: Simd<u32> + Simd<u64>>(&self, simd: S) {
        let Input {
            before,
            block,
            t,
            f,
        } = &self.0;
        let words = numbered(simd, block);
        let hash = compress::<WORDS, S>(simd, numbered(simd, before), &words, *t, *f);
        assert_lanes(simd, &hash, |lane| {
            let block = with_zeros::<WORDS>(in_lane(block, lane));
            self.0.hash_after(&in_lane(before, lane), &block)
        });
    }
}

fn with_zeros<const WORDS: usize>(mut block: Block) -> Block {
    block[WORDS..].fill(0);
    block
}
