//! Blocks of messages that are in memory one after the other, loaded so that each lane has the words of one message.

use std::ops::Range;

use super::unroll;
use crate::kernel::simd::{Lanes, Simd};

/// The number of words of a block of SHA-1 and the SHA-2 functions.
const WORDS: usize = 16;

/// Whole blocks of messages of one length, one message for each lane. The words are big-endian.
pub(in crate::kernel) struct Blocks<'a> {
    /// The messages, one behind the other.
    pub(in crate::kernel) messages: &'a [u8],
    /// The length of a message in bytes.
    pub(in crate::kernel) len: usize,
    /// The place of the blocks in each message, in bytes.
    pub(in crate::kernel) range: Range<usize>,
}

impl Blocks<'_> {
    /// Returns where each block begins, in bytes.
    #[inline(always)]
    pub(super) fn offsets<W>(&self) -> std::iter::StepBy<Range<usize>> {
        self.range.clone().step_by(WORDS * size_of::<W>())
    }

    /// Returns the words of the blocks that begin at this offset: each vector has the same word of every message.
    #[inline(always)]
    pub(super) fn load<W, S: Simd<W>>(&self, simd: S, offset: usize) -> [S::Lanes; WORDS] {
        // A vector first has words of one message. Vectors of as many messages as there are lanes follow each other, and
        // then those with the next words of the same messages.
        let mut w = [simd.load_bytes(&self.messages[offset..]); WORDS];
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            let [message, part] = [I % S::Lanes::COUNT, I / S::Lanes::COUNT];
            let place = message * self.len + offset + part * S::Lanes::COUNT * size_of::<W>();
            w[I] = simd.load_bytes(&self.messages[place..]).swap_bytes();
        });
        // Each step doubles the number of messages of which a vector has words. In the end, it has one word of each.
        unroll!(MESSAGES in [1 2 4 8] {
            if MESSAGES < S::Lanes::COUNT {
                w = interleave_halves(w);
            }
        });
        w
    }
}

/// Interleaves the first half of each group of vectors with the second half. A group has as many vectors as a vector has
/// lanes.
#[inline(always)]
fn interleave_halves<V: Lanes>(w: [V; WORDS]) -> [V; WORDS] {
    let mut interleaved = w;
    unroll!(I in [0 1 2 3 4 5 6 7] {
        let half = V::COUNT / 2;
        let [group, number] = [I / half * V::COUNT, I % half];
        let pair = w[group + number].interleave(w[group + half + number]);
        [interleaved[group + 2 * number], interleaved[group + 2 * number + 1]] = pair;
    });
    interleaved
}
