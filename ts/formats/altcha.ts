/**
 * Challenges of ALTCHA, version 1: the digest of the salt and a number in decimal digits equals that of the challenge. The server
 * draws the number, so that there is one answer from 0 to `maxnumber`. Source: altcha-lib and
 * https://altcha.org/docs/v1/server-integration/.
 */
import {
  type Fields,
  refuseUnknown,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { ExpectedWorkError, mustBe } from '../errors.ts';
import { fromHex, toHex } from '../pow/hex.ts';
import { checkHashCount, type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Algorithm, Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import { shownName } from '../printable.ts';
import { type Effort, isText, refused, unsigned, utf8, type Verdict } from './common.ts';

export * as v2 from './altcha/v2.ts';

const { createHmac, randomBytes, randomInt, timingSafeEqual } = process.getBuiltinModule('node:crypto');

/** The hash functions of a challenge. */
export const ALTCHA_ALGORITHMS = ['SHA-1', 'SHA-256', 'SHA-512'] as const;
/** One of {@link ALTCHA_ALGORITHMS}. */
export type AltchaAlgorithm = (typeof ALTCHA_ALGORITHMS)[number];

const HASHES: Readonly<Record<AltchaAlgorithm, { readonly algorithm: Algorithm; readonly bytes: number }>> = {
  'SHA-1': { algorithm: 'sha1', bytes: 20 },
  'SHA-256': { algorithm: 'sha256', bytes: 32 },
  'SHA-512': { algorithm: 'sha512', bytes: 64 },
};
/** The largest number that may be the answer if a challenge does not say it. */
export const DEFAULT_MAX_NUMBER = 1_000_000;
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;
/** The longest number that `randomInt` draws from. */
const MAX_DRAWN = 2 ** 48 - 2;
const SALT_BYTES = 12;
const MAX_SALT = 1024;
/** The longest answer in base64 that is parsed, in characters. */
const MAX_PAYLOAD = 8192;

/** A challenge, with the names of the fields on the wire. */
export interface AltchaChallenge {
  /** The hash function. */
  readonly algorithm: AltchaAlgorithm;
  /** The digest, in lowercase hex. */
  readonly challenge: string;
  /** The largest number that may be the answer. Default: 1,000,000. */
  readonly maxnumber?: number;
  /** The text before the number. It ends with `&`, so that no digit of the number can be moved into it. */
  readonly salt: string;
  /** The HMAC of the digest's hex digits, in hex. */
  readonly signature: string;
}

/** What {@link create} needs. */
export interface AltchaOptions {
  /** The key of the signature. */
  readonly hmacKey: string | Uint8Array;
  /** The hash function. Default: `SHA-256`. */
  readonly algorithm?: AltchaAlgorithm;
  /** The largest number that may be the answer, from 1 to 2^48 - 2. It takes half as many hashes on average. Default: 1,000,000. */
  readonly maxNumber?: number;
  /** When the challenge expires. Default: never. */
  readonly expires?: Date;
  /** Parameters that the salt contains. */
  readonly params?: Readonly<Record<string, string>>;
  /** The random part of the salt: hex digits. Default: 12 random bytes. */
  readonly salt?: string;
  /** The answer. Default: a random number. */
  readonly number?: number;
}

/** The answer to a challenge. */
export interface AltchaAnswer extends Effort {
  /** The number. */
  readonly number: number;
  /** The answer as it is sent: JSON in base64. */
  readonly payload: string;
}

/** Options of {@link solve}: those of `solvePow`, but for the first nonce, which is 0. */
export type AltchaSolveOptions = Omit<SolveOptions, 'startNonce'>;

/** What {@link verify} accepts. */
export interface AltchaPolicy {
  /** The key of the signature. */
  readonly hmacKey: string | Uint8Array;
  /** The hash functions. Default: `SHA-256` alone. */
  readonly algorithms?: readonly AltchaAlgorithm[];
  /** The time in ms since 1970. Default: now. */
  readonly nowMs?: number;
}

/** What {@link verify} returns about a valid answer. */
export interface AltchaDetails {
  /** The digest of the challenge, which must be accepted only once. */
  readonly challenge: string;
  /** The parameters that the salt contains. */
  readonly params: URLSearchParams;
  /** The time in ms since 1970 until which the caller must remember the challenge, or Infinity. */
  readonly expiresAt: number;
}

/**
 * The reasons why {@link verify} refuses an answer, in the order of the checks: it is not one, its hash function is not allowed, its
 * salt does not end with `&` (CVE-2025-68113), the signature is not ours, the challenge has expired, or the number is wrong.
 */
export type AltchaReason =
  | 'malformed'
  | 'wrong-algorithm'
  | 'open-salt'
  | 'wrong-signature'
  | 'expired'
  | 'wrong-number';

const CHALLENGE_FIELDS: Fields<AltchaChallenge> = {
  algorithm: true,
  challenge: true,
  maxnumber: true,
  salt: true,
  signature: true,
};
const OPTION_FIELDS: Fields<AltchaOptions> = {
  hmacKey: true,
  algorithm: true,
  maxNumber: true,
  expires: true,
  params: true,
  salt: true,
  number: true,
};
const POLICY_FIELDS: Fields<AltchaPolicy> = { hmacKey: true, algorithms: true, nowMs: true };

/** Makes a signed challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid. */
export function create(options: AltchaOptions): Required<AltchaChallenge> {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { hmacKey, algorithm = 'SHA-256', maxNumber = DEFAULT_MAX_NUMBER, expires, params = {} } = options;
  requireKey('options.hmacKey', hmacKey);
  requireOneOf('options.algorithm', algorithm, ALTCHA_ALGORITHMS);
  requireInteger('options.maxNumber', maxNumber, 1, MAX_DRAWN);
  const { salt: random = randomBytes(SALT_BYTES).toString('hex'), number = randomInt(maxNumber + 1) } =
    options;
  if (typeof random !== 'string' || !/^[0-9a-f]{8,128}$/i.test(random)) {
    throw mustBe('options.salt', random, '8 to 128 hex digits');
  }
  requireInteger('options.number', number, 0, maxNumber);
  requireParams(params);
  const query = new URLSearchParams(params);
  if (expires !== undefined) query.set('expires', String(secondsOf(expires)));
  const parameters = query.toString();
  const salt = parameters === '' ? `${random}&` : `${random}?${parameters}&`;
  if (salt.length > MAX_SALT)
    throw mustBe('options.params', params, `shorter, so that the salt has at most ${MAX_SALT} characters`);
  const challenge = digestOf(algorithm, salt, number);
  return { algorithm, challenge, maxnumber: maxNumber, salt, signature: sign(algorithm, hmacKey, challenge) };
}

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: AltchaChallenge): Template {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { algorithm, challenge: given, maxnumber = DEFAULT_MAX_NUMBER, salt } = challenge;
  requireOneOf('challenge.algorithm', algorithm, ALTCHA_ALGORITHMS);
  requireInteger('challenge.maxnumber', maxnumber, 0, MAX_NUMBER);
  if (!isText(salt, MAX_SALT) || salt === '') {
    throw mustBe('challenge.salt', salt, `a text of 1 to ${MAX_SALT} characters`);
  }
  const hash = HASHES[algorithm];
  const preimage = utf8(salt);
  return {
    algorithm: hash.algorithm,
    preimage,
    nonce: { offset: preimage.length, encoding: 'decimal' },
    target: { equals: fromHex(given, hash.bytes, 'challenge.challenge') },
  };
}

/**
 * Solves a challenge, whose signature is not checked. The search ends with `ERR_QANTO_HASH_BUDGET_SPENT` if no number up to
 * `maxnumber` is the answer, and otherwise rejects with the errors of `solvePow`. The expected work, which `maxExpectedHashes`
 * limits, is half of `maxnumber`.
 */
export async function solve(
  challenge: AltchaChallenge,
  { maxExpectedHashes, ...options }: AltchaSolveOptions = {},
): Promise<AltchaAnswer> {
  const searched = template(challenge);
  const { algorithm, challenge: given, maxnumber = DEFAULT_MAX_NUMBER, salt, signature } = challenge;
  // The server draws the number from 0 to `maxnumber`.
  const expectedHashes = (maxnumber + 2) / 2;
  if (maxExpectedHashes !== undefined) {
    const limit = checkHashCount('options.maxExpectedHashes', maxExpectedHashes);
    const expected = BigInt(Math.floor(expectedHashes));
    if (expected > limit) throw new ExpectedWorkError(expected, limit, 'the challenge takes');
  }
  const solution = await solvePow(searched, { maxHashes: BigInt(maxnumber) + 1n, ...options });
  const number = Number(solution.nonce);
  const { hashes, elapsedMs } = solution;
  const answer = { algorithm, challenge: given, number, salt, signature, took: Math.round(elapsedMs) };
  return {
    number,
    payload: Buffer.from(JSON.stringify(answer)).toString('base64'),
    ...{ hashes, expectedHashes, elapsedMs },
  };
}

/**
 * Checks an answer from outside: JSON in base64. The verdict of a valid answer has the challenge, which must be used only once, its
 * parameters, and `expiresAt`, the time in ms since 1970 until which the caller must remember it, or Infinity. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the policy is invalid.
 */
export function verify(payload: string, policy: AltchaPolicy): Verdict<AltchaReason, AltchaDetails> {
  requireObject('policy', policy);
  refuseUnknown('policy', policy, POLICY_FIELDS);
  const { hmacKey, algorithms = ['SHA-256'], nowMs = Date.now() } = policy;
  requireKey('policy.hmacKey', hmacKey);
  if (!Array.isArray(algorithms)) throw mustBe('policy.algorithms', algorithms, 'an array of hash functions');
  for (const name of algorithms) requireOneOf('policy.algorithms', name, ALTCHA_ALGORITHMS);
  requireInteger('policy.nowMs', nowMs, 0);
  const answer = parse(payload);
  if (answer === undefined) return refused('malformed');
  const { algorithm, challenge, number, salt, signature } = answer;
  if (!algorithms.includes(algorithm)) return refused('wrong-algorithm');
  if (!salt.endsWith('&')) return refused('open-salt');
  if (!isSameText(signature, sign(algorithm, hmacKey, challenge))) return refused('wrong-signature');
  const query = salt.includes('?') ? salt.slice(salt.indexOf('?') + 1, -1) : '';
  const params = new URLSearchParams(query);
  const expiry = params.get('expires') ?? params.get('expire');
  const expiresAt = expiry === null ? Infinity : 1000 * Number(unsigned(expiry, BigInt(MAX_NUMBER)) ?? 0n);
  if (nowMs > expiresAt) return refused('expired');
  if (!isSameText(challenge, digestOf(algorithm, salt, number))) return refused('wrong-number');
  return { valid: true, challenge, params, expiresAt };
}

interface ParsedAnswer {
  readonly algorithm: AltchaAlgorithm;
  readonly challenge: string;
  readonly number: number;
  readonly salt: string;
  readonly signature: string;
}

function parse(payload: unknown): ParsedAnswer | undefined {
  if (typeof payload !== 'string' || payload.length > MAX_PAYLOAD) return undefined;
  let answer: Partial<Record<keyof ParsedAnswer, unknown>> | null;
  try {
    answer = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  const { algorithm, challenge, number, salt, signature } = answer ?? {};
  const isKnown = (ALTCHA_ALGORITHMS as readonly unknown[]).includes(algorithm);
  if (!isKnown || !isText(challenge, 128) || !isText(salt, MAX_SALT) || !isText(signature, 128))
    return undefined;
  if (!Number.isSafeInteger(number) || (number as number) < 0) return undefined;
  return { algorithm: algorithm as AltchaAlgorithm, challenge, number: number as number, salt, signature };
}

function digestOf(algorithm: AltchaAlgorithm, salt: string, number: number): string {
  return toHex(digest(HASHES[algorithm].algorithm, utf8(`${salt}${number}`)));
}

function sign(algorithm: AltchaAlgorithm, key: string | Uint8Array, challenge: string): string {
  return createHmac(HASHES[algorithm].algorithm, key).update(challenge).digest('hex');
}

function isSameText(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function requireKey(argument: string, key: unknown): void {
  const isKey = typeof key === 'string' || key instanceof Uint8Array;
  if (!isKey || key.length === 0)
    throw mustBe(argument, '(a secret)', 'a text or a Uint8Array that is not empty');
}

function requireParams(params: Readonly<Record<string, string>>): void {
  requireObject('options.params', params);
  for (const [name, value] of Object.entries(params)) {
    if (!isText(value, MAX_SALT)) {
      throw mustBe(`options.params.${shownName(name)}`, value, `a text of at most ${MAX_SALT} characters`);
    }
  }
}

function secondsOf(date: Date): number {
  if (!(date instanceof Date) || Number.isNaN(date.getTime()))
    throw mustBe('options.expires', date, 'a valid Date');
  return Math.floor(date.getTime() / 1000);
}
