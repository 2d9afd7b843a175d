use proptest::prelude::*;

use super::{
    Assertion, Checker, SingleLane, assert_lanes, in_lane, indices, numbered, select, some_in_lane,
};
use crate::algorithm;
use crate::algorithm::sha512::{Block, State};
use crate::kernel::lanes::sha2::digest::hash_of_digest;
use crate::kernel::lanes::sha2::segment::Precomputed;
use crate::kernel::lanes::sha2::{compress_constant, round_words};
use crate::kernel::lanes::sha512::Sha512;
use crate::kernel::simd::Simd;

pub(super) fn agrees_with_its_reference() {
    agrees_with_its_reference_in(SingleLane);
    proptest!(|(before: State, block: Block, changing in indices::<2>(16))| {
        SingleLane.check(&SomeWordsChange { before, block, changing });
        SingleLane.check(&ConstantBlock { before, block });
    });
}

pub(super) fn agrees_with_its_reference_in(simd: impl Checker) {
    proptest!(|(before: State, block: Block, changing in indices::<1>(16))| {
        simd.check(&SomeWordsChange { before, block, changing });
        simd.check(&HashOfDigest { digest: before });
    });
}

struct SomeWordsChange<const N: usize> {
    before: State,
    block: Block,
    changing: [usize; N],
}

impl<const N: usize> Assertion for SomeWordsChange<N> {
    #[inline(always)]
    fn check<S: Simd<u32> + Simd<u64>>(&self, simd: S) {
        let words = select(&numbered(simd, &self.block), &self.changing);
        let precomputed = Precomputed::<Sha512, N>::new(&self.before, &self.block, self.changing);
        let mut vectors = precomputed.broadcast(simd);
        let mut hash = [simd.splat(0_u64); 8];
        // The words that are hashed first must leave nothing behind.
        for words in [[simd.splat(1_u64); N], words] {
            hash = precomputed.hash::<S, false>(simd, &mut vectors, words);
        }
        assert_lanes(simd, &hash, |lane| {
            hash_after(
                &self.before,
                &some_in_lane(&self.block, &self.changing, lane),
            )
        });
    }
}

/// A block that is the same in every lane, after hash values that are not.
struct ConstantBlock {
    before: State,
    block: Block,
}

impl Assertion for ConstantBlock {
    #[inline(always)]
    fn check<S: Simd<u32> + Simd<u64>>(&self, simd: S) {
        let Self { before, block } = self;
        let round_words = round_words::<Sha512>(block);
        let hash = compress_constant::<Sha512, S>(simd, numbered(simd, before), &round_words);
        assert_lanes(simd, &hash, |lane| {
            hash_after(&in_lane(before, lane), block)
        });
    }
}

struct HashOfDigest {
    digest: State,
}

impl Assertion for HashOfDigest {
    #[inline(always)]
    fn check<S: Simd<u32> + Simd<u64>>(&self, simd: S) {
        let hash = hash_of_digest::<Sha512, S, false>(simd, numbered(simd, &self.digest));
        assert_lanes(simd, &hash, |lane| {
            let digest = algorithm::sha512::to_bytes(&in_lane(&self.digest, lane));
            let padded = algorithm::sha512::pad(&digest, digest.len());
            let mut blocks = algorithm::sha512::blocks(&padded);
            hash_after(
                &algorithm::sha512::INITIAL,
                &blocks.next().expect("a digest takes one block"),
            )
        });
    }
}

fn hash_after(before: &State, block: &Block) -> State {
    let mut state = *before;
    algorithm::sha512::compress(&mut state, block);
    state
}
