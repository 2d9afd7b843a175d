/** Solves challenges of ALTCHA, version 2. */
import { type Fields, refuseUnknown, requireObject } from '../../check-arguments.ts';
import { HashBudgetSpentError, mustBe, NonceSpaceExhaustedError, TimedOutError } from '../../errors.ts';
import { requireSignal } from '../../pow/abort.ts';
import { toHex } from '../../pow/hex.ts';
import { checkHashCount, MAX_TIMEOUT_MS, type SolveOptions, solvePow } from '../../pow/solve.ts';
import type { Algorithm, Template } from '../../pow/template.ts';
import {
  type AltchaV2CounterMode,
  COUNTERS,
  concurrencyOf,
  keyParameters,
  requireMode,
} from './derive-key.ts';
import { keyThreads } from './key-threads.ts';
import {
  type AltchaV2Challenge,
  type AltchaV2Limits,
  type CheckedParameters,
  checkLimits,
  checkParameters,
  digestPreimage,
} from './parameters.ts';

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

const CHALLENGE_FIELDS: Fields<AltchaV2Challenge> = { parameters: true, signature: true };

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
