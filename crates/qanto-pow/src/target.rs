//! 256-bit targets: what a digest must not exceed.

use std::fmt;

use ruint::aliases::U256;

/// The largest digest value that still counts as a hit: an integer from 1 to 2^256 - 1.
///
/// A digest is compared as Bitcoin compares it: its 32 bytes read as a little-endian integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(U256);

/// Why a number is not a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The value is 0, which no digest could be expected to meet.
    #[error("a target must be at least 1; got 0")]
    Zero,
    /// Compact bits whose mantissa carries the sign bit 0x00800000.
    #[error("compact bits {0:#010x} are negative; the mantissa must not exceed 0x7fffff")]
    NegativeBits(u32),
    /// Compact bits whose value is 0.
    #[error("compact bits {0:#010x} are zero; the target must be at least 1")]
    ZeroBits(u32),
    /// Compact bits whose value needs more than 256 bits.
    #[error("compact bits {0:#010x} overflow; the target must fit 256 bits")]
    OverflowingBits(u32),
}

/// Bits of the target that Bitcoin calls difficulty 1.
const DIFFICULTY_ONE_BITS: u32 = 0x1d00_ffff;
const SIGN_BIT: u32 = 0x0080_0000;

impl Target {
    /// The easiest target: every digest meets it.
    pub const MAX: Self = Self(U256::MAX);

    /// A target from its value. Refuses 0.
    pub fn new(value: U256) -> Result<Self, TargetError> {
        if value.is_zero() {
            return Err(TargetError::Zero);
        }
        Ok(Self(value))
    }

    /// A target from 32 little-endian bytes. Refuses 0.
    pub fn from_le_bytes(bytes: [u8; 32]) -> Result<Self, TargetError> {
        Self::new(U256::from_le_bytes(bytes))
    }

    /// The target as 32 little-endian bytes.
    pub fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// The target's value.
    pub fn value(self) -> U256 {
        self.0
    }

    /// Decodes compact bits (a base-256 float: 1 byte exponent, 3 bytes signed mantissa) by the rules of
    /// Bitcoin's `arith_uint256::SetCompact`. As there, the sign counts only when the shifted mantissa is not 0.
    pub fn from_compact(bits: u32) -> Result<Self, TargetError> {
        let exponent = bits >> 24;
        let mut mantissa = bits & (SIGN_BIT - 1);
        if exponent < 3 {
            mantissa >>= 8 * (3 - exponent);
        }
        if mantissa == 0 {
            return Err(TargetError::ZeroBits(bits));
        }
        if bits & SIGN_BIT != 0 {
            return Err(TargetError::NegativeBits(bits));
        }
        U256::from(mantissa)
            .checked_shl(8 * exponent.saturating_sub(3) as usize)
            .map(Self)
            .ok_or(TargetError::OverflowingBits(bits))
    }

    /// Encodes as compact bits by the rules of Bitcoin's `arith_uint256::GetCompact`: the three leading bytes,
    /// truncated, never rounded up.
    pub fn to_compact(self) -> u32 {
        let mut length = self.0.byte_len();
        let mut mantissa: u32 = if length <= 3 {
            self.0.to::<u32>() << (8 * (3 - length))
        } else {
            (self.0 >> (8 * (length - 3))).to()
        };
        // A mantissa with its top bit set would read as negative.
        if mantissa & SIGN_BIT != 0 {
            mantissa >>= 8;
            length += 1;
        }
        (length as u32) << 24 | mantissa
    }

    /// Expected number of hashes for one hit: floor(2^256 / (target + 1)), as in Bitcoin's chain work.
    pub fn work(self) -> U256 {
        // 2^256 does not fit; 2^256 / (t + 1) = (2^256 - (t + 1)) / (t + 1) + 1.
        match self.0.checked_add(U256::ONE) {
            Some(divisor) => !self.0 / divisor + U256::ONE,
            None => U256::ONE,
        }
    }

    /// How many times harder than bits 0x1d00ffff, as Bitcoin's `getdifficulty` shows it.
    pub fn difficulty(self) -> f64 {
        let one = U256::from(DIFFICULTY_ONE_BITS & 0x00ff_ffff) << (8 * (0x1d - 3));
        to_f64(one) / to_f64(self.0)
    }

    /// Whether a digest (32 bytes, digest order) is a hit.
    pub fn is_met_by(self, digest: &[u8; 32]) -> bool {
        U256::from_le_bytes(*digest) <= self.0
    }

    /// The most significant 32 bits: a digest whose last four bytes, read little-endian, exceed this is no hit.
    pub fn top_word(self) -> u32 {
        (self.0 >> 224usize).to()
    }
}

impl fmt::Display for Target {
    /// 64 hexadecimal digits, most significant first.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:064x}", self.0)
    }
}

fn to_f64(value: U256) -> f64 {
    let limbs = value.as_limbs().iter().rev();
    limbs.fold(0.0, |sum, &limb| sum * 2f64.powi(64) + limb as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target(value: u64) -> Target {
        Target::new(U256::from(value)).expect("not zero")
    }

    // The cases of Bitcoin Core's src/test/arith_uint256_tests.cpp, bignum_SetCompact.
    #[test]
    fn decodes_the_published_compact_cases() {
        for (bits, value) in [
            (0x0112_3456, 0x12),
            (0x0212_3456, 0x1234),
            (0x0312_3456, 0x12_3456),
            (0x0412_3456, 0x1234_5600),
            (0x0500_9234, 0x9234_0000),
        ] {
            assert_eq!(Target::from_compact(bits), Ok(target(value)), "{bits:#x}");
        }
        let large = U256::from(0x12_3456) << (8 * (0x20 - 3));
        assert_eq!(Target::from_compact(0x2012_3456), Target::new(large));
    }

    #[test]
    fn refuses_the_published_zero_cases() {
        for bits in [
            0,
            0x0012_3456,
            0x0100_3456,
            0x0200_0056,
            0x0300_0000,
            0x0400_0000,
            0x0092_3456,
            0x0180_3456,
            0x0280_0056,
            0x0380_0000,
            0x0480_0000,
        ] {
            assert_eq!(Target::from_compact(bits), Err(TargetError::ZeroBits(bits)));
        }
    }

    #[test]
    fn refuses_the_published_negative_cases() {
        for bits in [0x01fe_dcba, 0x0492_3456] {
            assert_eq!(
                Target::from_compact(bits),
                Err(TargetError::NegativeBits(bits))
            );
        }
    }

    #[test]
    fn refuses_the_published_overflow_case() {
        assert_eq!(
            Target::from_compact(0xff12_3456),
            Err(TargetError::OverflowingBits(0xff12_3456))
        );
    }

    #[test]
    fn overflow_begins_at_the_257th_bit() {
        for fits in [0x2200_00ff, 0x2100_ffff, 0x207f_ffff] {
            assert!(Target::from_compact(fits).is_ok(), "{fits:#x}");
        }
        for bits in [0x2300_0001, 0x2200_0100, 0x2101_0000] {
            assert_eq!(
                Target::from_compact(bits),
                Err(TargetError::OverflowingBits(bits))
            );
        }
    }

    #[test]
    fn encodes_the_published_compact_cases() {
        for (value, bits) in [
            (0x12, 0x0112_0000),
            (0x80, 0x0200_8000),
            (0x1234, 0x0212_3400),
            (0x12_3456, 0x0312_3456),
            (0x1234_5600, 0x0412_3456),
            (0x9234_0000, 0x0500_9234),
        ] {
            assert_eq!(target(value).to_compact(), bits, "{value:#x}");
        }
    }

    #[test]
    fn the_largest_target_encodes_without_overflow() {
        assert_eq!(Target::MAX.to_compact(), 0x2100_ffff);
    }

    #[test]
    fn zero_is_not_a_target() {
        assert_eq!(Target::new(U256::ZERO), Err(TargetError::Zero));
        assert_eq!(Target::from_le_bytes([0; 32]), Err(TargetError::Zero));
    }

    #[test]
    fn work_of_difficulty_one_is_the_published_value() {
        let genesis = Target::from_compact(0x1d00_ffff).expect("valid bits");
        assert_eq!(genesis.work(), U256::from(0x1_0001_0001u64));
    }

    #[test]
    fn work_at_the_ends_of_the_range_is_exact() {
        assert_eq!(Target::MAX.work(), U256::ONE);
        assert_eq!(target(1).work(), U256::ONE << 255usize);
    }

    #[test]
    fn difficulty_matches_the_published_values() {
        // Bitcoin Core's src/test/blockchain_tests.cpp; the last is block 100,800 on mainnet.
        for (bits, expected) in [
            (0x1d00_ffff, 1.0),
            (0x1f11_1111, 0.000001),
            (0x1b04_04cb, 16307.420938523983),
        ] {
            let difficulty = Target::from_compact(bits).expect("valid bits").difficulty();
            assert!(
                (difficulty - expected).abs() < 1e-6,
                "{bits:#x}: {difficulty}"
            );
        }
    }

    #[test]
    fn a_digest_equal_to_the_target_is_a_hit_and_one_above_is_not() {
        let bound = Target::from_compact(0x1d00_ffff).expect("valid bits");
        assert!(bound.is_met_by(&bound.to_le_bytes()));
        let above: [u8; 32] = (bound.value() + U256::ONE).to_le_bytes();
        assert!(!bound.is_met_by(&above));
    }

    #[test]
    fn displays_as_64_hexadecimal_digits() {
        assert_eq!(target(0xab).to_string(), format!("{}ab", "0".repeat(62)));
    }

    proptest! {
        #[test]
        fn decoding_an_encoded_target_loses_only_low_bytes(bytes: [u8; 32], shift in 0usize..256) {
            let value = U256::from_le_bytes(bytes) >> shift;
            prop_assume!(!value.is_zero());
            let original = Target(value);
            let decoded = Target::from_compact(original.to_compact()).expect("own encoding");
            prop_assert!(decoded <= original);
            prop_assert_eq!(decoded.to_compact(), original.to_compact());
            let lost = original.value() - decoded.value();
            prop_assert!(lost < (value >> 14usize) + U256::ONE);
        }
    }
}
