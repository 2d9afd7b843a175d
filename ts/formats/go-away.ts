/**
 * Challenges of go-away (`js-pow-sha256`): the SHA-256 of the 32 bytes of the challenge and the nonce (u64 little-endian)
 * begins with zero bits. Source: go-away (https://git.gammaspectra.live/git/go-away).
 */
import {
  type Fields,
  refuseUnknown,
  requireBytes,
  requireInteger,
  requireObject,
} from '../check-arguments.ts';
import { fromHex, toHex } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { digest, verifyPow } from '../pow/verify.ts';
import { type Effort, effortOf, refused, type Verdict } from './common.ts';

const CHALLENGE_BYTES = 32;
const NONCE_BYTES = 8;
const DIGEST_BITS = 256;
const DEFAULT_DIFFICULTY = 20;

/** A challenge. */
export interface GoAwayChallenge {
  /** The challenge: 32 bytes, or 64 hex digits. */
  readonly challenge: string | Uint8Array;
  /** The number of zero bits, from 1 to 256. Default: 20. */
  readonly difficulty?: number;
}

/** The answer to a challenge. */
export interface GoAwayAnswer extends Effort {
  /** The 40 bytes of the challenge and the nonce, as 80 lowercase hex digits. */
  readonly solution: string;
}

/**
 * The reasons why {@link verify} refuses a solution: it is not 80 hex digits, it is that of another challenge, or its digest has
 * too few zero bits.
 */
export type GoAwayReason = 'malformed' | 'wrong-challenge' | 'too-little-work';

const CHALLENGE_FIELDS: Fields<GoAwayChallenge> = { challenge: true, difficulty: true };

/**
 * Makes a challenge, which need not be stored: it is the SHA-256 of the difficulty (u64 little-endian) and a key of 32 bytes. The
 * caller derives the key from a secret and what the challenge is bound to, such as the client's network and an expiry. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if an argument is invalid.
 */
export function create(key: Uint8Array, difficulty = DEFAULT_DIFFICULTY): Required<GoAwayChallenge> {
  requireBytes('key', key, CHALLENGE_BYTES);
  requireInteger('difficulty', difficulty, 1, DIGEST_BITS);
  const message = Buffer.alloc(8 + CHALLENGE_BYTES);
  message.writeBigUInt64LE(BigInt(difficulty));
  message.set(key, 8);
  return { challenge: toHex(digest('sha256', message)), difficulty };
}

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: GoAwayChallenge): Template {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { challenge: given, difficulty = DEFAULT_DIFFICULTY } = challenge;
  requireInteger('challenge.difficulty', difficulty, 1, DIGEST_BITS);
  const bytes = typeof given === 'string' ? fromHex(given, CHALLENGE_BYTES, 'challenge.challenge') : given;
  requireBytes('challenge.challenge', bytes, CHALLENGE_BYTES);
  return {
    algorithm: 'sha256',
    preimage: Buffer.concat([bytes, Buffer.alloc(NONCE_BYTES)]),
    nonce: { offset: CHALLENGE_BYTES, encoding: 'u64le' },
    target: { leadingZeroBits: difficulty },
  };
}

/** Solves a challenge. Rejects with the errors of `solvePow`. */
export async function solve(challenge: GoAwayChallenge, options?: SolveOptions): Promise<GoAwayAnswer> {
  const searched = template(challenge);
  const solution = await solvePow(searched, options);
  const answer = Buffer.from(searched.preimage);
  answer.writeBigUInt64LE(solution.nonce, CHALLENGE_BYTES);
  return { solution: answer.toString('hex'), ...effortOf(solution) };
}

/** Checks a solution from outside. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function verify(challenge: GoAwayChallenge, solution: string): Verdict<GoAwayReason> {
  const expected = template(challenge);
  if (typeof solution !== 'string' || !/^[0-9a-f]{80}$/i.test(solution)) return refused('malformed');
  const bytes = Buffer.from(solution, 'hex');
  const isSame = bytes.subarray(0, CHALLENGE_BYTES).equals(expected.preimage.subarray(0, CHALLENGE_BYTES));
  if (!isSame) return refused('wrong-challenge');
  const nonce = bytes.readBigUInt64LE(CHALLENGE_BYTES);
  return verifyPow(expected, nonce) ? { valid: true } : refused('too-little-work');
}
