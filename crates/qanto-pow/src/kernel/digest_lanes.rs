//! Hashing whole messages side by side: their words are put into lanes, and the words of the digests are taken out.

use super::lanes::sha2::Sha2;
use super::lanes::sha256::Sha256;
use super::lanes::sha512::Sha512;
use super::side_by_side::DigestBytes;
use super::simd::{Lanes, Simd};
use crate::algorithm::Algorithm;

/// A vector instruction set that hashes whole messages. Each one compiles the functions itself, since only there its
/// extensions are enabled. The order of words is that of [`sha2::digests`](crate::kernel::lanes::sha2::digests).
pub(super) trait DigestKernel: Simd<u32> + Simd<u64> {
    fn sha2<H: Sha2>(self, blocks: &[H::Word], digests: &mut [H::Word])
    where
        Self: Simd<H::Word>;

    fn sha1(self, blocks: &[u32], digests: &mut [u32]);
}

/// Computes the digests of padded messages of one length. There is one for each lane.
pub(super) fn digests<S: DigestKernel>(
    simd: S,
    algorithm: Algorithm,
    messages: &[u8],
    digests: &mut [DigestBytes],
) {
    let of_32_bits = <S as Simd<u32>>::Lanes::COUNT;
    let of_64_bits = <S as Simd<u64>>::Lanes::COUNT;
    match algorithm {
        Algorithm::Sha1 => in_lanes(of_32_bits, 5, messages, digests, |blocks, words| {
            simd.sha1(blocks, words);
        }),
        Algorithm::Sha256 => in_lanes(of_32_bits, 8, messages, digests, |blocks, words| {
            simd.sha2::<Sha256>(blocks, words);
        }),
        Algorithm::Sha256d => in_lanes(of_32_bits, 8, messages, digests, |blocks, words| {
            twice::<Sha256, S>(simd, blocks, words);
        }),
        Algorithm::Sha512 => in_lanes(of_64_bits, 8, messages, digests, |blocks, words| {
            simd.sha2::<Sha512>(blocks, words);
        }),
        Algorithm::Sha512d => in_lanes(of_64_bits, 8, messages, digests, |blocks, words| {
            twice::<Sha512, S>(simd, blocks, words);
        }),
        Algorithm::Blake2b | Algorithm::Blake3 => unreachable!("{algorithm} has no lanes"),
    }
}

/// Hashes messages, and then their digests. The function that hashes once is called again, because a function of its own for
/// the second hash would be little faster, and takes seconds to compile.
fn twice<H: Sha2, S: DigestKernel + Simd<H::Word>>(
    simd: S,
    blocks: &[H::Word],
    digests: &mut [H::Word],
) {
    simd.sha2::<H>(blocks, digests);
    let lanes = digests.len() / H::INITIAL.len();
    let padding = H::DIGEST_PADDING.into_iter();
    let mut block = digests.to_vec();
    block.extend(padding.flat_map(|word| std::iter::repeat_n(word, lanes)));
    simd.sha2::<H>(&block, digests);
}

/// A word of a message or digest, whose bytes are in big-endian order.
trait Word: Copy + Default {
    const LEN: usize;

    fn read(bytes: &[u8]) -> Self;

    fn write(self, bytes: &mut [u8]);
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            const LEN: usize = size_of::<$word>();

            fn read(bytes: &[u8]) -> Self {
                Self::from_be_bytes(std::array::from_fn(|i| bytes[i]))
            }

            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_be_bytes());
            }
        }
    };
}
word!(u32);
word!(u64);

/// Hashes with `hash`, which takes the words of the messages and of the digests: for each word, those of all lanes.
fn in_lanes<W: Word>(
    lanes: usize,
    digest_words: usize,
    messages: &[u8],
    digests: &mut [DigestBytes],
    hash: impl Fn(&[W], &mut [W]),
) {
    let message_len = messages.len() / lanes;
    let mut blocks = vec![W::default(); messages.len() / W::LEN];
    for (lane, message) in messages.chunks_exact(message_len).enumerate() {
        let words = blocks[lane..].iter_mut().step_by(lanes);
        for (word, bytes) in words.zip(message.chunks_exact(W::LEN)) {
            *word = W::read(bytes);
        }
    }
    let mut words = vec![W::default(); digest_words * lanes];
    hash(&blocks, &mut words);
    for (lane, digest) in digests.iter_mut().take(lanes).enumerate() {
        let words = words[lane..].iter().step_by(lanes);
        for (word, bytes) in words.zip(digest.chunks_exact_mut(W::LEN)) {
            word.write(bytes);
        }
    }
}
