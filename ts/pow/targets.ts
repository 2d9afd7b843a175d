/**
 * 256-bit targets, their compact form ("bits"), work and difficulty, as bigints. The rules are those of
 * `target.rs`. This copy is for consensus code, which needs the numbers without the native binary.
 */
import { requireBytes, requireUint32 } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';

/** 2^256. Every target is less than this. */
export const TARGET_LIMIT = 1n << 256n;

/** The target of difficulty 1 in Bitcoin's scale, bits 0x1d00ffff. */
export const DIFFICULTY_1_TARGET = 0xffffn << 208n;

/**
 * Converts compact bits (u32) to a target, as Bitcoin's `SetCompact` does: bits 24 to 31 are the exponent, in
 * bytes; bit 23 is the sign; bits 0 to 22 are the mantissa. Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is
 * not an unsigned 32-bit integer, or if the target is negative, zero, or above 2^256 - 1.
 */
export function compactToTarget(bits: number): bigint {
  requireCompact(bits);
  return BigInt(mantissaOf(bits)) << BigInt(shiftOf(bits));
}

/** Throws what {@link compactToTarget} throws. It makes no bigint. */
export function requireCompact(bits: number): void {
  requireUint32('bits', bits);
  const problem = compactProblem(bits, 32);
  if (problem === undefined) return;
  const shown = `0x${bits.toString(16).padStart(8, '0')}`;
  throw mustBe('bits', shown, problem);
}

/**
 * The target, for digests of `byteLength` bytes, of an unsigned 32-bit integer; the text of what it must be if it
 * encodes no target.
 */
export function decodeCompact(bits: number, byteLength = 32): bigint | string {
  return compactProblem(bits, byteLength) ?? BigInt(mantissaOf(bits)) << BigInt(shiftOf(bits));
}

/**
 * The text of what an unsigned 32-bit integer must be if it encodes no target for digests of `byteLength` bytes. It makes no
 * bigint, so that many headers are checked in little time.
 */
export function compactProblem(bits: number, byteLength: number): string | undefined {
  const mantissa = mantissaOf(bits);
  if (mantissa === 0) return 'the compact bits of a target above zero';
  if ((bits & 0x800000) !== 0) return 'the compact bits of a positive target (the sign bit is set)';
  const targetBits = 32 - Math.clz32(mantissa) + shiftOf(bits);
  const limitBits = 8 * byteLength;
  return targetBits <= limitBits ? undefined : `the compact bits of a target below 2^${limitBits}`;
}

function mantissaOf(bits: number): number {
  const exponent = bits >>> 24;
  return exponent <= 3 ? (bits & 0x7fffff) >>> (8 * (3 - exponent)) : bits & 0x7fffff;
}

function shiftOf(bits: number): number {
  return 8 * Math.max((bits >>> 24) - 3, 0);
}

/**
 * Converts a target to compact bits, as Bitcoin's `GetCompact` does: the mantissa is the three most significant
 * bytes, or two if the highest bit would be the sign. The target is rounded down to this precision. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the target is not a bigint from 1 to 2^256 - 1.
 */
export function targetToCompact(target: bigint): number {
  requireTarget('target', target);
  let length = byteLengthOf(target);
  let mantissa =
    length <= 3 ? Number(target << BigInt(8 * (3 - length))) : Number(target >> BigInt(8 * (length - 3)));
  if ((mantissa & 0x800000) !== 0) {
    mantissa >>>= 8;
    length += 1;
  }
  return length * 0x1000000 + mantissa;
}

/** The length of a positive integer below 2^256 in bytes. */
function byteLengthOf(integer: bigint): number {
  for (let lowest = 28; lowest > 0; lowest -= 4) {
    const word = Number(integer >> BigInt(8 * lowest));
    if (word > 0) return lowest + byteLengthOfWord(word);
  }
  return byteLengthOfWord(Number(integer));
}

function byteLengthOfWord(word: number): number {
  return Math.ceil((32 - Math.clz32(word)) / 8);
}

/**
 * The work of a target: the expected number of hashes until a hit, floor(2^256 / (target + 1)), as Bitcoin
 * counts work. Throws `ERR_QANTO_INVALID_ARGUMENT` if the target is not a bigint from 1 to 2^256 - 1.
 */
export function workFromTarget(target: bigint): bigint {
  requireTarget('target', target);
  return TARGET_LIMIT / (target + 1n);
}

/**
 * The work of the target that compact bits (u32) encode, in hashes. Throws the errors of
 * {@link compactToTarget}.
 */
export function workFromCompact(bits: number): bigint {
  return workFromTarget(compactToTarget(bits));
}

/**
 * The difficulty of compact bits (u32) in Bitcoin's scale: the factor by which they are harder than bits
 * 0x1d00ffff. Throws the errors of {@link compactToTarget}.
 */
export function difficultyFromCompact(bits: number): number {
  return difficultyFromTarget(compactToTarget(bits));
}

/** The difficulty of a target in Bitcoin's scale. Throws the errors of {@link workFromTarget}. */
export function difficultyFromTarget(target: bigint): number {
  requireTarget('target', target);
  return Number(DIFFICULTY_1_TARGET) / Number(target);
}

/**
 * Converts a digest (32 bytes, in the hash function's order) to a little-endian integer. The digest is a hit if
 * this integer is at most the target. Throws `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a Uint8Array
 * of 32 bytes.
 */
export function digestToInteger(digest: Uint8Array): bigint {
  requireBytes('digest', digest, 32);
  return BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`);
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not a bigint from 1 to 2^256 - 1. */
export function requireTarget(argument: string, target: unknown): void {
  if (typeof target !== 'bigint' || target <= 0n || target >= TARGET_LIMIT) {
    throw mustBe(argument, target, 'a bigint from 1 to 2^256 - 1');
  }
}
