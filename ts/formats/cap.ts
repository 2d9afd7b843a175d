/**
 * Challenges of Cap: for each of several salts, the SHA-256 of the salt and the nonce in decimal digits begins with given hex
 * digits. Both sides derive the salts and the digits from a token. Source: Cap (https://github.com/tiagozip/cap).
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { toHex } from '../pow/hex.ts';
import type { Solution } from '../pow/solve.ts';
import { type SolveManyOptions, solveMany } from '../pow/solve-many.ts';
import type { Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import { type Effort, isText, refused, utf8, type Verdict } from './common.ts';

const MAX_TOKEN = 4096;
/** The limits of Cap's own servers. */
const MAX_COUNT = 1000;
const MAX_SALT = 256;
const MAX_DIGITS = 16;
const DEFAULTS = { c: 50, s: 32, d: 4 } as const;

/** A challenge, with the names of the fields that Cap sends. */
export interface CapChallenge {
  /** The token: text of 1 to 4,096 characters. */
  readonly token: string;
  /** The number of salts, from 1 to 1,000. Default: 50. */
  readonly c?: number;
  /** The length of a salt in characters, from 1 to 256. Default: 32. */
  readonly s?: number;
  /** The number of hex digits with which a digest must begin, from 1 to 16. Default: 4. */
  readonly d?: number;
}

/** The answer to a challenge. */
export interface CapAnswer extends Effort {
  /** The nonce for each salt. */
  readonly solutions: number[];
}

/** Options of {@link solve}: those of `solveMany`, but for the number of solutions, which is one for each salt. */
export type CapSolveOptions = Omit<SolveManyOptions, 'solutions' | 'startNonce'>;

/** The reasons why {@link verify} refuses solutions: they are not `c` nonces, or one of them is wrong. */
export type CapReason = 'malformed' | 'too-little-work';

const CHALLENGE_FIELDS: Fields<CapChallenge> = { token: true, c: true, s: true, d: true };

/**
 * Returns the salts of a challenge and the hex digits that belong to them. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is
 * invalid.
 */
export function pairs(challenge: CapChallenge): [salt: string, digits: string][] {
  const checkedChallenge = checked(challenge);
  return Array.from({ length: checkedChallenge.c }, (_, index) => pairOf(checkedChallenge, index));
}

/** Returns the template of each salt. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function templates(challenge: CapChallenge): Template[] {
  return pairs(challenge).map(([salt, digits]) => {
    const preimage = utf8(salt);
    return {
      algorithm: 'sha256',
      preimage,
      nonce: { offset: preimage.length, encoding: 'decimal' },
      target: { hexPrefix: digits },
    };
  });
}

/** Solves a challenge, in one job. Rejects with the errors of `solveMany`. */
export async function solve(challenge: CapChallenge, options?: CapSolveOptions): Promise<CapAnswer> {
  const found = (await solveMany(templates(challenge), options)) as [Solution][];
  const [[first]] = found as [[Solution]];
  const { hashes, elapsedMs } = first;
  return {
    solutions: found.map(([{ nonce }]) => Number(nonce)),
    hashes,
    expectedHashes: first.expectedHashes * found.length,
    elapsedMs,
  };
}

/**
 * Checks the solutions of a challenge, one after the other, up to the first that is wrong. `verifyPowBatch` checks the nonces of
 * {@link templates} off the event loop. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid.
 */
export function verify(challenge: CapChallenge, solutions: readonly number[]): Verdict<CapReason> {
  const expected = checked(challenge);
  if (!Array.isArray(solutions) || solutions.length !== expected.c) return refused('malformed');
  if (!solutions.every((nonce) => Number.isSafeInteger(nonce) && nonce >= 0)) return refused('malformed');
  // No salt behind the first wrong solution is derived.
  const areHits = solutions.every((nonce, index) => {
    const [salt, digits] = pairOf(expected, index);
    return toHex(digest('sha256', utf8(`${salt}${nonce}`))).startsWith(digits);
  });
  return areHits ? { valid: true } : refused('too-little-work');
}

/**
 * Returns hex digits that depend on the seed: those of the states of a xorshift generator of 32 bits, whose first state is the
 * FNV-1a hash of the UTF-16 code units of the seed.
 */
export function hexDigits(seed: string, length: number): string {
  let state = 2_166_136_261;
  for (let index = 0; index < seed.length; index++) {
    state = Math.imul(state ^ seed.charCodeAt(index), 16_777_619);
  }
  let digits = '';
  while (digits.length < length) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    digits += (state >>> 0).toString(16).padStart(8, '0');
  }
  return digits.slice(0, length);
}

function pairOf({ token, s, d }: Required<CapChallenge>, index: number): [salt: string, digits: string] {
  const seed = `${token}${index + 1}`;
  return [hexDigits(seed, s), hexDigits(`${seed}d`, d)];
}

function checked(challenge: CapChallenge): Required<CapChallenge> {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { token, c = DEFAULTS.c, s = DEFAULTS.s, d = DEFAULTS.d } = challenge;
  if (!isText(token, MAX_TOKEN) || token.length === 0) {
    throw mustBe('challenge.token', token, 'a text of 1 to 4,096 characters');
  }
  requireInteger('challenge.c', c, 1, MAX_COUNT);
  requireInteger('challenge.s', s, 1, MAX_SALT);
  requireInteger('challenge.d', d, 1, MAX_DIGITS);
  return { token, c, s, d };
}
