use qanto_pow::{Target, TargetError, U256};

use crate::input::Input;

pub(crate) const SEEDS: &[&[u8]] = &[
    &[0xff, 0xff, 0x00, 0x1d],
    &[0xff, 0xff, 0x7f, 0x20],
    &[0xff, 0xff, 0x00, 0x21],
    &[0x00, 0x00, 0x80, 0x04],
];

/// Compact bits are decoded and encoded, and the numbers that are computed from a target are right.
pub fn compact(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    decode(input.u32());
    if let Some(target) = input.target() {
        encode(target);
        numbers(target);
    }
}

/// Compares the decoder with the definition, mantissa * 256^(exponent - 3), digit by digit.
fn decode(bits: u32) {
    let [low, middle, high, exponent] = bits.to_le_bytes();
    let mut value = [0u8; 32];
    let mut overflows = false;
    for (place, digit) in [low, middle, high & 0x7f].into_iter().enumerate() {
        match (usize::from(exponent) + place).checked_sub(3) {
            Some(place) if place < 32 => value[place] = digit,
            Some(_) => overflows |= digit != 0,
            None => {}
        }
    }
    let is_zero = !overflows && value == [0; 32];
    let expected = if is_zero {
        Err(TargetError::ZeroBits(bits))
    } else if high & 0x80 != 0 {
        Err(TargetError::NegativeBits(bits))
    } else if overflows {
        Err(TargetError::OverflowingBits(bits))
    } else {
        Target::from_le_bytes(value)
    };
    let decoded = Target::from_compact(bits);
    assert_eq!(decoded, expected, "{bits:#010x}");
    if let Ok(target) = decoded {
        let canonical = target.to_compact();
        assert_eq!(Target::from_compact(canonical), Ok(target), "{bits:#010x}");
    }
}

/// Checks that the encoder rounds down, by less than one part in 2^15.
fn encode(target: Target) {
    let rounded = Target::from_compact(target.to_compact()).expect("encodings decode");
    assert!(rounded <= target, "{target}");
    let lost = target.value() - rounded.value();
    assert!(
        lost == U256::ZERO || lost < target.value() >> 15usize,
        "{target}"
    );
}

fn numbers(target: Target) {
    assert_eq!(Target::from_le_bytes(target.to_le_bytes()), Ok(target));
    let work = target.work();
    // Checks floor(2^256 / divisor) = work, without numbers of 257 bits.
    if let Some(divisor) = target.value().checked_add(U256::ONE) {
        let product = work.wrapping_mul(divisor);
        let remainder = U256::ZERO.wrapping_sub(product);
        assert!(remainder < divisor, "{target}");
    } else {
        assert_eq!(work, U256::ONE);
    }
    let difficulty = target.difficulty();
    assert!(difficulty.is_finite() && difficulty > 0.0, "{target}");
}
