/**
 * Challenges of Cerberus: the BLAKE3 digest of a salt and the nonce begins with zeros. The salt is the digest of the challenge,
 * in hex. The nonce has 8 bytes: its upper 32 bits, then its lower ones, both little-endian. Source: Cerberus
 * (https://github.com/sjtug/cerberus).
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { toHex } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { digest, verifyPow } from '../pow/verify.ts';
import { type Effort, effortOf, isText, MAX_U64, refused, unsigned, utf8, type Verdict } from './common.ts';

/** A digest has 64 hex digits, each of which is worth two steps. */
const MAX_DIFFICULTY = 128;
const DEFAULT_DIFFICULTY = 4;
const NONCE_BYTES = 8;
const MAX_TEXT = 1024;

/** The signed fields of a challenge, which the salt is made of. */
export interface CerberusFields {
  /** The challenge. */
  readonly challenge: string;
  /** The number that makes the challenge unique, from 0 to 2^32 - 1. */
  readonly nonce: number;
  /** The time of the challenge, in seconds since 1970. */
  readonly timestamp: number;
  /** The signature, in hex. */
  readonly signature: string;
}

/** A challenge. */
export interface CerberusChallenge {
  /** The salt: 64 lowercase hex digits. {@link saltOf} makes it of the challenge's fields. */
  readonly salt: string;
  /**
   * The difficulty, from 1 to 128. Two steps are a hex digit that must be 0. An odd step more means that the next digit is
   * less than 8. Default: 4.
   */
  readonly difficulty?: number;
}

/** The answer to a challenge. */
export interface CerberusAnswer extends Effort {
  /** The nonce. */
  readonly nonce: bigint;
  /** The digest: 64 lowercase hex digits. */
  readonly response: string;
}

/** The reasons why {@link verify} refuses an answer: it is not a nonce, or its digest does not begin with enough zeros. */
export type CerberusReason = 'malformed' | 'too-little-work';

const FIELDS: Fields<CerberusFields> = { challenge: true, nonce: true, timestamp: true, signature: true };
const CHALLENGE_FIELDS: Fields<CerberusChallenge> = { salt: true, difficulty: true };

/** Returns the salt of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if a field is invalid. */
export function saltOf(fields: CerberusFields): string {
  requireObject('fields', fields);
  refuseUnknown('fields', fields, FIELDS);
  const { challenge, nonce, timestamp, signature } = fields;
  if (!isText(challenge, MAX_TEXT))
    throw mustBe('fields.challenge', challenge, 'a text of at most 1,024 characters');
  if (!isText(signature, MAX_TEXT))
    throw mustBe('fields.signature', signature, 'a text of at most 1,024 characters');
  requireInteger('fields.nonce', nonce, 0, 0xffff_ffff);
  requireInteger('fields.timestamp', timestamp, 0);
  return toHex(digest('blake3', utf8(`${challenge}|${nonce}|${timestamp}|${signature}|`)));
}

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: CerberusChallenge): Template {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { salt, difficulty = DEFAULT_DIFFICULTY } = challenge;
  if (typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt)) {
    throw mustBe('challenge.salt', salt, '64 lowercase hex digits');
  }
  requireInteger('challenge.difficulty', difficulty, 1, MAX_DIFFICULTY);
  const preimage = Buffer.concat([utf8(salt), Buffer.alloc(NONCE_BYTES)]);
  return {
    algorithm: 'blake3',
    preimage,
    nonce: { offset: salt.length, encoding: 'u64le-swapped' },
    target: { leadingZeroBits: 4 * Math.floor(difficulty / 2) + (difficulty % 2) },
  };
}

/** Solves a challenge. Rejects with the errors of `solvePow`. */
export async function solve(challenge: CerberusChallenge, options?: SolveOptions): Promise<CerberusAnswer> {
  const solution = await solvePow(template(challenge), options);
  return { nonce: solution.nonce, response: toHex(solution.digest), ...effortOf(solution) };
}

/**
 * Checks a nonce from outside: a number, a bigint or decimal digits. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is
 * invalid.
 */
export function verify(
  challenge: CerberusChallenge,
  nonce: number | bigint | string,
): Verdict<CerberusReason> {
  const expected = template(challenge);
  const integer = unsigned(nonce, MAX_U64);
  if (integer === undefined) return refused('malformed');
  return verifyPow(expected, integer) ? { valid: true } : refused('too-little-work');
}
