import {
  type Fields,
  integerAsBigint,
  refuseUnknown,
  requireFunction,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import {
  AbortError,
  ExpectedWorkError,
  HashBudgetSpentError,
  InternalPanicError,
  mustBe,
  NonceSpaceExhaustedError,
  type QantoError,
  TimedOutError,
} from '../errors.ts';
import { onceAborted, requireSignal } from './abort.ts';
import { fromHex } from './hex.ts';
import { meanHashes, meanHashesFloor } from './hit-rule.ts';
import { checkNonce } from './nonce.ts';
import type { JobEvent } from './packed.ts';
import { checkKernel, type Kernel, MAX_THREADS } from './platform.ts';
import { publishSolve, type SolveOutcome } from './solve-channel.ts';
import { type JobHandlers, type JobOptions, startJob } from './solver.ts';
import { type Algorithm, type CheckedTemplate, checkTemplate, type Template } from './template.ts';

/** The maximum of `timeoutMs`, in ms: 2^31 - 1 (24.8 days), the limit of Node's timers. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** The minimum time between two calls of `onProgress`, in ms. */
const PROGRESS_INTERVAL_MS = 100;
const MAX_HASH_COUNT = 2n ** 64n - 1n;

/** The progress of a search. */
export interface SolveProgress {
  /**
   * Hashes computed so far by all threads together: one for each nonce and each version that was tried with it.
   */
  readonly hashes: number;
  /** Time since submission, in ms. */
  readonly elapsedMs: number;
  /** Hash rate of all threads together since the previous report. It is never 0 while the job is hashing. */
  readonly hashesPerSecond: number;
}

/** The options of {@link solvePow}. By default, a search ends at the end of the nonce space. */
export interface SolveOptions {
  /**
   * Cancels the search. The promise rejects with `ABORT_ERR` after the last thread has left the job. If a method
   * of the signal throws, the promise rejects with that error. Use `timeoutMs` instead of `AbortSignal.any` with
   * `AbortSignal.timeout`: Node.js before 22.16 may garbage-collect the timeout, and then the signal never aborts.
   */
  readonly signal?: AbortSignal;
  /**
   * Timeout in ms, above 0 and at most 2^31 - 1, counted from the call. When it has passed, the promise rejects
   * with `ERR_QANTO_TIMED_OUT`. Default: no timeout.
   */
  readonly timeoutMs?: number;
  /**
   * Maximum number of hashes, counted from the start nonce: from 1 to 2^64 - 1. If none of them is a hit, the
   * promise rejects with `ERR_QANTO_HASH_BUDGET_SPENT`. Each nonce is one hash. With version rolling, each
   * version of a nonce is one hash, so that the search may end between two versions of a nonce. Default: no limit.
   */
  readonly maxHashes?: number | bigint;
  /**
   * Maximum expected work of the template, in hashes: from 1 to 2^64 - 1. If the template takes more hashes on
   * average, rounded down, the promise rejects with `ERR_QANTO_EXPECTED_WORK_TOO_HIGH`. Use it for templates from untrusted
   * sources. Default: no limit.
   */
  readonly maxExpectedHashes?: number | bigint;
  /**
   * Maximum number of threads, from 1 to 256. Default: `defaultThreads()`. The solution does not depend on it.
   */
  readonly threads?: number;
  /**
   * The first nonce, from 0 to the end of the nonce space, which depends on the template's encoding. The search starts with variant 0 of this nonce and tries nonces in ascending order. Default: 0.
   */
  readonly startNonce?: number | bigint;
  /**
   * Called at most every 100 ms while the job is running, in the async context of the call of `solvePow`, so that
   * an AsyncLocalStorage has the store of the caller. If it throws, the job stops and rejects with that error.
   */
  readonly onProgress?: (progress: SolveProgress) => void;
  /**
   * The priority. `background` jobs run only while no `normal` job is waiting for a thread. Default: `normal`.
   */
  readonly priority?: 'normal' | 'background';
  /**
   * The kernel that scans the nonces. If it does not support the template, `portable` does. Default: the kernel
   * that the variable `QANTO_KERNEL` names, else the fastest. The solution does not depend on it.
   */
  readonly kernel?: Kernel;
}

/** The first hit of a template from the start nonce, and the work that finding it took. */
export interface Solution {
  /**
   * The nonce, as {@link verifyPow} takes it. If the template's encoding is text, the message contains its digits.
   */
  readonly nonce: bigint;
  /**
   * The number of the template's variant that is the hit: from 0 to `versionRolling - 1`, and 0 without version
   * rolling. `rolledVersion` returns its version.
   */
  readonly variant: number;
  /**
   * The digest, in the hash function's order. `displayHash` converts 32 bytes to the customary reversed hex.
   */
  readonly digest: Uint8Array;
  /**
   * Hashes computed by all threads together. It slightly exceeds the distance to the hit and is not
   * deterministic.
   */
  readonly hashes: number;
  /**
   * The expected number of hashes until a hit of this template: 2^(8n) / (target + 1) if the target is a bigint and
   * the digest has n bytes. It is rounded to the precision of a number.
   */
  readonly expectedHashes: number;
  /** Time from submission until the last thread left the search, in ms, including the wait for a thread. */
  readonly elapsedMs: number;
}

/**
 * Searches for a nonce with which the digest is a hit of the template. The search runs on qanto's own threads, not on
 * the event loop or the thread pool of libuv. There is one exception: if the first hashes, at most 16 of at most 256 bytes,
 * are likely to hold a hit, the calling thread computes them before it asks another thread, which takes about a
 * microsecond. Background searches and those with spans of the native code never do so.
 *
 * Resolves to the first hit in ascending order from the start
 * nonce. With version rolling, the order is by nonce, then by variant. The solution is the same on every
 * machine and for any number of threads. When the promise has settled, the job no longer uses any CPU time.
 *
 * A search without a hit rejects with `ABORT_ERR`, `ERR_QANTO_TIMED_OUT`, `ERR_QANTO_HASH_BUDGET_SPENT` or
 * `ERR_QANTO_NONCE_SPACE_EXHAUSTED`. Before any work starts, the promise may reject with
 * `ERR_QANTO_INVALID_ARGUMENT`, `ERR_QANTO_EXPECTED_WORK_TOO_HIGH`, `ERR_QANTO_QUEUE_FULL`,
 * `ERR_QANTO_THREADS_UNAVAILABLE` or `ERR_QANTO_NATIVE_UNAVAILABLE`. A bug in the native code rejects with
 * `ERR_QANTO_INTERNAL_PANIC`.
 */
export async function solvePow(template: Template, options: SolveOptions = {}): Promise<Solution> {
  const checked = checkTemplate(template);
  const given = readOptions(options);
  const jobOptions = checkOptions(checked, given);
  checkExpectedWork(checked, given.maxExpectedHashes);
  if (given.signal?.aborted) throw new AbortError(given.signal.reason);
  return runSearch(
    checked.algorithm,
    given,
    (handlers) => startJob(checked, jobOptions, handlers),
    (outcome, event) => {
      if (outcome === 'found') return toSolution(event, checked);
      throw toError(outcome, event, given);
    },
  );
}

/**
 * Starts a search and listens to the signal. When the search has settled, the promise resolves to the result of
 * `resultOf`, or rejects with the error that it throws.
 */
export function runSearch<Result>(
  algorithm: Algorithm,
  { signal, onProgress }: GivenOptions,
  start: (handlers: JobHandlers) => () => void,
  resultOf: (outcome: SolveOutcome, event: JobEvent) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    /** The error of the caller's callback or signal. */
    let callersError: { thrown: unknown } | undefined;
    let stopListening: (() => void) | undefined;
    let cancelledAtMs: number | undefined;

    const handlers: JobHandlers = {
      onProgress({ hashes, elapsedMs, hashesPerSecond = 0 }) {
        if (callersError) return;
        try {
          onProgress?.({ hashes, elapsedMs, hashesPerSecond });
        } catch (thrown) {
          callersError = { thrown };
          cancel();
        }
      },
      onSettled(outcome, event) {
        try {
          publishSolve(algorithm, outcome, event, cancelledAtMs);
          stopListening?.();
          if (callersError) reject(callersError.thrown);
          else resolve(resultOf(outcome, event));
        } catch (thrown) {
          reject(thrown);
        }
      },
    };

    const cancelJob = start(handlers);
    const cancel = () => {
      cancelledAtMs ??= performance.now();
      cancelJob();
    };
    try {
      if (signal) stopListening = onceAborted(signal, cancel);
    } catch (thrown) {
      callersError = { thrown };
      cancel();
    }
  });
}

export const SOLVE_OPTION_FIELDS: Fields<SolveOptions> = {
  signal: true,
  timeoutMs: true,
  maxHashes: true,
  maxExpectedHashes: true,
  threads: true,
  startNonce: true,
  onProgress: true,
  priority: true,
  kernel: true,
};

/** The options of a search, each of which was read once. */
export type GivenOptions = { readonly [Name in keyof SolveOptions]-?: SolveOptions[Name] | undefined };

/** Reads each option once, because a getter may return another value the next time. */
export function readOptions(
  options: SolveOptions,
  fields: Readonly<Record<string, true>> = SOLVE_OPTION_FIELDS,
): GivenOptions {
  requireObject('options', options);
  refuseUnknown('options', options, fields);
  const {
    signal,
    timeoutMs,
    maxHashes,
    maxExpectedHashes,
    threads,
    startNonce,
    onProgress,
    priority,
    kernel,
  } = options;
  return {
    signal,
    timeoutMs,
    maxHashes,
    maxExpectedHashes,
    threads,
    startNonce,
    onProgress,
    priority,
    kernel,
  };
}

export function checkOptions(template: CheckedTemplate, options: GivenOptions): JobOptions {
  const {
    signal,
    timeoutMs,
    maxHashes,
    threads,
    startNonce = 0n,
    onProgress,
    priority = 'normal',
    kernel,
  } = options;
  if (signal !== undefined) requireSignal('options.signal', signal);
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)
  ) {
    throw mustBe('options.timeoutMs', timeoutMs, `a number of ms above 0 and at most ${MAX_TIMEOUT_MS}`);
  }
  if (threads !== undefined) requireInteger('options.threads', threads, 1, MAX_THREADS);
  if (onProgress !== undefined) requireFunction('options.onProgress', onProgress);
  requireOneOf('options.priority', priority, ['normal', 'background']);
  checkKernel(kernel);
  return {
    startNonce: checkNonce('options.startNonce', startNonce, template.nonce),
    background: priority === 'background' ? true : undefined,
    maxHashes: maxHashes === undefined ? undefined : checkHashCount('options.maxHashes', maxHashes),
    timeoutMs,
    threads,
    kernel,
    progressIntervalMs: onProgress === undefined ? undefined : PROGRESS_INTERVAL_MS,
  };
}

function checkExpectedWork(template: CheckedTemplate, maxExpectedHashes: number | bigint | undefined): void {
  if (maxExpectedHashes === undefined) return;
  const limit = checkHashCount('options.maxExpectedHashes', maxExpectedHashes);
  const expected = meanHashesFloor(template.rule);
  if (expected > limit) throw new ExpectedWorkError(expected, limit);
}

export function checkHashCount(argument: string, count: number | bigint): bigint {
  return integerAsBigint(argument, count, 1n, MAX_HASH_COUNT);
}

function toSolution(
  { nonce, variant, digest, hashes, elapsedMs }: JobEvent,
  { rule }: CheckedTemplate,
): Solution {
  if (nonce === undefined || variant === undefined || digest === undefined) {
    throw new InternalPanicError('the hit has no nonce');
  }
  const bytes = typeof digest === 'string' ? fromHex(digest) : digest;
  return { nonce, variant, digest: bytes, hashes, expectedHashes: meanHashes(rule), elapsedMs };
}

function toError(
  outcome: Exclude<SolveOutcome, 'found'>,
  event: JobEvent,
  options: GivenOptions,
): QantoError {
  switch (outcome) {
    case 'timed-out':
      return new TimedOutError(options.timeoutMs ?? Number.NaN, event);
    case 'budget-spent':
      return new HashBudgetSpentError(options.maxHashes ?? Number.NaN, event);
    case 'exhausted':
      return new NonceSpaceExhaustedError(options.startNonce ?? 0n, event);
    case 'cancelled':
      return new AbortError(options.signal?.reason, event.stoppedAfterMs);
    case 'panicked':
      return new InternalPanicError(event.message ?? 'the panic has no message');
  }
}
