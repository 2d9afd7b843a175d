/**
 * 256-bit targets, their compact form ("bits"), work and difficulty, on bigint. The same rules as the Rust
 * core's `target.rs`; here for consensus code, which needs the numbers and not a search.
 */
import { requireBytes } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';

/** 2^256: targets are below it. */
export const TARGET_LIMIT = 1n << 256n;

/** The target of difficulty 1 in Bitcoin's scale, bits 0x1d00ffff. */
export const DIFFICULTY_1_TARGET = 0xffffn << 208n;

/**
 * The target of compact bits (u32), by Bitcoin's `SetCompact`: exponent = bits >> 24 (bytes), mantissa = the
 * low 23 bits, bit 23 is the sign. Throws `ERR_QANTO_INVALID_ARGUMENT` for a value that is no u32, is negative,
 * overflows 256 bits, or is zero: no hash meets such a target.
 */
export function compactToTarget(bits: number): bigint {
  if (!Number.isInteger(bits) || bits < 0 || bits > 0xffffffff) {
    throw mustBe('bits', bits, 'an unsigned 32-bit integer');
  }
  const exponent = bits >>> 24;
  const mantissa = exponent <= 3 ? (bits & 0x7fffff) >>> (8 * (3 - exponent)) : bits & 0x7fffff;
  const shown = `0x${bits.toString(16).padStart(8, '0')}`;
  if (mantissa === 0) {
    throw mustBe('bits', shown, 'compact bits of a target above zero');
  }
  if ((bits & 0x800000) !== 0) {
    throw mustBe('bits', shown, 'compact bits of a positive target (the sign bit is set)');
  }
  const target = BigInt(mantissa) << BigInt(8 * Math.max(exponent - 3, 0));
  if (target >= TARGET_LIMIT) {
    throw mustBe('bits', shown, 'compact bits of a target below 2^256');
  }
  return target;
}

/**
 * The compact bits of a target, by Bitcoin's `GetCompact`: the top three bytes as the mantissa, one byte fewer when
 * the top bit would read as a sign. Rounds the target down to what the 24 bits can say. Throws `ERR_QANTO_INVALID_ARGUMENT` for
 * a target that is no bigint from 1 to 2^256 - 1.
 */
export function targetToCompact(target: bigint): number {
  checkTarget(target);
  let length = Math.ceil(target.toString(16).length / 2);
  let mantissa =
    length <= 3 ? Number(target << BigInt(8 * (3 - length))) : Number(target >> BigInt(8 * (length - 3)));
  if ((mantissa & 0x800000) !== 0) {
    mantissa >>>= 8;
    length += 1;
  }
  return length * 0x1000000 + mantissa;
}

/**
 * Expected hashes to meet a target: floor(2^256 / (target + 1)), as Bitcoin counts work. Throws `ERR_QANTO_INVALID_ARGUMENT`
 * for a target that is no bigint from 1 to 2^256 - 1.
 */
export function workFromTarget(target: bigint): bigint {
  checkTarget(target);
  return TARGET_LIMIT / (target + 1n);
}

/** {@link workFromTarget} of the compact bits' target. Throws as {@link compactToTarget} does. */
export function workFromCompact(bits: number): bigint {
  return workFromTarget(compactToTarget(bits));
}

/**
 * Difficulty in Bitcoin's scale: how many times harder than bits 0x1d00ffff. Throws as {@link compactToTarget} does.
 */
export function difficultyFromCompact(bits: number): number {
  return difficultyFromTarget(compactToTarget(bits));
}

/** {@link difficultyFromCompact} of a target. Throws as {@link workFromTarget} does. */
export function difficultyFromTarget(target: bigint): number {
  checkTarget(target);
  return Number(DIFFICULTY_1_TARGET) / Number(target);
}

/**
 * The 256-bit integer a digest (32 bytes) is compared as: little-endian. A hit is one at most the target. Throws
 * `ERR_QANTO_INVALID_ARGUMENT`.
 */
export function digestToInteger(digest: Uint8Array): bigint {
  requireBytes('digest', digest, 32);
  return BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`);
}

function checkTarget(target: bigint): void {
  if (typeof target !== 'bigint' || target <= 0n || target >= TARGET_LIMIT) {
    throw mustBe('target', target, 'a bigint from 1 to 2^256 - 1');
  }
}
