/**
 * The difficulty of shares. A share is a hit for a target that is easier than that of the network; Stratum sends it as a number,
 * on Bitcoin's scale: target = 0xffff * 2^208 / difficulty.
 */
import { DIFFICULTY_1_TARGET, TARGET_LIMIT } from '../pow/targets.ts';

/** The expected number of hashes of a share of difficulty 1. */
export const HASHES_PER_DIFFICULTY = 2 ** 256 / Number(DIFFICULTY_1_TARGET);

/** The bits of the mantissa of a double that are stored. */
const MANTISSA_BITS = 52n;
/** What is added to the exponent of a double, with the bits of its mantissa. */
const EXPONENT_BIAS = 1075n;

/**
 * The target of a difficulty, rounded down, from 1 to 2^256 - 1. It is computed exactly: the difficulties of a test network are
 * far below 1. The difficulty must be a positive finite number.
 */
export function targetOfDifficulty(difficulty: number): bigint {
  const [numerator, denominator] = fractionOf(difficulty);
  const target = (DIFFICULTY_1_TARGET * denominator) / numerator;
  if (target >= TARGET_LIMIT) return TARGET_LIMIT - 1n;
  return target === 0n ? 1n : target;
}

/** A positive double as a fraction of two integers. */
function fractionOf(number: number): [numerator: bigint, denominator: bigint] {
  const bits = new BigUint64Array(Float64Array.of(number).buffer)[0]!;
  const exponent = bits >> MANTISSA_BITS;
  const stored = bits & ((1n << MANTISSA_BITS) - 1n);
  // A subnormal number has no hidden bit.
  const [mantissa, power] =
    exponent === 0n
      ? [stored, 1n - EXPONENT_BIAS]
      : [stored | (1n << MANTISSA_BITS), exponent - EXPONENT_BIAS];
  return power >= 0n ? [mantissa << power, 1n] : [mantissa, 1n << -power];
}
