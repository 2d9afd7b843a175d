//! SHA-256 and SHA-512 in lanes. They differ in the length of their words and in some constants.

pub(super) mod digest;
pub(in crate::kernel) mod rounds;
pub(super) mod segment;

use std::num::Wrapping;

use self::rounds::{round, sixteen_rounds};
use super::blocks::Blocks;
use super::{splat, unroll};
use crate::kernel::simd::{Lanes, Simd};

/// The constants of one of the hash functions.
pub(in crate::kernel) trait Sha2 {
    type Word: Copy + Default + 'static;

    /// The initial hash value.
    const INITIAL: [Self::Word; 8];
    /// A constant for each of the 64 or 80 rounds.
    const K: &[Self::Word];
    /// The padding that makes a digest a message of one block: a 1 bit, zeros, and the length of the digest in bits.
    const DIGEST_PADDING: [Self::Word; 8];

    // These are functions and not the numbers of bits, because the compiler takes far longer where it does not see at
    // once that a number of bits is constant.

    /// The function Σ0.
    fn big_sigma0<V: Lanes>(x: V) -> V;

    /// The function Σ1.
    fn big_sigma1<V: Lanes>(x: V) -> V;

    /// The function σ0.
    fn small_sigma0<V: Lanes>(x: V) -> V;

    /// The function σ1.
    fn small_sigma1<V: Lanes>(x: V) -> V;
}

/// Returns the hash value after a block whose words are the same in every lane. `round_words` are those of
/// [`round_words`].
#[inline(always)]
pub(in crate::kernel) fn compress_constant<H: Sha2, S: Simd<H::Word>>(
    simd: S,
    before: [S::Lanes; 8],
    round_words: &[H::Word],
) -> [S::Lanes; 8] {
    let mut state = before;
    for round_words in round_words.as_chunks::<16>().0 {
        unroll!(T in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            round::<H, T, _>(&mut state, simd.splat(round_words[T]));
        });
    }
    add(state, before)
}

/// Compresses blocks whose words are the same in every lane, all of them `times` times. `blocks` are their [`round_words`],
/// and `hashes` the hash values before and afterwards, as those of [`digests`].
#[inline(always)]
pub(in crate::kernel) fn compress_constants<H: Sha2, S: Simd<H::Word>>(
    simd: S,
    blocks: &[[H::Word; 64]],
    times: usize,
    hashes: &mut [H::Word],
) {
    let mut hash = [simd.load(hashes); 8];
    unroll!(I in [1 2 3 4 5 6 7] { hash[I] = simd.load(&hashes[I * S::Lanes::COUNT..]); });
    for _ in 0..times {
        for round_words in blocks {
            hash = compress_constant::<H, S>(simd, hash, round_words);
        }
    }
    unroll!(I in [0 1 2 3 4 5 6 7] {
        simd.store(hash[I], &mut hashes[I * S::Lanes::COUNT..]);
    });
}

/// Compresses the blocks of messages that differ in every lane. `hashes` are the hash values before the blocks, and those
/// behind them afterwards: each word is followed by the same word of the next message, and so on for every lane. If
/// `is_twice` is set, the digests are hashed again.
///
/// All blocks are compressed by the same code, because a function of its own for the second hash would be little faster, and
/// takes seconds to compile.
#[inline(always)]
pub(in crate::kernel) fn digests<H: Sha2, S: Simd<H::Word>>(
    simd: S,
    blocks: &Blocks<'_>,
    is_twice: bool,
    hashes: &mut [H::Word],
) {
    let mut hash = [simd.load(hashes); 8];
    unroll!(I in [1 2 3 4 5 6 7] { hash[I] = simd.load(&hashes[I * S::Lanes::COUNT..]); });
    let mut offsets = blocks.offsets::<H::Word>();
    let mut is_digest_left = is_twice;
    loop {
        let words = if let Some(offset) = offsets.next() {
            blocks.load(simd, offset)
        } else if is_digest_left {
            is_digest_left = false;
            let mut words = [hash[0]; 16];
            unroll!(I in [0 1 2 3 4 5 6 7] {
                words[I] = hash[I];
                words[8 + I] = simd.splat(H::DIGEST_PADDING[I]);
            });
            hash = splat(simd, &H::INITIAL);
            words
        } else {
            break;
        };
        hash = compress::<H, S>(simd, hash, words);
    }
    unroll!(I in [0 1 2 3 4 5 6 7] {
        simd.store(hash[I], &mut hashes[I * S::Lanes::COUNT..]);
    });
}

/// Returns the hash value after a block whose words differ in every lane.
#[inline(always)]
fn compress<H: Sha2, S: Simd<H::Word>>(
    simd: S,
    before: [S::Lanes; 8],
    mut w: [S::Lanes; 16],
) -> [S::Lanes; 8] {
    let mut state = before;
    unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
        round::<H, I, _>(&mut state, simd.splat(H::K[I]) + w[I]);
    });
    for k in H::K[16..].as_chunks::<16>().0 {
        sixteen_rounds::<H, _>(simd, &mut state, &mut w, k);
    }
    add(state, before)
}

/// Returns K(t) + W(t) for every round.
pub(in crate::kernel) fn round_words<H: Sha2>(block: &[H::Word; 16]) -> Vec<H::Word>
where
    Wrapping<H::Word>: Lanes,
{
    let mut w: Vec<_> = block.map(Wrapping).into();
    for t in 16..H::K.len() {
        w.push(w[t - 16] + H::small_sigma0(w[t - 15]) + w[t - 7] + H::small_sigma1(w[t - 2]));
    }
    let numbered = H::K.iter().zip(w);
    numbered.map(|(&k, w)| (Wrapping(k) + w).0).collect()
}

#[inline(always)]
fn add<V: Lanes>(mut state: [V; 8], before: [V; 8]) -> [V; 8] {
    unroll!(I in [0 1 2 3 4 5 6 7] { state[I] = state[I] + before[I]; });
    state
}
