//! The words of a message that change from nonce to nonce.

use std::sync::Arc;

use super::digit_table::DigitTable;
use super::low_word::LowWord;
use super::nonce_bytes::MessageWord;
use super::simd::Simd;
use crate::nonce::NonceField;
use crate::rule::ByteOrder;

/// The message words that change within a *segment*, which is a run of nonces that agree in all but their least
/// significant bits or digits. All other words are constant within a segment.
///
/// One word changes, or two neighbours in the same block.
#[derive(Clone)]
pub(super) struct Changing<W> {
    /// The number of the last word that changes, counted from the start of the message.
    last: usize,
    /// The number of nonces of a segment.
    pub(super) segment_len: u64,
    lows: Lows<W>,
}

#[derive(Clone)]
enum Lows<W> {
    Binary(LowWord),
    Text(Arc<DigitTable<W>>),
}

impl<W: MessageWord> Changing<W> {
    /// `order` is the byte order in which the hash function reads its words.
    pub(super) fn new(field: NonceField, order: ByteOrder) -> Self {
        if field.encoding.is_text() {
            let table = DigitTable::of(field, order);
            Self {
                last: (field.offset + field.encoding.len_of(0) - 1) / W::LEN,
                segment_len: table.len,
                lows: Lows::Text(table),
            }
        } else {
            let low_word = LowWord::new::<W>(field, order);
            Self {
                last: low_word.index,
                segment_len: 1 << low_word.bits,
                lows: Lows::Binary(low_word),
            }
        }
    }

    /// Returns the number of words that change: 1 or 2.
    pub(super) fn count(&self) -> usize {
        match &self.lows {
            Lows::Text(table) if !table.before.is_empty() => 2,
            _ => 1,
        }
    }

    /// Returns the number of the block of 16 words that holds them.
    pub(super) fn block(&self) -> usize {
        self.last / 16
    }

    /// Returns the indices, in their block, of N neighbours that include all words that change, in ascending order.
    pub(super) fn indices<const N: usize>(&self) -> [usize; N] {
        debug_assert!(self.count() <= N);
        let last = self.last % 16;
        std::array::from_fn(|i| (last + 1).max(N) - N + i)
    }

    /// Returns whether the word with this index, in the block of the words that change, is one of them.
    pub(super) fn contains(&self, index: usize) -> bool {
        let last = self.last % 16;
        index <= last && last < index + self.count()
    }

    /// Returns the place of a nonce in its segment.
    pub(super) fn low(&self, nonce: u64) -> u32 {
        (nonce % self.segment_len) as u32
    }

    /// Returns what the nonces of the segment from number `low` on add, by exclusive or, to the words at
    /// [`indices`](Self::indices), one nonce in each lane.
    #[inline(always)]
    pub(super) fn lanes<S: Simd<W>, const N: usize>(&self, simd: S, low: u32) -> [S::Lanes; N] {
        let mut words = [simd.splat(W::default()); N];
        let last = match &self.lows {
            Lows::Binary(low_word) => low_word.lanes(simd, low),
            Lows::Text(table) => {
                if N > 1 && !table.before.is_empty() {
                    words[N - 2] = simd.load(&table.before[low as usize..]);
                }
                simd.load(&table.last[low as usize..])
            }
        };
        // If the last word that changes is the first of its block, its only neighbour follows it. Each index is a constant, so
        // that the words stay in registers.
        if self.last.is_multiple_of(16) {
            words[0] = last;
        } else {
            words[N - 1] = last;
        }
        words
    }
}

/// For the kernel of the SHA extensions, which has no lanes.
#[cfg(target_arch = "x86_64")]
impl Changing<u32> {
    /// Returns the index, in its block, of the last word that changes.
    pub(super) fn last_index(&self) -> usize {
        self.last % 16
    }

    /// Returns what [`lanes`](Self::lanes) does, in plain words.
    #[inline(always)]
    pub(super) fn words<const N: usize, const LANES: usize>(&self, low: u32) -> [[u32; LANES]; N] {
        let mut words = [[0; LANES]; N];
        let last = (self.last % 16).min(N - 1);
        match &self.lows {
            Lows::Binary(low_word) => {
                let lows: [u32; LANES] = std::array::from_fn(|lane| low.wrapping_add(lane as u32));
                words[last] = lows.map(|low| low_word.word(low));
            }
            Lows::Text(table) => {
                words[last].copy_from_slice(&table.last[low as usize..][..LANES]);
                if N > 1 && !table.before.is_empty() {
                    words[last - 1].copy_from_slice(&table.before[low as usize..][..LANES]);
                }
            }
        }
        words
    }

    /// Returns what the nonces of the segment from number `low` on add, by exclusive or, to the word before the last one that
    /// changes, and to the last one, where this is in memory. Returns `None` if the nonce is binary.
    #[inline(always)]
    pub(super) fn digits<const LANES: usize>(&self, low: u32) -> Option<Digits<'_, LANES>> {
        let Lows::Text(table) = &self.lows else {
            return None;
        };
        let last = table.last.get(low as usize..)?.first_chunk()?;
        let before = table.before.get(low as usize..);
        let before = before.and_then(<[u32]>::first_chunk);
        Some(Digits { before, last })
    }
}

/// See [`Changing::digits`].
#[cfg(target_arch = "x86_64")]
pub(super) struct Digits<'a, const LANES: usize> {
    /// `None` if the word does not change.
    pub(super) before: Option<&'a [u32; LANES]>,
    pub(super) last: &'a [u32; LANES],
}
