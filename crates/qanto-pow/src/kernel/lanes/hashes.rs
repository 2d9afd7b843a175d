//! The hash functions of whole templates, which the scanners of the vector kernels are made of: the block in which words
//! change, the blocks behind it, a second hash, and the word of the digest that is tested.

use std::num::Wrapping;

use super::sha2::digest::hash_of_digest;
use super::sha2::segment;
use super::sha2::{self, Sha2};
use super::{LaneHash, LaneTest, Place, blake2b, blake3, sha1, splat};
use crate::algorithm;
use crate::kernel::nonce_blocks::{Blake2bInputs, Blake3Inputs, BlockInput};
use crate::kernel::nonce_bytes::MessageWord;
use crate::kernel::simd::{Lanes, Simd};
use crate::rule::ByteOrder;

/// Which word of the digest a compiled function tests. If it is constant, the compiler removes what only other words
/// need. A function that tests any word also supports blocks behind that of the words that change.
pub(in crate::kernel) const FIRST: usize = 0;
pub(in crate::kernel) const LAST: usize = 7;
pub(in crate::kernel) const ANY: usize = usize::MAX;
/// Either the first or the last word, without blocks behind that of the words that change.
pub(in crate::kernel) const FIRST_OR_LAST: usize = usize::MAX - 1;

/// Returns the exclusive or of the constant parts of the words that change, and what the nonces add to them.
#[inline(always)]
pub(super) fn combine<W: Copy, S: Simd<W>, const N: usize>(
    simd: S,
    fixed: &[W; N],
    changes: [S::Lanes; N],
) -> [S::Lanes; N] {
    let mut words = splat(simd, fixed);
    for (word, change) in words.iter_mut().zip(changes) {
        *word = *word ^ change;
    }
    words
}

/// SHA-256 or SHA-512 of a message, applied once or twice. If `WORD` is not [`ANY`], `TWICE` says which, so that the compiler
/// knows it.
pub(in crate::kernel) struct Sha2Message<H: Sha2, const TWICE: bool, const WORD: usize> {
    /// The hash value before the blocks that depend on the nonce.
    pub(in crate::kernel) before: [H::Word; 8],
    /// The compression function of the reference implementation.
    pub(in crate::kernel) compress: fn(&mut [H::Word; 8], &[H::Word; 16]),
    /// The number of the word that is tested, if `WORD` is [`ANY`].
    pub(in crate::kernel) word: usize,
    /// Whether the function is applied twice, if `WORD` is [`ANY`].
    pub(in crate::kernel) is_twice: bool,
}

pub(in crate::kernel) struct Sha2Precomputed<H: Sha2, const N: usize> {
    fixed: [H::Word; N],
    block: segment::Precomputed<H, N>,
    /// The round words of the blocks behind it.
    rest: Vec<Vec<H::Word>>,
}

impl<H, const TWICE: bool, const WORD: usize, const N: usize> LaneHash<N>
    for Sha2Message<H, TWICE, WORD>
where
    H: Sha2<Word: MessageWord> + 'static,
    Wrapping<H::Word>: Lanes,
{
    type Word = H::Word;
    type Precomputed = Sha2Precomputed<H, N>;
    type Vectors<V> = segment::Vectors<V>;

    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn precompute(&self, blocks: &[[H::Word; 16]], place: Place<N>) -> Sha2Precomputed<H, N> {
        let mut state = self.before;
        let (before, rest) = blocks.split_at(place.block);
        for block in before {
            (self.compress)(&mut state, block);
        }
        Sha2Precomputed {
            fixed: place.indices.map(|index| rest[0][index]),
            block: segment::Precomputed::new(&state, &rest[0], place.indices),
            rest: rest[1..].iter().map(sha2::round_words::<H>).collect(),
        }
    }

    #[inline(always)]
    fn broadcast<S: Simd<H::Word>>(
        &self,
        simd: S,
        precomputed: &Sha2Precomputed<H, N>,
    ) -> segment::Vectors<S::Lanes> {
        precomputed.block.broadcast(simd)
    }

    #[inline(always)]
    fn candidates<S: Simd<H::Word>>(
        &self,
        simd: S,
        precomputed: &Sha2Precomputed<H, N>,
        vectors: &mut segment::Vectors<S::Lanes>,
        changes: [S::Lanes; N],
        test: &LaneTest<S::Lanes>,
    ) -> u32 {
        let words = combine(simd, &precomputed.fixed, changes);
        let block = &precomputed.block;
        let mut hash = if TWICE || WORD == ANY {
            block.hash::<S, false>(simd, vectors, words)
        } else {
            block.hash::<S, true>(simd, vectors, words)
        };
        if WORD == ANY {
            for round_words in &precomputed.rest {
                hash = sha2::compress_constant::<H, S>(simd, hash, round_words);
            }
            if self.is_twice {
                hash = hash_of_digest::<H, S, false>(simd, hash);
            }
        } else if TWICE {
            hash = hash_of_digest::<H, S, true>(simd, hash);
        }
        test.passes(hash[if WORD == ANY { self.word } else { WORD }])
    }
}

/// SHA-1 of a message.
pub(in crate::kernel) struct Sha1Message {
    /// The hash value before the blocks that depend on the nonce.
    pub(in crate::kernel) before: algorithm::sha1::State,
    /// The number of the word that is tested.
    pub(in crate::kernel) word: usize,
}

pub(in crate::kernel) struct Sha1Precomputed<const N: usize> {
    fixed: [u32; N],
    block: sha1::Precomputed<N>,
    /// The round words of the blocks behind it.
    rest: Vec<[u32; 80]>,
}

impl<const N: usize> LaneHash<N> for Sha1Message {
    type Word = u32;
    type Precomputed = Sha1Precomputed<N>;
    type Vectors<V> = sha1::Vectors<V>;

    const ORDER: ByteOrder = ByteOrder::BigEndian;

    fn precompute(&self, blocks: &[[u32; 16]], place: Place<N>) -> Sha1Precomputed<N> {
        let mut state = self.before;
        let (before, rest) = blocks.split_at(place.block);
        for block in before {
            algorithm::sha1::compress(&mut state, block);
        }
        Sha1Precomputed {
            fixed: place.indices.map(|index| rest[0][index]),
            block: sha1::Precomputed::new(&state, &rest[0], place.indices),
            rest: rest[1..].iter().map(sha1::round_words).collect(),
        }
    }

    #[inline(always)]
    fn broadcast<S: Simd>(
        &self,
        simd: S,
        precomputed: &Sha1Precomputed<N>,
    ) -> sha1::Vectors<S::Lanes> {
        precomputed.block.broadcast(simd)
    }

    #[inline(always)]
    fn candidates<S: Simd>(
        &self,
        simd: S,
        precomputed: &Sha1Precomputed<N>,
        vectors: &mut sha1::Vectors<S::Lanes>,
        changes: [S::Lanes; N],
        test: &LaneTest<S::Lanes>,
    ) -> u32 {
        let words = combine(simd, &precomputed.fixed, changes);
        let mut hash = precomputed.block.hash(simd, vectors, words);
        for round_words in &precomputed.rest {
            hash = sha1::compress_constant(simd, hash, round_words);
        }
        test.passes(hash[self.word])
    }
}

/// BLAKE2b of a message.
pub(in crate::kernel) struct Blake2bMessage {
    pub(in crate::kernel) inputs: Blake2bInputs,
    /// The number of the word that is tested.
    pub(in crate::kernel) word: usize,
}

pub(in crate::kernel) struct Blake2bPrecomputed<const N: usize> {
    fixed: [u64; N],
    block: blake2b::Precomputed<16, N>,
    /// The blocks behind it, with their counters and final flags.
    rest: Vec<([u64; 16], (u128, bool))>,
}

impl<const N: usize> LaneHash<N> for Blake2bMessage {
    type Word = u64;
    type Precomputed = Blake2bPrecomputed<N>;
    type Vectors<V> = blake2b::Vectors<V>;

    const ORDER: ByteOrder = ByteOrder::LittleEndian;

    fn precompute(&self, blocks: &[[u64; 16]], place: Place<N>) -> Blake2bPrecomputed<N> {
        let mut state = self.inputs.before;
        let mut numbered = blocks
            .iter()
            .copied()
            .zip(self.inputs.counters.iter().copied());
        for (block, (t, f)) in numbered.by_ref().take(place.block) {
            algorithm::blake2b::compress(&mut state, &block, t, f);
        }
        let (block, (t, f)) = numbered
            .next()
            .expect("the words that change are in a block");
        Blake2bPrecomputed {
            fixed: place.indices.map(|index| block[index]),
            block: blake2b::Precomputed::new(&state, &block, t, f, place.indices),
            rest: numbered.collect(),
        }
    }

    #[inline(always)]
    fn broadcast<S: Simd<u64>>(
        &self,
        simd: S,
        precomputed: &Blake2bPrecomputed<N>,
    ) -> blake2b::Vectors<S::Lanes> {
        precomputed.block.broadcast(simd)
    }

    #[inline(always)]
    fn candidates<S: Simd<u64>>(
        &self,
        simd: S,
        precomputed: &Blake2bPrecomputed<N>,
        vectors: &mut blake2b::Vectors<S::Lanes>,
        changes: [S::Lanes; N],
        test: &LaneTest<S::Lanes>,
    ) -> u32 {
        let words = combine(simd, &precomputed.fixed, changes);
        let mut hash = precomputed.block.hash(simd, vectors, words);
        for (block, (t, f)) in &precomputed.rest {
            hash = blake2b::compress::<16, S>(simd, hash, &splat(simd, block), *t, *f);
        }
        test.passes(hash[self.word])
    }
}

/// BLAKE3 of a message of one chunk. The words from number `WORDS` on of the block in which words change are zero. If `WORD` is
/// [`LAST`], the only word that changes is [`HEADER_WORD`](blake3::HEADER_WORD).
pub(in crate::kernel) struct Blake3Message<const WORDS: usize, const WORD: usize> {
    pub(in crate::kernel) inputs: Blake3Inputs,
    /// The number of the word that is tested, if `WORD` is [`ANY`] or [`FIRST_OR_LAST`].
    pub(in crate::kernel) word: usize,
}

pub(in crate::kernel) struct Blake3Precomputed<const WORDS: usize, const N: usize> {
    fixed: [u32; N],
    block: blake3::Precomputed<WORDS, N>,
    /// The blocks behind it, with the other inputs of their compressions.
    rest: Vec<([u32; 16], BlockInput)>,
}

impl<const WORDS: usize, const WORD: usize, const N: usize> LaneHash<N>
    for Blake3Message<WORDS, WORD>
{
    type Word = u32;
    type Precomputed = Blake3Precomputed<WORDS, N>;
    type Vectors<V> = blake3::Vectors<V>;

    const ORDER: ByteOrder = ByteOrder::LittleEndian;

    fn precompute(&self, blocks: &[[u32; 16]], place: Place<N>) -> Blake3Precomputed<WORDS, N> {
        let mut chaining = self.inputs.before;
        let mut numbered = blocks
            .iter()
            .copied()
            .zip(self.inputs.blocks.iter().copied());
        for (block, input) in numbered.by_ref().take(place.block) {
            chaining = algorithm::blake3::compress(&chaining, &block, 0, input.len, input.flags);
        }
        let (block, input) = numbered
            .next()
            .expect("the words that change are in a block");
        Blake3Precomputed {
            fixed: place.indices.map(|index| block[index]),
            block: blake3::Precomputed::new(&chaining, &block, input, place),
            rest: numbered.collect(),
        }
    }

    #[inline(always)]
    fn broadcast<S: Simd>(
        &self,
        simd: S,
        precomputed: &Blake3Precomputed<WORDS, N>,
    ) -> blake3::Vectors<S::Lanes> {
        precomputed.block.broadcast(simd)
    }

    #[inline(always)]
    fn candidates<S: Simd>(
        &self,
        simd: S,
        precomputed: &Blake3Precomputed<WORDS, N>,
        vectors: &mut blake3::Vectors<S::Lanes>,
        changes: [S::Lanes; N],
        test: &LaneTest<S::Lanes>,
    ) -> u32 {
        let words = combine(simd, &precomputed.fixed, changes);
        let block = &precomputed.block;
        let mut hash = if WORD == LAST {
            block.hash_header(vectors, words)
        } else {
            block.hash(simd, vectors, words)
        };
        if WORD == ANY {
            for (block, input) in &precomputed.rest {
                hash = blake3::compress::<16, S>(simd, hash, &splat(simd, block), *input);
            }
        }
        test.passes(match WORD {
            ANY => hash[self.word],
            // Both words take the same two of the last four quarter-rounds.
            FIRST_OR_LAST if self.word == FIRST => hash[FIRST],
            FIRST_OR_LAST => hash[LAST],
            _ => hash[WORD],
        })
    }
}
