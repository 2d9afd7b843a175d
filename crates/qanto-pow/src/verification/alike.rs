//! Hashing messages that have the hash function and the length in common.

use std::ops::Range;

use crate::algorithm::Algorithm;
use crate::digest::Digest;
use crate::kernel::{LaneMessages, SideBySide, word_len};
use crate::rule::{CompactWords, HitRule, RuleWords};

/// The fewest messages for which a whole vector is faster than the reference implementation.
const MIN_SIDE_BY_SIDE: usize = 4;

/// What messages have in common.
pub(super) struct Alike<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) digest_len: usize,
    /// One of the messages, or any bytes of their length that have what they have in common.
    pub(super) message: &'a [u8],
    /// The number of bytes from the first one on that all messages have in common.
    pub(super) common: usize,
}

/// Where messages come from, which have a number each.
pub(super) trait Source {
    /// Writes the bytes in which a message differs from the others over those of another message.
    fn write(&self, number: usize, message: &mut [u8]);

    /// Returns the messages with these numbers if they are in memory one behind the other.
    fn in_place(&self, _numbers: Range<usize>) -> Option<&[u8]> {
        None
    }
}

/// A rule, prepared for the digests of a hash function.
#[derive(Clone, Copy, Debug)]
pub(super) struct PreparedRule {
    rule: HitRule,
    words: RuleWords,
}

impl PreparedRule {
    pub(super) fn new(rule: HitRule, algorithm: Algorithm) -> Self {
        let words = RuleWords::new(&rule, word_len(algorithm));
        Self { rule, words }
    }
}

/// The digest of a message.
pub(super) enum Hashed<'a> {
    SideBySide {
        messages: &'a LaneMessages,
        lane: usize,
    },
    ByReference(Digest),
}

impl Hashed<'_> {
    #[inline(always)]
    pub(super) fn meets(&self, rule: &PreparedRule) -> bool {
        match self {
            &Self::SideBySide { messages, lane } => rule
                .words
                .are_met_by(|word| messages.digest_word(lane, word)),
            Self::ByReference(digest) => rule.rule.is_met_by(digest),
        }
    }

    /// Returns whether the digest meets the target of compact bits, which must be valid for its length.
    #[inline(always)]
    pub(super) fn meets_compact(&self, bits: u32) -> bool {
        match self {
            &Self::SideBySide { messages, lane } => CompactWords::new(bits).is_ok_and(|target| {
                let word_len = word_len(messages.algorithm());
                let digest_len = messages.algorithm().default_digest_len();
                target.are_met_by(digest_len, word_len, |word| {
                    messages.digest_word(lane, word)
                })
            }),
            Self::ByReference(digest) => {
                HitRule::from_compact(bits, digest.len()).is_ok_and(|rule| rule.is_met_by(digest))
            }
        }
    }
}

/// Hashes messages, and keeps the memory that this takes.
pub(super) struct Hasher {
    side_by_side: SideBySide,
    lanes: Option<LaneMessages>,
    alone: Vec<u8>,
}

impl Hasher {
    pub(super) fn new(side_by_side: SideBySide) -> Self {
        Self {
            side_by_side,
            lanes: None,
            alone: Vec::new(),
        }
    }

    /// Returns the number of messages that are hashed side by side.
    pub(super) fn lanes(&self, algorithm: Algorithm) -> usize {
        self.side_by_side.lanes(algorithm)
    }

    /// Hashes the messages with these numbers. `judge` takes their digests. Messages of this length that were hashed before
    /// must have had the same bytes in common.
    pub(super) fn hash(
        &mut self,
        alike: &Alike<'_>,
        numbers: Range<usize>,
        source: &impl Source,
        mut judge: impl FnMut(usize, Hashed<'_>),
    ) {
        let lanes = self.lanes(alike.algorithm);
        let mut left = numbers;
        while !left.is_empty() {
            let group = left.start..left.end.min(left.start + lanes);
            left.start = group.end;
            if group.len() >= MIN_SIDE_BY_SIDE {
                self.hash_side_by_side(alike, group, source, &mut judge);
            } else {
                self.hash_alone(alike, group, source, &mut judge);
            }
        }
    }

    fn hash_side_by_side(
        &mut self,
        alike: &Alike<'_>,
        group: Range<usize>,
        source: &impl Source,
        judge: &mut impl FnMut(usize, Hashed<'_>),
    ) {
        let &Alike {
            algorithm,
            message,
            common,
            ..
        } = alike;
        self.lanes
            .take_if(|lanes| !lanes.fit(algorithm, message.len()));
        let messages = self.lanes.get_or_insert_with(|| {
            LaneMessages::new(self.side_by_side, algorithm, message, common)
        });
        match source.in_place(group.clone()) {
            Some(bytes) if group.len() == messages.lanes() => messages.hash_in_place(bytes),
            _ => {
                // What is in the lanes without a message does not matter.
                for (lane, number) in group.clone().enumerate() {
                    source.write(number, messages.message(lane));
                }
                messages.hash();
            }
        }
        for (lane, number) in group.enumerate() {
            judge(number, Hashed::SideBySide { messages, lane });
        }
    }

    fn hash_alone(
        &mut self,
        alike: &Alike<'_>,
        group: Range<usize>,
        source: &impl Source,
        judge: &mut impl FnMut(usize, Hashed<'_>),
    ) {
        self.alone.clear();
        self.alone.extend_from_slice(alike.message);
        for number in group {
            source.write(number, &mut self.alone);
            let digest = alike.algorithm.digest_of_len(&self.alone, alike.digest_len);
            judge(number, Hashed::ByReference(digest));
        }
    }
}
