//! The rule that says which digests are hits.

mod words;

use ruint::aliases::U512;

pub(crate) use self::words::{CompactWords, RuleWords};
use crate::digest::MAX_DIGEST_LEN;
use crate::target::{self, Target, TargetError};

/// The order in which bytes are read as an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The first byte is the least significant one.
    LittleEndian,
    /// The first byte is the most significant one.
    BigEndian,
}

/// An interval of integers. A digest is a *hit* if its first `width` bytes, read as an unsigned integer, lie in the
/// interval: `lo <= integer <= hi`.
///
/// The rules of proof-of-work protocols are such intervals. Bitcoin reads 32 bytes little-endian and requires at most
/// the target; a digest with b leading zero bits is, read big-endian, at most 2^(8 width - b) - 1; a threshold that the
/// integer must reach is `lo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitRule {
    width: usize,
    order: ByteOrder,
    lo: U512,
    hi: U512,
}

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The number of bytes is 0, or more than any digest has.
    #[error("the width of a rule must be from 1 to {MAX_DIGEST_LEN} bytes; got {width}")]
    Width {
        /// The number of bytes that was given.
        width: usize,
    },
    /// A bound does not fit into the width.
    #[error("the bounds of a rule must fit into its {width} bytes; got {bound}")]
    Bound {
        /// The number of bytes.
        width: usize,
        /// The bound that was given.
        bound: Box<U512>,
    },
    /// No integer lies between the bounds.
    #[error("the lower bound of a rule must not exceed the upper bound; got {lo} and {hi}")]
    Empty {
        /// The lower bound.
        lo: Box<U512>,
        /// The upper bound.
        hi: Box<U512>,
    },
}

impl HitRule {
    /// Creates a rule: the first `width` (1 to 64) bytes of a digest, read in this order, must be from `lo` to `hi`.
    ///
    /// # Errors
    ///
    /// Returns [`RuleError`] if the width is out of range, if a bound does not fit into it, or if `lo` exceeds `hi`.
    pub fn new(width: usize, order: ByteOrder, lo: U512, hi: U512) -> Result<Self, RuleError> {
        if width == 0 || width > MAX_DIGEST_LEN {
            return Err(RuleError::Width { width });
        }
        if let Some(bound) = [lo, hi]
            .into_iter()
            .find(|bound| bound.bit_len() > 8 * width)
        {
            let bound = Box::new(bound);
            return Err(RuleError::Bound { width, bound });
        }
        if lo > hi {
            let [lo, hi] = [lo, hi].map(Box::new);
            return Err(RuleError::Empty { lo, hi });
        }
        Ok(Self {
            width,
            order,
            lo,
            hi,
        })
    }

    /// Creates the rule of compact bits, as [`Target::from_compact`] decodes them, for digests of this length: the whole
    /// digest, read little-endian, must not exceed the target.
    ///
    /// # Errors
    ///
    /// Returns [`TargetError`] if the target is 0, negative, or too large for the length.
    pub fn from_compact(bits: u32, digest_len: usize) -> Result<Self, TargetError> {
        let (mantissa, exponent) = target::decode_compact(bits)?;
        let hi = U512::from(mantissa)
            .checked_shl(exponent)
            .filter(|target| target.bit_len() <= 8 * digest_len)
            .ok_or(TargetError::OverflowingBits(bits))?;
        Ok(Self {
            width: digest_len,
            order: ByteOrder::LittleEndian,
            lo: U512::ZERO,
            hi,
        })
    }

    /// Returns the number of bytes of a digest that the rule reads: 1 to 64.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the order in which the bytes are read.
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// Returns the lower and the upper bound.
    pub fn bounds(&self) -> (U512, U512) {
        (self.lo, self.hi)
    }

    /// Returns the rule that is met by the lower bound alone.
    pub(crate) fn hardest(&self) -> Self {
        Self {
            hi: self.lo,
            ..*self
        }
    }

    /// Returns whether a digest is a hit. A digest that is shorter than the rule's width is not.
    pub fn is_met_by(&self, digest: &[u8]) -> bool {
        let Some(read) = digest.get(..self.width) else {
            return false;
        };
        let mut bytes = [0; MAX_DIGEST_LEN];
        bytes[..self.width].copy_from_slice(read);
        if self.order == ByteOrder::BigEndian {
            bytes[..self.width].reverse();
        }
        let integer = U512::from_le_bytes(bytes);
        self.lo <= integer && integer <= self.hi
    }

    /// Returns the expected number of hashes for a hit: `2^(8 width) / (hi - lo + 1)`, at least 1.
    pub fn expected_hashes(&self) -> f64 {
        match (self.hi - self.lo).checked_add(U512::ONE) {
            Some(hits) => 2f64.powi(8 * self.width as i32) / target::to_f64(hits.as_limbs()),
            None => 1.0,
        }
    }

    /// Returns the difficulty in Bitcoin's scale: the expected number of hashes, relative to that of the compact bits
    /// 0x1d00ffff.
    pub fn difficulty(&self) -> f64 {
        self.expected_hashes() / target::DIFFICULTY_ONE_HASHES
    }

    /// Returns the part of the rule that a kernel tests, for words of `word_len` bytes: 4 or 8.
    pub fn word_test(&self, word_len: usize) -> WordTest {
        let (index, used) = match self.order {
            ByteOrder::BigEndian => (0, self.width.min(word_len)),
            ByteOrder::LittleEndian => {
                ((self.width - 1) / word_len, (self.width - 1) % word_len + 1)
            }
        };
        // The bytes of the word that the rule does not read.
        let unused = 8 * (word_len - used) as u32;
        // The most significant bits of a bound, as many as the word has of the integer.
        let top = |bound: U512| -> u64 {
            let bits: u64 = (bound >> (8 * (self.width - used))).to();
            bits << unused
        };
        let lo = top(self.lo);
        WordTest {
            index,
            order: self.order,
            shift: match self.order {
                ByteOrder::BigEndian => 0,
                ByteOrder::LittleEndian => unused,
            },
            lo,
            span: (top(self.hi) | ((1 << unused) - 1)) - lo,
        }
    }
}

impl From<Target> for HitRule {
    /// All 32 bytes, read little-endian, must not exceed the target.
    fn from(target: Target) -> Self {
        Self {
            width: 32,
            order: ByteOrder::LittleEndian,
            lo: U512::ZERO,
            hi: U512::from(target.value()),
        }
    }
}

/// A necessary condition for a hit that looks at one word of the digest, of 4 or 8 bytes: `word - lo <= span`, in
/// wrapping arithmetic, where `word` is the digest's word number `index`, read in the byte order, and shifted to the
/// left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordTest {
    /// The number of the word in the digest.
    pub index: usize,
    /// The byte order of the word.
    pub order: ByteOrder,
    /// A number of whole bytes, in bits. The bits that are shifted out belong to bytes behind those that the rule reads.
    pub shift: u32,
    /// What is subtracted from the word.
    pub lo: u64,
    /// The largest difference.
    pub span: u64,
}

impl WordTest {
    /// Returns whether a digest may be a hit, by its word number [`index`](Self::index) of 4 bytes, as an integer in the
    /// test's byte order.
    pub(crate) fn accepts(&self, word: u32) -> bool {
        (word << self.shift).wrapping_sub(self.lo as u32) <= self.span as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use ruint::aliases::U256;

    fn rule(width: usize, order: ByteOrder, lo: u64, hi: u64) -> HitRule {
        HitRule::new(width, order, U512::from(lo), U512::from(hi)).expect("valid")
    }

    #[test]
    fn an_interval_contains_its_bounds_and_no_more() {
        let rule = rule(2, ByteOrder::BigEndian, 0x0102, 0x0104);
        let hits = [[1, 1], [1, 2], [1, 3], [1, 4], [1, 5]].map(|digest| rule.is_met_by(&digest));
        assert_eq!(hits, [false, true, true, true, false]);
    }

    #[test]
    fn the_order_decides_which_byte_is_the_most_significant_one() {
        assert!(rule(2, ByteOrder::BigEndian, 0, 0xff).is_met_by(&[0, 9, 9]));
        assert!(!rule(2, ByteOrder::LittleEndian, 0, 0xff).is_met_by(&[0, 9, 9]));
        assert!(rule(2, ByteOrder::LittleEndian, 0, 0xff).is_met_by(&[9, 0, 9]));
    }

    #[test]
    fn a_digest_equal_to_the_target_is_a_hit_and_one_above_is_not() {
        let target = Target::from_compact(0x1d00_ffff).expect("valid bits");
        let rule = HitRule::from(target);
        assert!(rule.is_met_by(&target.to_le_bytes()));
        let above: [u8; 32] = (target.value() + U256::ONE).to_le_bytes();
        assert!(!rule.is_met_by(&above));
    }

    #[test]
    fn a_digest_that_is_too_short_is_no_hit() {
        assert!(!rule(4, ByteOrder::BigEndian, 0, u64::from(u32::MAX)).is_met_by(&[0; 3]));
    }

    #[test]
    fn bounds_that_are_too_large_or_in_the_wrong_order_are_refused() {
        let new = |width, lo: u64, hi: u64| {
            HitRule::new(width, ByteOrder::BigEndian, U512::from(lo), U512::from(hi))
        };
        assert_eq!(new(0, 0, 0), Err(RuleError::Width { width: 0 }));
        assert_eq!(new(65, 0, 0), Err(RuleError::Width { width: 65 }));
        let bound = Box::new(U512::from(256));
        assert_eq!(new(1, 0, 256), Err(RuleError::Bound { width: 1, bound }));
        let [lo, hi] = [2, 1].map(|bound| Box::new(U512::from(bound)));
        assert_eq!(new(1, 2, 1), Err(RuleError::Empty { lo, hi }));
    }

    #[test]
    fn expected_hashes_follow_from_the_interval() {
        let expected = |width, order, lo, hi| rule(width, order, lo, hi).expected_hashes();
        // MEGA: four bytes, big-endian, at most the threshold.
        assert_eq!(expected(4, ByteOrder::BigEndian, 0, 0xffff), 65_536.0);
        // Nano: eight bytes, little-endian, at least the threshold.
        assert_eq!(
            expected(8, ByteOrder::LittleEndian, 0xffff_fff8 << 32, u64::MAX),
            536_870_912.0
        );
        let all = HitRule::new(64, ByteOrder::BigEndian, U512::ZERO, U512::MAX).expect("valid");
        assert_eq!(all.expected_hashes(), 1.0);
    }

    #[test]
    fn the_difficulty_of_a_target_is_that_of_the_rule() {
        for bits in [0x1d00_ffff, 0x1b04_04cb, 0x1f11_1111] {
            let target = Target::from_compact(bits).expect("valid bits");
            let ratio = HitRule::from(target).difficulty() / target.difficulty();
            assert!((ratio - 1.0).abs() < 1e-12, "{bits:#x}: {ratio}");
        }
    }

    fn order() -> impl Strategy<Value = ByteOrder> {
        prop_oneof![Just(ByteOrder::LittleEndian), Just(ByteOrder::BigEndian)]
    }

    /// Returns whether a word of 8 bytes passes the test.
    fn accepts_8(digest: &[u8], test: &WordTest) -> bool {
        let bytes =
            std::array::from_fn(|i| digest.get(8 * test.index + i).copied().unwrap_or(0xa5));
        let word = match test.order {
            ByteOrder::LittleEndian => u64::from_le_bytes(bytes),
            ByteOrder::BigEndian => u64::from_be_bytes(bytes),
        };
        (word << test.shift).wrapping_sub(test.lo) <= test.span
    }

    /// Reads the word of 4 bytes that the test asks for.
    fn word_of(digest: &[u8], test: &WordTest) -> u32 {
        let bytes =
            std::array::from_fn(|i| digest.get(4 * test.index + i).copied().unwrap_or(0xa5));
        match test.order {
            ByteOrder::LittleEndian => u32::from_le_bytes(bytes),
            ByteOrder::BigEndian => u32::from_be_bytes(bytes),
        }
    }

    prop_compose! {
        fn any_rule()(width in 1usize..=64, order in order(), bounds: [[u8; 32]; 4])
            -> HitRule
        {
            let bound = |i: usize| {
                let mut bytes = [0; 64];
                bytes.copy_from_slice(&bounds[i..i + 2].concat());
                U512::from_be_bytes(bytes) >> (512 - 8 * width)
            };
            let (one, other) = (bound(0), bound(2));
            HitRule::new(width, order, one.min(other), one.max(other)).expect("valid")
        }
    }

    proptest! {
        #[test]
        fn the_word_test_accepts_every_hit(rule in any_rule(), digest in prop::collection::vec(any::<u8>(), 64), at in 0usize..3) {
            // The digest itself, and both bounds.
            let integer = [None, Some(rule.lo), Some(rule.hi)][at];
            let mut digest = digest;
            if let Some(integer) = integer {
                let bytes = integer.to_le_bytes::<64>();
                digest[..rule.width].copy_from_slice(&bytes[..rule.width]);
                if rule.order == ByteOrder::BigEndian {
                    digest[..rule.width].reverse();
                }
                prop_assert!(rule.is_met_by(&digest));
            }
            let test = rule.word_test(4);
            if rule.is_met_by(&digest) {
                prop_assert!(test.accepts(word_of(&digest, &test)));
                prop_assert!(accepts_8(&digest, &rule.word_test(8)));
            }
        }

        #[test]
        fn the_word_test_decides_alone_if_the_rule_reads_at_most_a_word(
            width in 1usize..=4,
            order in order(),
            one: u32,
            other: u32,
            digest: [u8; 4],
        ) {
            let cut = |bound: u32| u64::from(bound >> (32 - 8 * width));
            let rule = rule(width, order, cut(one.min(other)), cut(one.max(other)));
            let test = rule.word_test(4);
            prop_assert_eq!(test.accepts(word_of(&digest, &test)), rule.is_met_by(&digest));
            prop_assert_eq!(accepts_8(&digest, &rule.word_test(8)), rule.is_met_by(&digest));
        }
    }
}
