/**
 * Proof of work of the Nano network. It is the BLAKE2b digest of 8 bytes of the nonce (u64 little-endian) and the root of a
 * block, read as a little-endian integer, which must reach a threshold. Source: the work generation guide and the node of
 * Nano (https://docs.nano.org/integration-guides/work-generation/).
 */
import { type Fields, refuseUnknown, requireBytes, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { fromHex } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import { type Effort, effortOf, MAX_U64, refused, type Verdict } from './common.ts';

const LIMIT = MAX_U64 + 1n;
const ROOT_BYTES = 32;
const NONCE_BYTES = 8;

/** The thresholds of the network. */
export const THRESHOLDS = {
  /** For blocks that send, or that change the representative. */
  send: 0xffff_fff8_0000_0000n,
  /** For blocks that receive, that open an account, or that upgrade it to the second epoch. */
  receive: 0xffff_fe00_0000_0000n,
  /** For blocks of accounts that were not upgraded to the second epoch. */
  epoch1: 0xffff_ffc0_0000_0000n,
} as const;

/** What work is needed. */
export interface NanoChallenge {
  /**
   * The hash of the account's previous block or, for the first block of an account, its public key: 32 bytes, or 64 hex
   * digits.
   */
  readonly root: string | Uint8Array;
  /** The least value that is valid, from 0 to 2^64 - 1. Default: {@link THRESHOLDS}.send. */
  readonly threshold?: bigint;
}

/** Work that {@link solve} has found. */
export interface NanoWork extends Effort {
  /** The nonce as 16 lowercase hex digits, as the RPC of the node takes it. */
  readonly work: string;
  /** The value of the work. It is at least the threshold. */
  readonly value: bigint;
}

/** What {@link verify} returns about valid work. */
export interface NanoDetails {
  /** The value of the work, of which `multiplierOf` makes a multiplier. */
  readonly value: bigint;
}

/** The reasons why {@link verify} refuses work: it is not 16 hex digits, or its value is less than the threshold. */
export type NanoReason = 'malformed' | 'too-little-work';

const CHALLENGE_FIELDS: Fields<NanoChallenge> = { root: true, threshold: true };

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: NanoChallenge): Template {
  const { root, threshold } = checked(challenge);
  return {
    algorithm: 'blake2b',
    digestLength: 8,
    preimage: Buffer.concat([Buffer.alloc(NONCE_BYTES), root]),
    nonce: { offset: 0, encoding: 'u64le' },
    target: { atLeast: threshold, width: 8, endian: 'little' },
  };
}

/** Finds work. Rejects with the errors of `solvePow`. A send takes 2^29 hashes on average. */
export async function solve(challenge: NanoChallenge, options?: SolveOptions): Promise<NanoWork> {
  const solution = await solvePow(template(challenge), options);
  return {
    work: solution.nonce.toString(16).padStart(2 * NONCE_BYTES, '0'),
    value: Buffer.from(solution.digest).readBigUInt64LE(),
    ...effortOf(solution),
  };
}

/**
 * Checks work from outside, which may be in upper case. The verdict of valid work has its value. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid.
 */
export function verify(challenge: NanoChallenge, work: string): Verdict<NanoReason, NanoDetails> {
  const { root, threshold } = checked(challenge);
  if (typeof work !== 'string' || !/^[0-9a-f]{16}$/i.test(work)) return refused('malformed');
  const nonce = Buffer.from(work, 'hex').reverse();
  const value = Buffer.from(digest('blake2b', Buffer.concat([nonce, root]), 8)).readBigUInt64LE();
  return value < threshold ? refused('too-little-work') : { valid: true, value };
}

/**
 * Returns the threshold that is `multiplier` times as hard as the base, rounded down. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the multiplier is not a positive number, if the base is not from 0 to 2^64 - 1, or if
 * the threshold would not be in this range.
 */
export function thresholdOf(multiplier: number, base: bigint = THRESHOLDS.send): bigint {
  requireThreshold('base', base);
  if (typeof multiplier !== 'number' || !(multiplier > 0) || multiplier === Infinity) {
    throw mustBe('multiplier', multiplier, 'a positive number');
  }
  const hits = Math.ceil(Number(LIMIT - base) / multiplier);
  if (hits > Number(LIMIT))
    throw mustBe('multiplier', multiplier, 'so that the threshold is from 0 to 2^64 - 1');
  return LIMIT - BigInt(hits);
}

/**
 * Returns how many times as hard as the base a threshold is, or how many times as much work as the base a value shows.
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if an argument is not from 0 to 2^64 - 1.
 */
export function multiplierOf(threshold: bigint, base: bigint = THRESHOLDS.send): number {
  requireThreshold('threshold', threshold);
  requireThreshold('base', base);
  return Number(LIMIT - base) / Number(LIMIT - threshold);
}

function checked(challenge: NanoChallenge): { root: Uint8Array; threshold: bigint } {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { root, threshold = THRESHOLDS.send } = challenge;
  requireThreshold('challenge.threshold', threshold);
  if (typeof root === 'string') return { root: fromHex(root, ROOT_BYTES, 'challenge.root'), threshold };
  requireBytes('challenge.root', root, ROOT_BYTES);
  return { root, threshold };
}

function requireThreshold(argument: string, threshold: unknown): void {
  if (typeof threshold !== 'bigint' || threshold < 0n || threshold > MAX_U64) {
    throw mustBe(argument, threshold, 'a bigint from 0 to 2^64 - 1');
  }
}
