/**
 * Challenges of mCaptcha: the first 16 bytes of the SHA-256 of a salt, a text and the nonce in decimal digits, as a big-endian
 * integer, must reach a threshold. Source: the crate `mcaptcha_pow_sha256` (https://github.com/mCaptcha/pow_sha256).
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import { type Effort, effortOf, isText, MAX_U64, refused, unsigned, utf8, type Verdict } from './common.ts';

const MAX_U128 = 2n ** 128n - 1n;
const MAX_TEXT = 4096;
/** Solvers of mCaptcha begin here. */
const FIRST_NONCE = 1;

/** A challenge, with the names of the fields that the server of mCaptcha sends. */
export interface McaptchaChallenge {
  /** The salt of the server: text of at most 4,096 characters. */
  readonly salt: string;
  /** The text of the challenge, of at most 4,096 characters. */
  readonly string: string;
  /** The expected number of hashes: an integer of at least 1. */
  readonly difficulty_factor: number;
}

/** The answer to a challenge, with the names of the fields that the server of mCaptcha takes. */
export interface McaptchaAnswer {
  /** The nonce. */
  readonly nonce: bigint;
  /** The value of the digest in decimal digits. */
  readonly result: string;
}

/**
 * The reasons why {@link verify} refuses an answer, in the order of the checks: the nonce or the result is not one, the result is
 * not that of the nonce, or it is less than the threshold.
 */
export type McaptchaReason = 'malformed' | 'wrong-result' | 'too-little-work';

const CHALLENGE_FIELDS: Fields<McaptchaChallenge> = { salt: true, string: true, difficulty_factor: true };

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: McaptchaChallenge): Template {
  const { preimage, threshold } = checked(challenge);
  return {
    algorithm: 'sha256',
    preimage,
    nonce: { offset: preimage.length, encoding: 'decimal' },
    target: { atLeast: threshold, width: 16, endian: 'big' },
  };
}

/** Solves a challenge, from nonce 1 on. Rejects with the errors of `solvePow`. */
export async function solve(
  challenge: McaptchaChallenge,
  options?: SolveOptions,
): Promise<McaptchaAnswer & Effort> {
  const solution = await solvePow(template(challenge), { startNonce: FIRST_NONCE, ...options });
  return { nonce: solution.nonce, result: String(valueOfDigest(solution.digest)), ...effortOf(solution) };
}

/**
 * Checks an answer from outside. The nonce may be a number, a bigint or decimal digits. Throws `ERR_QANTO_INVALID_ARGUMENT` if
 * the challenge is invalid.
 */
export function verify(
  challenge: McaptchaChallenge,
  answer: { readonly nonce: number | bigint | string; readonly result: string },
): Verdict<McaptchaReason> {
  const { preimage, threshold } = checked(challenge);
  const nonce = unsigned(answer?.nonce, MAX_U64);
  const result = answer?.result;
  if (nonce === undefined || typeof result !== 'string' || !/^[0-9]{1,39}$/.test(result)) {
    return refused('malformed');
  }
  const value = valueOfDigest(digest('sha256', Buffer.concat([preimage, utf8(String(nonce))])));
  if (value !== BigInt(result)) return refused('wrong-result');
  return value < threshold ? refused('too-little-work') : { valid: true };
}

function checked(challenge: McaptchaChallenge): { preimage: Uint8Array; threshold: bigint } {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { salt, string, difficulty_factor } = challenge;
  if (!isText(salt, MAX_TEXT)) throw mustBe('challenge.salt', salt, 'a text of at most 4,096 characters');
  if (!isText(string, MAX_TEXT))
    throw mustBe('challenge.string', string, 'a text of at most 4,096 characters');
  requireInteger('challenge.difficulty_factor', difficulty_factor, 1);
  const text = utf8(string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return {
    preimage: Buffer.concat([utf8(salt), length, text]),
    threshold: MAX_U128 - MAX_U128 / BigInt(difficulty_factor),
  };
}

function valueOfDigest(bytes: Uint8Array): bigint {
  const first = Buffer.from(bytes);
  return (first.readBigUInt64BE(0) << 64n) | first.readBigUInt64BE(8);
}
