//! 256-bit targets, as in Bitcoin.

use std::fmt;

use ruint::aliases::U256;

/// The largest digest that is a hit, as an integer from 1 to 2^256 - 1.
///
/// A digest is compared as in Bitcoin: its 32 bytes are read as a little-endian integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(U256);

/// Why a number is not a valid target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The value is 0.
    #[error("a target must be at least 1; got 0")]
    Zero,
    /// Compact bits with the sign bit 0x00800000.
    #[error("compact bits {0:#010x} are negative; the mantissa must be at most 0x7fffff")]
    NegativeBits(u32),
    /// Compact bits whose value is 0.
    #[error("compact bits {0:#010x} are zero; the target must be at least 1")]
    ZeroBits(u32),
    /// Compact bits whose value is too large for a digest, which usually has 256 bits.
    #[error("compact bits {0:#010x} overflow; the target must fit into the digest")]
    OverflowingBits(u32),
}

/// The compact bits of difficulty 1 in Bitcoin.
const DIFFICULTY_ONE_BITS: u32 = 0x1d00_ffff;
/// The expected number of hashes of difficulty 1.
pub(crate) const DIFFICULTY_ONE_HASHES: f64 = (1u64 << 48) as f64 / 65_535.0;
const SIGN_BIT: u32 = 0x0080_0000;

impl Target {
    /// The easiest target, which every digest meets.
    pub const MAX: Self = Self(U256::MAX);

    /// Creates a target from its value.
    ///
    /// # Errors
    ///
    /// Returns [`TargetError::Zero`] if the value is 0.
    pub fn new(value: U256) -> Result<Self, TargetError> {
        if value.is_zero() {
            return Err(TargetError::Zero);
        }
        Ok(Self(value))
    }

    /// Creates a target from 32 little-endian bytes.
    ///
    /// # Errors
    ///
    /// Returns [`TargetError::Zero`] if the value is 0.
    pub fn from_le_bytes(bytes: [u8; 32]) -> Result<Self, TargetError> {
        Self::new(U256::from_le_bytes(bytes))
    }

    /// Returns the target as 32 little-endian bytes.
    pub fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// Returns the value of the target.
    pub fn value(self) -> U256 {
        self.0
    }

    /// Decodes compact bits: a base-256 floating-point number with an exponent of 1 byte and a signed mantissa of 3
    /// bytes. The rules are those of Bitcoin's `arith_uint256::SetCompact`. As there, the sign bit is ignored if the
    /// shifted mantissa is 0.
    ///
    /// # Errors
    ///
    /// Returns [`TargetError`] if the value is 0, negative, or too large for 256 bits.
    pub fn from_compact(bits: u32) -> Result<Self, TargetError> {
        let (mantissa, exponent) = decode_compact(bits)?;
        U256::from(mantissa)
            .checked_shl(exponent)
            .map(Self)
            .ok_or(TargetError::OverflowingBits(bits))
    }

    /// Encodes the target as compact bits. The rules are those of Bitcoin's `arith_uint256::GetCompact`: the three
    /// leading bytes are kept, and the others are truncated.
    pub fn to_compact(self) -> u32 {
        let mut length = self.0.byte_len();
        let mut mantissa: u32 = if length <= 3 {
            self.0.to::<u32>() << (8 * (3 - length))
        } else {
            (self.0 >> (8 * (length - 3))).to()
        };
        // A mantissa with the sign bit would be decoded as negative.
        if mantissa & SIGN_BIT != 0 {
            mantissa >>= 8;
            length += 1;
        }
        (length as u32) << 24 | mantissa
    }

    /// Returns the expected number of hashes for a hit: floor(2^256 / (target + 1)), as in Bitcoin's chain work.
    pub fn work(self) -> U256 {
        // 2^256 does not fit into 256 bits, but 2^256 / (t + 1) = (2^256 - (t + 1)) / (t + 1) + 1.
        match self.0.checked_add(U256::ONE) {
            Some(divisor) => !self.0 / divisor + U256::ONE,
            None => U256::ONE,
        }
    }

    /// Returns the difficulty relative to the compact bits 0x1d00ffff, as Bitcoin's `getdifficulty` does.
    pub fn difficulty(self) -> f64 {
        let one: U256 = U256::from(DIFFICULTY_ONE_BITS & 0x00ff_ffff) << (8 * (0x1d - 3));
        to_f64(one.as_limbs()) / to_f64(self.0.as_limbs())
    }
}

/// Decodes compact bits to a mantissa above 0, and the number of bits by which it is shifted to the left.
pub(crate) fn decode_compact(bits: u32) -> Result<(u32, usize), TargetError> {
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
    Ok((mantissa, 8 * exponent.saturating_sub(3) as usize))
}

impl fmt::Display for Target {
    /// Writes 64 hexadecimal digits, most significant first.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:064x}", self.0)
    }
}

/// Converts an integer, given as 64-bit limbs with the least significant one first.
pub(crate) fn to_f64(limbs: &[u64]) -> f64 {
    let limbs = limbs.iter().rev();
    limbs.fold(0.0, |sum, &limb| sum * 2f64.powi(64) + limb as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target(value: u64) -> Target {
        Target::new(U256::from(value)).expect("not zero")
    }

    // The cases are those of bignum_SetCompact in Bitcoin Core's src/test/arith_uint256_tests.cpp.
    #[test]
    fn published_compact_bits_are_decoded() {
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
    fn published_compact_bits_of_zero_are_refused() {
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
    fn published_negative_compact_bits_are_refused() {
        for bits in [0x01fe_dcba, 0x0492_3456] {
            assert_eq!(
                Target::from_compact(bits),
                Err(TargetError::NegativeBits(bits))
            );
        }
    }

    #[test]
    fn published_overflowing_compact_bits_are_refused() {
        assert_eq!(
            Target::from_compact(0xff12_3456),
            Err(TargetError::OverflowingBits(0xff12_3456))
        );
    }

    #[test]
    fn compact_bits_overflow_from_the_257th_bit_on() {
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
    fn published_targets_are_encoded_as_their_compact_bits() {
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
    fn the_work_of_difficulty_one_is_the_published_value() {
        let genesis = Target::from_compact(0x1d00_ffff).expect("valid bits");
        assert_eq!(genesis.work(), U256::from(0x1_0001_0001u64));
    }

    #[test]
    fn the_work_of_the_easiest_and_the_hardest_target_is_exact() {
        assert_eq!(Target::MAX.work(), U256::ONE);
        assert_eq!(target(1).work(), U256::ONE << 255usize);
    }

    #[test]
    fn the_difficulty_is_the_published_value() {
        // From Bitcoin Core's src/test/blockchain_tests.cpp. The last one is block 100,800 of mainnet.
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
    fn a_target_is_displayed_as_64_hexadecimal_digits() {
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
