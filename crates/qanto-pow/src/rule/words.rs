//! Rules that are compared with the words of a digest, of which the first one or two nearly always decide.

use super::{ByteOrder, HitRule};
use crate::digest::MAX_DIGEST_LEN;
use crate::target::{self, TargetError};

/// The most words of a digest, which have at least 4 bytes.
const MAX_WORDS: usize = MAX_DIGEST_LEN / 4;

/// The bounds of a rule in words of a digest, from the most significant one to the least significant one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleWords {
    order: ByteOrder,
    word_len: usize,
    bounds: [Bounds; MAX_WORDS],
    count: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    /// The number of the word in the digest.
    word: usize,
    /// The bits that the rule reads.
    mask: u64,
    lo: u64,
    hi: u64,
}

impl RuleWords {
    /// Prepares a rule for digests with words of `word_len` bytes: 4 or 8.
    pub(crate) fn new(rule: &HitRule, word_len: usize) -> Self {
        let count = rule.width.div_ceil(word_len);
        // The bounds, and the bits that are read, in the places that they have in a digest.
        let [lo, hi] = [rule.lo, rule.hi].map(|bound| {
            let mut bytes = bound.to_le_bytes::<MAX_DIGEST_LEN>();
            if rule.order == ByteOrder::BigEndian {
                bytes[..rule.width].reverse();
            }
            bytes
        });
        let mut read = [0; MAX_DIGEST_LEN];
        read[..rule.width].fill(0xff);
        let mut bounds = [Bounds::default(); MAX_WORDS];
        for (rank, bounds) in bounds[..count].iter_mut().enumerate() {
            let word = match rule.order {
                ByteOrder::BigEndian => rank,
                ByteOrder::LittleEndian => count - 1 - rank,
            };
            let at = |bytes: &[u8; MAX_DIGEST_LEN]| {
                let bytes = bytes[word * word_len..][..word_len].iter();
                let value = |value, &byte: &u8| value << 8 | u64::from(byte);
                match rule.order {
                    ByteOrder::BigEndian => bytes.fold(0, value),
                    ByteOrder::LittleEndian => bytes.rev().fold(0, value),
                }
            };
            *bounds = Bounds {
                word,
                mask: at(&read),
                lo: at(&lo),
                hi: at(&hi),
            };
        }
        Self {
            order: rule.order,
            word_len,
            bounds,
            count,
        }
    }

    /// Returns whether a digest is a hit, as [`HitRule::is_met_by`] does. `word` returns the word of the digest with this
    /// number, whose bytes are in big-endian order.
    #[inline(always)]
    pub(crate) fn are_met_by(&self, word: impl Fn(usize) -> u64) -> bool {
        let most_significant = &self.bounds[0];
        let read = self.read(most_significant, &word);
        let is_inside = (read > most_significant.lo) & (read < most_significant.hi);
        let is_outside = (read < most_significant.lo) | (read > most_significant.hi);
        // Without a branch for each case, of which half would be predicted wrongly if half of the digests are hits.
        if is_inside | is_outside {
            return is_inside;
        }
        self.are_all_met_by(word)
    }

    /// Compares all words.
    fn are_all_met_by(&self, word: impl Fn(usize) -> u64) -> bool {
        let mut is_above = false;
        let mut is_below = false;
        for bounds in &self.bounds[..self.count] {
            let read = self.read(bounds, &word);
            if !is_above && read < bounds.lo || !is_below && read > bounds.hi {
                return false;
            }
            is_above |= read > bounds.lo;
            is_below |= read < bounds.hi;
            if is_above && is_below {
                return true;
            }
        }
        true
    }

    /// Returns the bits that the rule reads of a word of the digest, in the order of their values.
    #[inline(always)]
    fn read(&self, bounds: &Bounds, word: &impl Fn(usize) -> u64) -> u64 {
        let read = word(bounds.word);
        let read = match self.order {
            ByteOrder::BigEndian => read,
            ByteOrder::LittleEndian => reversed(read, self.word_len),
        };
        read & bounds.mask
    }
}

/// The target of compact bits, of which hardly anything is computed before it is compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompactWords {
    mantissa: u64,
    /// The number of bits by which the mantissa is shifted to the left.
    shift: usize,
}

impl CompactWords {
    /// Decodes compact bits. The target may be too large for the digest.
    pub(crate) fn new(bits: u32) -> Result<Self, TargetError> {
        let (mantissa, shift) = target::decode_compact(bits)?;
        Ok(Self {
            mantissa: u64::from(mantissa),
            shift,
        })
    }

    /// Returns whether a digest of `digest_len` bytes, with words of `word_len` bytes, is a hit, as
    /// [`HitRule::from_compact`] defines it. `word` returns the word of the digest with this number, whose bytes are in
    /// big-endian order. The target must fit into the digest.
    pub(crate) fn are_met_by(
        self,
        digest_len: usize,
        word_len: usize,
        word: impl Fn(usize) -> u64,
    ) -> bool {
        // A shift, because a division would take as long as the rest.
        let words = digest_len >> word_len.trailing_zeros();
        for index in (0..words).rev() {
            let read = reversed(word(index), word_len);
            let below = 8 * word_len * index;
            let target = match self.shift.checked_sub(below) {
                Some(left) if left < 8 * word_len => self.mantissa << left,
                Some(_) => 0,
                None => self
                    .mantissa
                    .checked_shr((below - self.shift) as u32)
                    .unwrap_or(0),
            };
            let target = target & (u64::MAX >> (64 - 8 * word_len));
            if read != target {
                return read < target;
            }
        }
        true
    }
}

/// Returns the word with its bytes in the reversed order.
fn reversed(word: u64, word_len: usize) -> u64 {
    match word_len {
        4 => u64::from((word as u32).swap_bytes()),
        _ => word.swap_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::U512;

    fn word_of(digest: &[u8], word_len: usize, word: usize) -> u64 {
        let bytes = &digest[word * word_len..][..word_len];
        bytes
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte))
    }

    proptest! {
        #[test]
        fn the_words_of_a_compact_target_are_met_by_the_same_digests(
            exponent in 0..65u32,
            mantissa in 1..0x80_0000u32,
            digest_words in prop::sample::select(vec![5, 8, 16]),
            digest: [[u8; 32]; 2],
            near in 0usize..4,
        ) {
            let bits = exponent << 24 | mantissa;
            let digest_len = 4 * digest_words;
            let Ok(rule) = HitRule::from_compact(bits, digest_len) else {
                return Ok(());
            };
            let mut bytes: [u8; 64] = std::array::from_fn(|i| digest[i / 32][i % 32]);
            let at = match near {
                0 => None,
                1 => Some(rule.hi),
                2 => rule.hi.checked_sub(U512::ONE),
                _ => rule.hi.checked_add(U512::ONE),
            };
            if let Some(at) = at {
                bytes = at.to_le_bytes();
            }
            let compact = CompactWords::new(bits).expect("valid");
            for word_len in [4, 8].into_iter().filter(|len| digest_len % len == 0) {
                let is_met = compact.are_met_by(digest_len, word_len, |word| word_of(&bytes, word_len, word));
                prop_assert_eq!(is_met, rule.is_met_by(&bytes[..digest_len]), "{:#x} {}", bits, word_len);
            }
        }

        #[test]
        fn the_words_of_a_rule_are_met_by_the_same_digests(
            width in 1usize..=64,
            is_big in any::<bool>(),
            bounds: [[u8; 32]; 4],
            digest: [[u8; 32]; 2],
            near in 0usize..7,
            shared in 0usize..64,
        ) {
            let order = if is_big { ByteOrder::BigEndian } else { ByteOrder::LittleEndian };
            let integer = |high: &[u8], low: &[u8]| {
                let mut bytes = [0; 64];
                bytes.copy_from_slice(&[high, low].concat());
                U512::from_be_bytes(bytes) >> (512 - 8 * width)
            };
            // The bounds often have their first bytes in common.
            let one = integer(&bounds[0], &bounds[1]);
            let low = (U512::ONE << (8 * (width * shared / 64))) - U512::ONE;
            let other = match near {
                0 => integer(&bounds[2], &bounds[3]),
                _ => one & !low | integer(&bounds[2], &bounds[3]) & low,
            };
            let (lo, hi) = (one.min(other), one.max(other));
            let rule = HitRule::new(width, order, lo, hi).expect("valid");
            // A random digest, and one at and next to each bound.
            let mut bytes: [u8; 64] = std::array::from_fn(|i| digest[i / 32][i % 32]);
            let max = U512::MAX >> (512 - 8 * width);
            let at = match near {
                0 => None,
                1 => Some(lo),
                2 => Some(hi),
                3 => lo.checked_sub(U512::ONE),
                4 => Some(hi.saturating_add(U512::ONE).min(max)),
                5 => Some(lo.saturating_add(U512::ONE).min(max)),
                _ => hi.checked_sub(U512::ONE),
            };
            if let Some(at) = at {
                bytes[..width].copy_from_slice(&at.to_le_bytes::<64>()[..width]);
                if is_big {
                    bytes[..width].reverse();
                }
            }
            for word_len in [4, 8] {
                let words = RuleWords::new(&rule, word_len);
                let word = |word| word_of(&bytes, word_len, word);
                prop_assert_eq!(words.are_met_by(word), rule.is_met_by(&bytes), "{} {:?}", word_len, rule);
            }
        }
    }
}
