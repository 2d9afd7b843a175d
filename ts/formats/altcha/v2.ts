/**
 * Challenges of ALTCHA, version 2: a key is derived from a nonce, a counter and a salt, and must begin with given hex digits. Source:
 * altcha-lib 2.8 and https://altcha.org/docs/v2/proof-of-work/.
 *
 * In the *deterministic mode* the server chooses the counter, and signs its key. It then checks an answer with one HMAC, without
 * deriving a key, which takes long. It is the default of the functions that are meant to take long: PBKDF2, SCRYPT and ARGON2ID.
 */
import {
  type Fields,
  refuseUnknown,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../../check-arguments.ts';
import {
  HashBudgetSpentError,
  InvalidArgumentError,
  mustBe,
  NonceSpaceExhaustedError,
  TimedOutError,
} from '../../errors.ts';
import { optionalPackageFile } from '../../optional-packages.ts';
import { requireSignal } from '../../pow/abort.ts';
import { toHex } from '../../pow/hex.ts';
import { checkHashCount, MAX_TIMEOUT_MS, type SolveOptions, solvePow } from '../../pow/solve.ts';
import type { Algorithm, Template } from '../../pow/template.ts';
import { isText, refused, type Verdict } from '../common.ts';
import { DEFAULT_CONCURRENCY, type KeyParameters, keyThreads } from './key-threads.ts';
import {
  ALTCHA_V2_ALGORITHMS,
  type AltchaV2Algorithm,
  type AltchaV2Challenge,
  type AltchaV2Limits,
  type AltchaV2Parameters,
  type CheckedParameters,
  canonicalJson,
  checkLimits,
  checkParameters,
  digestPreimage,
} from './parameters.ts';

export { KeyDerivationError } from './key-threads.ts';
export {
  ALTCHA_V2_ALGORITHMS,
  type AltchaV2Algorithm,
  type AltchaV2Challenge,
  type AltchaV2Limits,
  type AltchaV2Parameters,
} from './parameters.ts';

const crypto = process.getBuiltinModule('node:crypto');

const MAX_CONCURRENCY = 64;
/** The longest answer in base64 that is parsed, in characters. */
const MAX_PAYLOAD = 16_384;
const COUNTERS = { uint32: 2n ** 32n, string: 2n ** 53n } as const;
const HMAC_ALGORITHMS = ['SHA-256', 'SHA-384', 'SHA-512'] as const;

/** How the counter is written behind the nonce: as an unsigned big-endian integer of 32 bits, or as decimal digits. */
export type AltchaV2CounterMode = 'uint32' | 'string';

/** What {@link create} needs. */
export interface AltchaV2Options {
  /** The key of the signature. */
  readonly hmacKey: string | Uint8Array;
  /**
   * The key of the signature of the derived key in the deterministic mode. Use another one than `hmacKey`. It is required for
   * PBKDF2, SCRYPT and ARGON2ID, unless `keyPrefix` is given.
   */
  readonly keyHmacKey?: string | Uint8Array;
  /** The hash function of the signatures. Default: `SHA-256`. */
  readonly hmacAlgorithm?: (typeof HMAC_ALGORITHMS)[number];
  /** The key derivation function. Default: `PBKDF2/SHA-256`. */
  readonly algorithm?: AltchaV2Algorithm;
  /** Default: 1 for digests and ARGON2ID, 5,000 for PBKDF2, and 16,384 for SCRYPT. See {@link AltchaV2Parameters.cost}. */
  readonly cost?: number;
  /** Default: 8 for SCRYPT, and 16,384 for ARGON2ID. See {@link AltchaV2Parameters.memoryCost}. */
  readonly memoryCost?: number;
  /** Default: 1. See {@link AltchaV2Parameters.parallelism}. */
  readonly parallelism?: number;
  /** The length of the key in bytes. Default: 32. */
  readonly keyLength?: number;
  /**
   * The hex digits with which the key must begin, so that the server does not choose the counter. Each digit makes the challenge 16
   * times as hard. Default: `0000` for digests.
   */
  readonly keyPrefix?: string;
  /**
   * The counter that the server chooses in the deterministic mode. The client tries all counters up to it. Default: a random one from
   * 5,000 to 10,000 for PBKDF2, and from 50 to 100 for SCRYPT and ARGON2ID.
   */
  readonly counter?: number;
  /** How the counter is written. The client must know it, because the challenge does not contain it. Default: `uint32`. */
  readonly counterMode?: AltchaV2CounterMode;
  /** When the challenge expires. Default: never. */
  readonly expires?: Date;
  /** What the challenge contains in addition. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
  /** The random bytes before the counter, in hex. Default: 16 random bytes. */
  readonly nonce?: string;
  /** The salt, in hex. Default: 16 random bytes. */
  readonly salt?: string;
}

/** The options of {@link solve}. */
export interface AltchaV2SolveOptions
  extends Pick<SolveOptions, 'signal' | 'timeoutMs' | 'maxHashes' | 'onProgress'>,
    AltchaV2Limits {
  /** How the counter is written. Default: `uint32`. */
  readonly counterMode?: AltchaV2CounterMode;
  /** The maximum number of threads that derive keys at once, from 1 to 64. Default: 2. */
  readonly kdfConcurrency?: number;
}

/** The answer to a challenge. */
export interface AltchaV2Answer {
  /** The counter. */
  readonly counter: number;
  /** The derived key, in hex. */
  readonly derivedKey: string;
  /** The answer as it is sent: JSON in base64. */
  readonly payload: string;
  /** The number of keys that were derived by all threads together. */
  readonly hashes: number;
  /** Time from the call until the last thread left the search, in ms. */
  readonly elapsedMs: number;
}

/** What {@link verify} accepts. */
export interface AltchaV2Policy extends AltchaV2Limits {
  /** The key of the signature. */
  readonly hmacKey: string | Uint8Array;
  /** The key of the signature of the derived key. Without it, the key is derived again. */
  readonly keyHmacKey?: string | Uint8Array;
  /** The hash function of the signatures. Default: `SHA-256`. */
  readonly hmacAlgorithm?: (typeof HMAC_ALGORITHMS)[number];
  /** The key derivation functions. Default: all of {@link ALTCHA_V2_ALGORITHMS}. */
  readonly algorithms?: readonly AltchaV2Algorithm[];
  /** How the counter is written. Default: `uint32`. */
  readonly counterMode?: AltchaV2CounterMode;
  /** The time in ms since 1970. Default: now. */
  readonly nowMs?: number;
  /** The maximum number of threads that derive keys at once, from 1 to 64. Default: 2. */
  readonly kdfConcurrency?: number;
  /** Cancels the verification, which then rejects with `ABORT_ERR`. */
  readonly signal?: AbortSignal;
}

/** What {@link verify} returns about a valid answer. */
export interface AltchaV2Details {
  /** The signature of the challenge, which must be accepted only once. */
  readonly signature: string;
  /** The parameters of the challenge, with what the server has added. */
  readonly parameters: AltchaV2Parameters;
  /** The time in ms since 1970 until which the caller must remember the challenge, or Infinity. */
  readonly expiresAt: number;
}

/**
 * The reasons why {@link verify} refuses an answer, in the order of the checks: it is not one, the signature is not ours, its
 * function is not allowed, the challenge has expired, or the key or the counter is wrong. An answer is also `malformed` if a key of
 * its challenge is not possible or would take more than the limits.
 */
export type AltchaV2Reason = 'malformed' | 'wrong-signature' | 'wrong-algorithm' | 'expired' | 'wrong-key';

const CHALLENGE_FIELDS: Fields<AltchaV2Challenge> = { parameters: true, signature: true };
const OPTION_FIELDS: Fields<AltchaV2Options> = {
  hmacKey: true,
  keyHmacKey: true,
  hmacAlgorithm: true,
  algorithm: true,
  cost: true,
  memoryCost: true,
  parallelism: true,
  keyLength: true,
  keyPrefix: true,
  counter: true,
  counterMode: true,
  expires: true,
  data: true,
  nonce: true,
  salt: true,
};
const SOLVE_FIELDS: Fields<AltchaV2SolveOptions> = {
  signal: true,
  timeoutMs: true,
  maxHashes: true,
  onProgress: true,
  counterMode: true,
  kdfConcurrency: true,
  maxMemoryBytes: true,
  maxWork: true,
};
const POLICY_FIELDS: Fields<AltchaV2Policy> = {
  hmacKey: true,
  keyHmacKey: true,
  hmacAlgorithm: true,
  algorithms: true,
  counterMode: true,
  nowMs: true,
  kdfConcurrency: true,
  signal: true,
  maxMemoryBytes: true,
  maxWork: true,
};

/**
 * Makes a signed challenge. In the deterministic mode, it derives a key on a thread of qanto. Rejects with
 * `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid, and with the errors of {@link solve}.
 */
export async function create(options: AltchaV2Options): Promise<Required<AltchaV2Challenge>> {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const {
    hmacKey,
    keyHmacKey,
    hmacAlgorithm = 'SHA-256',
    algorithm = 'PBKDF2/SHA-256',
    expires,
    data,
  } = options;
  const { counterMode = 'uint32', keyLength = 32, keyPrefix, counter } = options;
  requireKeys('options', options);
  requireOneOf('options.algorithm', algorithm, ALTCHA_V2_ALGORITHMS);
  if (expires !== undefined && !(expires instanceof Date && Number.isFinite(expires.getTime()))) {
    throw mustBe('options.expires', expires, 'a valid Date');
  }
  const isMemoryHard = algorithm === 'SCRYPT' || algorithm === 'ARGON2ID';
  const isDigest = algorithm.startsWith('SHA-');
  const { cost = isDigest || algorithm === 'ARGON2ID' ? 1 : isMemoryHard ? 16_384 : 5000 } = options;
  const { memoryCost = isMemoryHard ? (algorithm === 'SCRYPT' ? 8 : 16_384) : undefined, parallelism } =
    options;
  const random = () => crypto.randomBytes(16).toString('hex');
  const { nonce = random(), salt = random() } = options;
  const isDeterministic = keyPrefix === undefined && (!isDigest || counter !== undefined);
  let parameters: AltchaV2Parameters = {
    ...{ algorithm, cost, data, keyLength, memoryCost, nonce, parallelism, salt },
    expiresAt: expires && Math.floor(expires.getTime() / 1000),
    keyPrefix: isDeterministic ? '00' : (keyPrefix ?? '0000'),
  } as AltchaV2Parameters;
  const checked = checkParameters(defined(parameters), NO_LIMITS);
  parameters = { ...parameters, keyPrefix: checked.keyPrefix };
  if (isDeterministic) {
    if (keyHmacKey === undefined) {
      throw mustBe('options.keyHmacKey', keyHmacKey, 'given, because the server chooses the counter');
    }
    if (keyLength < 2)
      throw mustBe('options.keyLength', keyLength, 'at least 2, because the server chooses the counter');
    const [least, most] = isMemoryHard ? [50, 100] : [5000, 10_000];
    const { counter = crypto.randomInt(least, most + 1) } = options;
    requireInteger('options.counter', counter, 0, Number(COUNTERS[counterMode] - 1n));
    const key = await keyOf(checked, BigInt(counter), counterMode, {});
    // The other half of the key stays secret, so that the signature proves that the client has derived the key.
    parameters = {
      ...parameters,
      keyPrefix: key.slice(0, (key.length >> 2) << 1),
      keySignature: hmac(hmacAlgorithm, keyHmacKey, Buffer.from(key, 'hex')),
    };
  } else if (counter !== undefined) {
    throw mustBe('options.counter', counter, 'undefined, because keyPrefix is given');
  }
  const ordered = JSON.parse(canonicalJson(parameters)) as AltchaV2Parameters;
  return { parameters: ordered, signature: hmac(hmacAlgorithm, hmacKey, canonicalJson(ordered)) };
}

/**
 * Solves a challenge, whose signature is not checked. The answer has the lowest counter that there is. Keys are derived on threads of
 * qanto, and never on those of libuv. An abort ends the search after the keys that are being derived. Where a key is a SHA-256 or
 * SHA-512 applied once or twice, `solvePow` searches instead, which is far faster.
 *
 * Rejects with `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid or a key takes more than the limits, `ABORT_ERR`,
 * `ERR_QANTO_TIMED_OUT`, `ERR_QANTO_HASH_BUDGET_SPENT`, `ERR_QANTO_NONCE_SPACE_EXHAUSTED`, `ERR_QANTO_KEY_DERIVATION_FAILED`,
 * `ERR_QANTO_QUEUE_FULL`, or `ERR_QANTO_MISSING_PACKAGE` if ARGON2ID needs the package `@node-rs/argon2`, which Node.js before 24.7
 * does.
 */
export async function solve(
  challenge: AltchaV2Challenge,
  options: AltchaV2SolveOptions = {},
): Promise<AltchaV2Answer> {
  requireObject('options', options);
  refuseUnknown('options', options, SOLVE_FIELDS);
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { counterMode = 'uint32', kdfConcurrency, maxMemoryBytes, maxWork, ...searchOptions } = options;
  checkLimits(options);
  const parameters = checkParameters(challenge.parameters, options);
  requireMode('options.counterMode', counterMode);
  const searched = templateOf(parameters, counterMode);
  const { counter, key, hashes, elapsedMs } =
    searched === undefined
      ? await derive(parameters, counterMode, kdfConcurrency, searchOptions)
      : await search(searched, parameters, searchOptions);
  const solution = { counter: Number(counter), derivedKey: key, time: Math.round(10 * elapsedMs) / 10 };
  const payload = Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
  return { counter: solution.counter, derivedKey: key, payload, hashes, elapsedMs };
}

/**
 * Checks an answer from outside: JSON in base64. In the deterministic mode, it computes two HMACs. Otherwise it derives a key, on a
 * thread of qanto if that takes long. Rejects with `ERR_QANTO_INVALID_ARGUMENT` if the policy is invalid, and with the errors of
 * {@link solve}; a policy with `keyHmacKey` never derives a key of a challenge that was made with one.
 */
export async function verify(
  payload: string,
  policy: AltchaV2Policy,
): Promise<Verdict<AltchaV2Reason, AltchaV2Details>> {
  requireObject('policy', policy);
  refuseUnknown('policy', policy, POLICY_FIELDS);
  const { hmacKey, keyHmacKey, hmacAlgorithm = 'SHA-256', counterMode = 'uint32' } = policy;
  const { algorithms = ALTCHA_V2_ALGORITHMS, nowMs = Date.now() } = policy;
  requireKeys('policy', policy);
  checkLimits(policy);
  if (!Array.isArray(algorithms)) throw mustBe('policy.algorithms', algorithms, 'an array of functions');
  for (const name of algorithms) requireOneOf('policy.algorithms', name, ALTCHA_V2_ALGORITHMS);
  const answer = parse(payload);
  if (answer === undefined) return refused('malformed');
  const { parameters: given, signature, counter, derivedKey } = answer;
  if (!isSameText(signature, hmac(hmacAlgorithm, hmacKey, canonicalJson(given))))
    return refused('wrong-signature');
  if (!algorithms.includes(given.algorithm)) return refused('wrong-algorithm');
  const expiresAt = given.expiresAt === undefined ? Infinity : 1000 * given.expiresAt;
  // An expiry that is no number has been signed by somebody who has our key.
  if (!(nowMs <= expiresAt)) return refused('expired');
  const parameters = valid(given, policy);
  if (parameters === undefined) return refused('malformed');
  if (counter >= COUNTERS[counterMode] || !derivedKey.startsWith(parameters.keyPrefix))
    return refused('wrong-key');
  const { keySignature } = given;
  const isKey =
    keySignature !== undefined && keyHmacKey !== undefined
      ? isSameText(keySignature, hmac(hmacAlgorithm, keyHmacKey, Buffer.from(derivedKey, 'hex')))
      : isSameText(derivedKey, await keyOf(parameters, BigInt(counter), counterMode, policy));
  return isKey ? { valid: true, signature, parameters: given, expiresAt } : refused('wrong-key');
}

interface Searched {
  readonly counter: bigint;
  readonly key: string;
  readonly hashes: number;
  readonly elapsedMs: number;
}

const ENGINE: Readonly<Record<string, Algorithm>> = {
  'SHA-256 1': 'sha256',
  'SHA-256 2': 'sha256d',
  'SHA-512 1': 'sha512',
  'SHA-512 2': 'sha512d',
};

/** Returns the template whose digests are the keys, or undefined if they are something else. */
function templateOf(parameters: CheckedParameters, counterMode: AltchaV2CounterMode): Template | undefined {
  const algorithm = ENGINE[`${parameters.algorithm} ${parameters.cost}`];
  if (algorithm === undefined) return undefined;
  const bytes = digestPreimage(parameters);
  const isNumber = counterMode === 'uint32';
  return {
    algorithm,
    preimage: isNumber ? Buffer.concat([bytes, new Uint8Array(4)]) : bytes,
    nonce: { offset: bytes.length, encoding: isNumber ? 'u32be' : 'decimal' },
    target: { hexPrefix: parameters.keyPrefix },
  };
}

async function search(
  template: Template,
  { keyLength }: CheckedParameters,
  options: SolveOptions,
): Promise<Searched> {
  const { nonce, digest, hashes, elapsedMs } = await solvePow(template, options);
  return { counter: nonce, key: toHex(digest.subarray(0, keyLength)), hashes, elapsedMs };
}

async function derive(
  parameters: CheckedParameters,
  counterMode: AltchaV2CounterMode,
  kdfConcurrency: number | undefined,
  { signal, timeoutMs, maxHashes, onProgress }: SolveOptions,
): Promise<Searched> {
  if (signal !== undefined) requireSignal('options.signal', signal);
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw mustBe('options.timeoutMs', timeoutMs, `a number of ms above 0 and at most ${MAX_TIMEOUT_MS}`);
  }
  const all = COUNTERS[counterMode];
  const budget = maxHashes === undefined ? all : checkHashCount('options.maxHashes', maxHashes);
  const { found, isTimedOut, ...effort } = await keyThreads.derive(keyParameters(parameters, counterMode), {
    first: 0n,
    limit: budget < all ? budget : all,
    concurrency: concurrencyOf('options.kdfConcurrency', kdfConcurrency),
    signal,
    timeoutMs,
    onProgress,
  });
  if (found !== undefined) return { ...found, ...effort };
  if (isTimedOut) throw new TimedOutError(timeoutMs as number, effort);
  if (budget < all) throw new HashBudgetSpentError(budget, effort);
  throw new NonceSpaceExhaustedError(0n, effort);
}

/** Returns the key of a counter, in hex. */
async function keyOf(
  parameters: CheckedParameters,
  counter: bigint,
  counterMode: AltchaV2CounterMode,
  { signal, kdfConcurrency }: Pick<AltchaV2Policy, 'signal' | 'kdfConcurrency'>,
): Promise<string> {
  if (signal !== undefined) requireSignal('policy.signal', signal);
  const { found } = await keyThreads.derive(
    { ...keyParameters(parameters, counterMode), keyPrefix: '' },
    {
      first: counter,
      limit: counter + 1n,
      concurrency: concurrencyOf('policy.kdfConcurrency', kdfConcurrency),
      signal,
    },
  );
  return found?.key ?? '';
}

function keyParameters(parameters: CheckedParameters, counterMode: AltchaV2CounterMode): KeyParameters {
  const { algorithm, cost, memoryCost, parallelism, keyLength, keyPrefix, nonce, salt } = parameters;
  const isOwnArgon2 = algorithm === 'ARGON2ID' && !('argon2Sync' in crypto);
  return {
    ...{ algorithm, cost, keyLength, keyPrefix, nonce, salt, isText: counterMode === 'string' },
    ...(memoryCost !== undefined && { memoryCost }),
    ...(parallelism !== undefined && { parallelism }),
    ...(isOwnArgon2 && { argon2: optionalPackageFile('@node-rs/argon2', 'ARGON2ID') }),
  };
}

function concurrencyOf(argument: string, kdfConcurrency = DEFAULT_CONCURRENCY): number {
  requireInteger(argument, kdfConcurrency, 1, MAX_CONCURRENCY);
  return kdfConcurrency;
}

interface ParsedAnswer {
  readonly parameters: AltchaV2Parameters;
  readonly signature: string;
  readonly counter: number;
  readonly derivedKey: string;
}

function parse(payload: unknown): ParsedAnswer | undefined {
  if (typeof payload !== 'string' || payload.length > MAX_PAYLOAD) return undefined;
  let answer: { challenge?: Partial<ParsedAnswer>; solution?: Partial<ParsedAnswer> } | null;
  try {
    answer = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  const { parameters, signature } = answer?.challenge ?? {};
  const { counter, derivedKey } = answer?.solution ?? {};
  if (typeof parameters !== 'object' || parameters === null || !isText(signature, 128)) return undefined;
  if (!isText(derivedKey, 256) || !/^([0-9a-f]{2})+$/.test(derivedKey)) return undefined;
  if (!Number.isSafeInteger(counter) || (counter as number) < 0) return undefined;
  return { parameters, signature, counter: counter as number, derivedKey };
}

/** Returns the parameters if they are valid and within the limits, which have been checked. */
function valid(parameters: AltchaV2Parameters, limits: AltchaV2Limits): CheckedParameters | undefined {
  try {
    return checkParameters(parameters, limits);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

const NO_LIMITS: AltchaV2Limits = {
  maxMemoryBytes: Number.MAX_SAFE_INTEGER,
  maxWork: Number.MAX_SAFE_INTEGER,
};

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function hmac(algorithm: string, key: string | Uint8Array, message: string | Uint8Array): string {
  return crypto.createHmac(algorithm.replace('-', ''), key).update(message).digest('hex');
}

function isSameText(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && crypto.timingSafeEqual(one, other);
}

/** Checks the secrets, the hash function of the signatures, and how the counter is written. */
function requireKeys(
  at: string,
  {
    hmacKey,
    keyHmacKey,
    hmacAlgorithm,
    counterMode,
  }: Pick<AltchaV2Options, 'hmacKey' | 'keyHmacKey' | 'hmacAlgorithm' | 'counterMode'>,
): void {
  const isKey = (key: unknown) => (typeof key === 'string' || key instanceof Uint8Array) && key.length > 0;
  const wanted = 'a text or a Uint8Array that is not empty';
  if (!isKey(hmacKey)) throw mustBe(`${at}.hmacKey`, '(a secret)', wanted);
  if (keyHmacKey !== undefined && !isKey(keyHmacKey)) throw mustBe(`${at}.keyHmacKey`, '(a secret)', wanted);
  if (hmacAlgorithm !== undefined) requireOneOf(`${at}.hmacAlgorithm`, hmacAlgorithm, HMAC_ALGORITHMS);
  if (counterMode !== undefined) requireMode(`${at}.counterMode`, counterMode);
}

function requireMode(argument: string, mode: AltchaV2CounterMode): void {
  requireOneOf(argument, mode, ['uint32', 'string']);
}
