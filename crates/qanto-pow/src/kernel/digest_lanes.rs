//! Hashing whole messages side by side: their words are put into lanes, and the words of the digests are taken out.

use super::lanes::sha2::Sha2;
use super::lanes::sha256::Sha256;
use super::lanes::sha512::Sha512;
use super::simd::Simd;
use crate::algorithm::Algorithm;

/// A vector instruction set that hashes whole messages. Each one compiles the functions itself, since only there its
/// extensions are enabled. The order of words is that of [`sha2::digests`](crate::kernel::lanes::sha2::digests).
pub(super) trait DigestKernel: Simd<u32> + Simd<u64> {
    fn sha2<H: Sha2>(self, blocks: &[H::Word], digests: &mut [H::Word])
    where
        Self: Simd<H::Word>;

    fn sha1(self, blocks: &[u32], digests: &mut [u32]);
}

/// Computes the digests of the messages.
///
/// # Panics
///
/// Panics if the hash function is none of SHA-1 and SHA-2, or has words of another size.
pub(super) fn digests<S: DigestKernel>(simd: S, algorithm: Algorithm, words: &mut LaneWords) {
    match (algorithm, words) {
        (Algorithm::Sha1, LaneWords::Of32(WordsOf { blocks, digests })) => {
            simd.sha1(blocks, digests);
        }
        (Algorithm::Sha256, LaneWords::Of32(WordsOf { blocks, digests })) => {
            simd.sha2::<Sha256>(blocks, digests);
        }
        (Algorithm::Sha256d, LaneWords::Of32(WordsOf { blocks, digests })) => {
            twice::<Sha256, S>(simd, blocks, digests);
        }
        (Algorithm::Sha512, LaneWords::Of64(WordsOf { blocks, digests })) => {
            simd.sha2::<Sha512>(blocks, digests);
        }
        (Algorithm::Sha512d, LaneWords::Of64(WordsOf { blocks, digests })) => {
            twice::<Sha512, S>(simd, blocks, digests);
        }
        _ => unreachable!("{algorithm} has no lanes of these words"),
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

/// The words of messages of one length and of their digests, each of which is followed by the same word of the next
/// message, and so on for every lane. SHA-512 has words of 64 bits, and SHA-1 and SHA-256 of 32 bits.
pub(super) enum LaneWords {
    Of32(WordsOf<u32>),
    Of64(WordsOf<u64>),
}

pub(super) struct WordsOf<W> {
    blocks: Vec<W>,
    digests: Vec<W>,
}

/// The most words of a digest.
const DIGEST_WORDS: usize = 8;

impl LaneWords {
    /// Makes room for messages that have, with their padding, this length in bytes.
    pub(super) fn new(algorithm: Algorithm, lanes: usize, padded_len: usize) -> Self {
        match algorithm {
            Algorithm::Sha512 | Algorithm::Sha512d => Self::Of64(WordsOf::new(lanes, padded_len)),
            _ => Self::Of32(WordsOf::new(lanes, padded_len)),
        }
    }

    /// Puts into a lane the words of a message from this one on.
    pub(super) fn put(&mut self, lane: usize, first_word: usize, bytes: &[u8]) {
        match self {
            Self::Of32(words) => words.put(lane, first_word, bytes),
            Self::Of64(words) => words.put(lane, first_word, bytes),
        }
    }

    /// Returns a word of the digest in a lane.
    pub(super) fn of_digest(&self, lane: usize, word: usize) -> u64 {
        match self {
            Self::Of32(words) => u64::from(words.digests[word * words.lanes() + lane]),
            Self::Of64(words) => words.digests[word * words.lanes() + lane],
        }
    }
}

impl<W: Word> WordsOf<W> {
    fn new(lanes: usize, padded_len: usize) -> Self {
        Self {
            blocks: vec![W::default(); padded_len / size_of::<W>() * lanes],
            digests: vec![W::default(); DIGEST_WORDS * lanes],
        }
    }

    fn lanes(&self) -> usize {
        self.digests.len() / DIGEST_WORDS
    }

    fn put(&mut self, lane: usize, first_word: usize, bytes: &[u8]) {
        let lanes = self.lanes();
        W::read_into(bytes, &mut self.blocks[first_word * lanes + lane..], lanes);
    }
}

/// A word of a message, whose bytes are in big-endian order.
pub(super) trait Word: Copy + Default {
    /// Reads whole words. Each goes `step` further than the one before.
    fn read_into(bytes: &[u8], words: &mut [Self], step: usize);
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            fn read_into(bytes: &[u8], words: &mut [Self], step: usize) {
                let mut at = 0;
                for &bytes in bytes.as_chunks().0 {
                    words[at] = Self::from_be_bytes(bytes);
                    at += step;
                }
            }
        }
    };
}
word!(u32);
word!(u64);
