/**
 * Challenges of Anubis, of its methods `fast` and `slow`: the SHA-256 of the random data and the nonce in decimal digits begins
 * with zeros in hex. Source: Anubis 1.27 (https://github.com/TecharoHQ/anubis).
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { toHex } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import { type Effort, effortOf, isText, refused, unsigned, utf8, type Verdict } from './common.ts';

const { timingSafeEqual } = process.getBuiltinModule('node:crypto');

/** The number of hex digits of a digest. */
const DIGEST_DIGITS = 64;
const DEFAULT_DIFFICULTY = 4;
/** The checking side parses the nonce as a signed integer of 64 bits. */
const MAX_NONCE = 2n ** 63n - 1n;

/** A challenge. */
export interface AnubisChallenge {
  /** The random data: text of 1 to 1,024 characters, usually 128 hex digits. */
  readonly randomData: string;
  /** The number of zeros, from 1 to 64. Default: 4. */
  readonly difficulty?: number;
}

/** The answer to a challenge. */
export interface AnubisAnswer {
  /** The nonce. */
  readonly nonce: bigint;
  /** The digest: 64 lowercase hex digits. */
  readonly response: string;
}

/**
 * The reasons why {@link verify} refuses an answer, in the order of the checks: the nonce or the digest is not one, the digest is
 * not that of the nonce, or it does not begin with enough zeros.
 */
export type AnubisReason = 'malformed' | 'wrong-response' | 'too-little-work';

const CHALLENGE_FIELDS: Fields<AnubisChallenge> = { randomData: true, difficulty: true };

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: AnubisChallenge): Template {
  const { preimage, difficulty } = checked(challenge);
  return {
    algorithm: 'sha256',
    preimage,
    nonce: { offset: preimage.length, encoding: 'decimal' },
    target: { hexPrefix: '0'.repeat(difficulty) },
  };
}

/** Solves a challenge. Rejects with the errors of `solvePow`. */
export async function solve(
  challenge: AnubisChallenge,
  options?: SolveOptions,
): Promise<AnubisAnswer & Effort> {
  const solution = await solvePow(template(challenge), options);
  return { nonce: solution.nonce, response: toHex(solution.digest), ...effortOf(solution) };
}

/**
 * Checks an answer from outside. The nonce may be a number, a bigint or decimal digits. Whether the challenge has been answered
 * before, and whether it is too old, is left to the caller. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid.
 */
export function verify(
  challenge: AnubisChallenge,
  answer: { readonly nonce: number | bigint | string; readonly response: string },
): Verdict<AnubisReason> {
  const { preimage, difficulty } = checked(challenge);
  const nonce = unsigned(answer?.nonce, MAX_NONCE);
  const response = answer?.response;
  if (nonce === undefined || typeof response !== 'string' || !/^[0-9a-f]{64}$/.test(response)) {
    return refused('malformed');
  }
  const computed = digest('sha256', Buffer.concat([preimage, utf8(String(nonce))]));
  if (!timingSafeEqual(computed, Buffer.from(response, 'hex'))) return refused('wrong-response');
  return response.startsWith('0'.repeat(difficulty)) ? { valid: true } : refused('too-little-work');
}

function checked(challenge: AnubisChallenge): { preimage: Uint8Array; difficulty: number } {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { randomData, difficulty = DEFAULT_DIFFICULTY } = challenge;
  if (!isText(randomData, 1024) || randomData.length === 0) {
    throw mustBe('challenge.randomData', randomData, 'a text of 1 to 1,024 characters');
  }
  requireInteger('challenge.difficulty', difficulty, 1, DIGEST_DIGITS);
  return { preimage: utf8(randomData), difficulty };
}
