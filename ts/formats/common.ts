/** What the formats have in common. */
import { LONE_SURROGATE } from '../pow/nonce.ts';
import type { Solution } from '../pow/solve.ts';

/** The work that an answer took. */
export interface Effort {
  /** Hashes computed by all threads together. */
  readonly hashes: number;
  /** The expected number of hashes until a hit. */
  readonly expectedHashes: number;
  /** Time from submission until the last thread left the search, in ms, including the wait for a thread. */
  readonly elapsedMs: number;
}

/** An answer from outside is valid. */
export interface Accepted {
  /** True: the answer is valid. */
  readonly valid: true;
}

/** An answer from outside is not valid. */
export interface Refused<Reason extends string> {
  /** False: the answer is not valid. */
  readonly valid: false;
  /** Why the answer is refused, in a few words with hyphens, for logs and counters. */
  readonly reason: Reason;
}

/** The result of a check of an answer from outside. An answer that is not valid is no error. */
export type Verdict<Reason extends string, Details extends object = object> =
  | (Accepted & Details)
  | Refused<Reason>;

/** Returns the verdict that an answer is refused. */
export function refused<Reason extends string>(reason: Reason): Refused<Reason> {
  return { valid: false, reason };
}

/** Returns the work that a solution took. */
export function effortOf({ hashes, expectedHashes, elapsedMs }: Solution): Effort {
  return { hashes, expectedHashes, elapsedMs };
}

/** Returns the bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Returns whether a value from outside is text of at most this many characters, and has no lone surrogate. */
export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && !LONE_SURROGATE.test(value);
}

/** Returns the number of zero bits with which bytes begin. The first bit is the most significant one of the first byte. */
export function leadingZeroBits(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 8 * bytes.length : 8 * first + Math.clz32(bytes[first]!) - 24;
}

/** The digits of an unsigned integer without leading zeros. */
const DECIMAL = /^(0|[1-9][0-9]*)$/;

/**
 * Returns the unsigned integer of at most `max` that a value from outside is: a safe integer, a bigint, or decimal digits
 * without leading zeros. Returns undefined if the value is anything else.
 */
export function unsigned(value: unknown, max: bigint): bigint | undefined {
  let integer: bigint;
  if (typeof value === 'bigint') integer = value;
  else if (Number.isSafeInteger(value)) integer = BigInt(value as number);
  else if (typeof value === 'string' && value.length <= 20 && DECIMAL.test(value)) integer = BigInt(value);
  else return undefined;
  return integer >= 0n && integer <= max ? integer : undefined;
}

export const MAX_U64 = 0xffff_ffff_ffff_ffffn;
