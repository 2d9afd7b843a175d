/**
 * The errors that the API throws. Each has its own class and a stable `code`. Compare the `code` and not the
 * message, which may change in any release. Messages name the offending value and say what would be valid.
 */

import './one-copy.ts';
import type { Solution } from './pow/solve.ts';
import { printable, printableLines } from './printable.ts';

/** The base class of qanto's errors. An error of another class is a bug, or comes from the caller's code. */
export class QantoError extends Error {
  /** The error code: a stable name of what went wrong, such as `ERR_QANTO_INVALID_ARGUMENT`. */
  readonly code: string;

  /**
   * `message` names the offending value and says what would be valid. Characters that are not safe to print become
   * `\uXXXX`, because messages contain names and values from outside, and programs log them. `options.cause` is the
   * underlying error.
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(printableLines(message), options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** `ERR_QANTO_INVALID_ARGUMENT`: an argument is invalid. No work was started. */
export class InvalidArgumentError extends QantoError {
  /** Path of the argument, such as `template.nonce.offset`. */
  readonly argument: string;
  /** The value as it was passed. */
  readonly value: unknown;
  /** What is wrong and what would be valid, as a sentence that names the argument. */
  readonly problem: string;

  /** The message is `problem`, followed by the value. */
  constructor(argument: string, value: unknown, problem: string) {
    super('ERR_QANTO_INVALID_ARGUMENT', `${problem}; got ${describeValue(value)}`);
    this.argument = argument;
    this.value = value;
    this.problem = problem;
  }
}

/** The error for an invalid argument. `expected` says what it must be, such as "an integer from 1 to 256". */
export function mustBe(argument: string, value: unknown, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(argument, value, `${argument} must be ${expected}`);
}

/**
 * `ABORT_ERR`: the caller's AbortSignal was aborted, and hashing has stopped. As in Node's own AbortError,
 * `name` is `AbortError` and `cause` is the signal's reason.
 */
export class AbortError extends QantoError {
  /** Time from the abort until hashing stopped, in ms. Undefined if no search had started. */
  readonly stoppedAfterMs: number | undefined;
  /**
   * The solutions of each template that `solveMany` had found by then: the first ones in ascending order, and at most as
   * many as were wanted. Undefined for all other calls.
   */
  readonly found: readonly (readonly Solution[])[] | undefined;

  /** `reason` is the signal's reason. It becomes the `cause`. */
  constructor(reason: unknown, stoppedAfterMs?: number, found?: readonly (readonly Solution[])[]) {
    super('ABORT_ERR', 'The operation was aborted', { cause: reason });
    this.stoppedAfterMs = stoppedAfterMs;
    this.found = found;
  }
}

/** The work that a search had done when it ended without a hit. */
export interface SearchEffort {
  /** Hashes computed by all threads together. */
  readonly hashes: number;
  /** Time from submission until the last thread left the search, in ms, including the wait for a thread. */
  readonly elapsedMs: number;
}

/** The base class of the errors of a search that ended without a hit, or with fewer hits than were wanted. */
export abstract class SearchEndedError extends QantoError {
  /** Hashes computed by all threads together. */
  readonly hashes: number;
  /** Time from submission until the last thread left the search, in ms, including the wait for a thread. */
  readonly elapsedMs: number;
  /**
   * The solutions of each template that `solveMany` had found: the first ones in ascending order, and at most as many as
   * were wanted. Undefined for all other calls. If the hash budget or a nonce space has ended, these are the same on every
   * machine, and the templates after the one that ended the search have none.
   */
  readonly found: readonly (readonly Solution[])[] | undefined;

  /** `effort` is copied into `hashes` and `elapsedMs`. */
  constructor(code: string, message: string, effort: SearchEffort, found?: readonly (readonly Solution[])[]) {
    super(code, message);
    this.hashes = effort.hashes;
    this.elapsedMs = effort.elapsedMs;
    this.found = found;
  }
}

/** `ERR_QANTO_TIMED_OUT`: the search found no hit, or not all that were wanted, within `timeoutMs`. */
export class TimedOutError extends SearchEndedError {
  /** `timeoutMs` is the option as the caller passed it. */
  constructor(timeoutMs: number, effort: SearchEffort, found?: readonly (readonly Solution[])[]) {
    super(
      'ERR_QANTO_TIMED_OUT',
      `${found ? 'not all solutions were' : 'no hit was'} found within timeoutMs = ${timeoutMs} (${effort.hashes} hashes)`,
      effort,
      found,
    );
  }
}

/**
 * `ERR_QANTO_HASH_BUDGET_SPENT`: none of the first `maxHashes` hashes from the start nonce is a hit, or fewer of them are
 * than were wanted.
 */
export class HashBudgetSpentError extends SearchEndedError {
  /** `maxHashes` is the option as the caller passed it. */
  constructor(maxHashes: number | bigint, effort: SearchEffort, found?: readonly (readonly Solution[])[]) {
    super(
      'ERR_QANTO_HASH_BUDGET_SPENT',
      `${found ? 'not all solutions were' : 'no hit was'} found among the first maxHashes = ${maxHashes} hashes`,
      effort,
      found,
    );
  }
}

/**
 * `ERR_QANTO_NONCE_SPACE_EXHAUSTED`: no nonce from the start nonce to the end of the nonce space is a hit, or fewer of them
 * are than were wanted. The search does not wrap around to 0.
 */
export class NonceSpaceExhaustedError extends SearchEndedError {
  /** `startNonce` is the option as the caller passed it, or its default 0. */
  constructor(startNonce: number | bigint, effort: SearchEffort, found?: readonly (readonly Solution[])[]) {
    super(
      'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
      `${found ? 'a template has fewer hits than solutions are wanted' : 'no nonce is a hit'}` +
        ` from startNonce = ${startNonce} to the end of the nonce space; change the preimage and search again`,
      effort,
      found,
    );
  }
}

/**
 * `ERR_QANTO_EXPECTED_WORK_TOO_HIGH`: the template's expected work exceeds `maxExpectedHashes`. No work was
 * started.
 */
export class ExpectedWorkError extends QantoError {
  /** Hashes that the template takes on average, rounded down: floor(2^(8n) / (target + 1)) for a digest of n bytes. */
  readonly expectedHashes: bigint;
  /** The limit that it exceeds: `maxExpectedHashes` as the caller passed it. */
  readonly maxExpectedHashes: bigint;

  /** Both numbers are in hashes. `subject` begins the message: what takes these hashes. */
  constructor(expectedHashes: bigint, maxExpectedHashes: bigint, subject = 'the template takes') {
    super(
      'ERR_QANTO_EXPECTED_WORK_TOO_HIGH',
      `${subject} ${expectedHashes} hashes on average, more than maxExpectedHashes = ${maxExpectedHashes}; ` +
        'make the target easier, or raise the limit',
    );
    this.expectedHashes = expectedHashes;
    this.maxExpectedHashes = maxExpectedHashes;
  }
}

/**
 * `ERR_QANTO_QUEUE_FULL`: the pool already holds the maximum number of jobs, counted over all workers of the
 * process. This job was not started. Wait until other jobs have settled.
 */
export class QueueFullError extends QantoError {
  /** The maximum number of jobs in the pool, running and waiting. The default is 10,000. */
  readonly limit: number;

  /** `limit` is a number of jobs. */
  constructor(limit: number) {
    super('ERR_QANTO_QUEUE_FULL', `the pool already holds ${limit} jobs; wait until some have settled`);
    this.limit = limit;
  }
}

/** `ERR_QANTO_POOL_IN_USE`: the hashing threads can no longer be configured, because they have run a job. */
export class PoolInUseError extends QantoError {
  /** `message` says what to do instead. */
  constructor(message: string) {
    super('ERR_QANTO_POOL_IN_USE', message);
  }
}

/**
 * `ERR_QANTO_THREADS_UNAVAILABLE`: the system refused to create the hashing threads. No work was started; try
 * again later.
 */
export class ThreadsUnavailableError extends QantoError {
  /** `reason` is the system's error, with the number of threads that were requested. */
  constructor(reason: string) {
    super(
      'ERR_QANTO_THREADS_UNAVAILABLE',
      `${reason}; allow the process more threads (ulimit -u, pids.max), or try again later`,
    );
  }
}

/**
 * `ERR_QANTO_INTERNAL_PANIC`: the native code panicked. This job is lost; the pool and all other jobs continue.
 */
export class InternalPanicError extends QantoError {
  /** `message` is the message of the panic. */
  constructor(message: string) {
    super('ERR_QANTO_INTERNAL_PANIC', `the solver panicked (a bug in qanto, please report it): ${message}`);
  }
}

/** `ERR_QANTO_UNSUPPORTED`: the caller requested a feature that does not exist, or does not exist yet. */
export class UnsupportedError extends QantoError {
  /** The feature that was requested, such as `useGpu`. */
  readonly feature: string;

  /** `instead` says what to do instead. It ends the message. */
  constructor(feature: string, instead: string) {
    super('ERR_QANTO_UNSUPPORTED', `${feature} is not supported; ${instead}`);
    this.feature = feature;
  }
}

/**
 * `ERR_QANTO_NATIVE_UNAVAILABLE`: there is no native binary for this machine, or it cannot be loaded; then
 * `cause` is the error of the loader. The first call that needs the binary throws it. Importing qanto never
 * does.
 */
export class NativeUnavailableError extends QantoError {
  /** `message` names the machine and what was tried, and says how to get a binary. */
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_QANTO_NATIVE_UNAVAILABLE', message, options);
  }
}

/**
 * `ERR_QANTO_MISSING_PACKAGE`: the call needs an optional peer dependency of qanto that is not installed.
 * `cause` is the error of `require`.
 */
export class MissingPackageError extends QantoError {
  /** The name of the package, such as `prom-client`. */
  readonly packageName: string;

  /** `neededBy` is the call that needs the package, such as `new Metrics()`. */
  constructor(packageName: string, neededBy: string, options?: ErrorOptions) {
    super(
      'ERR_QANTO_MISSING_PACKAGE',
      `${neededBy} needs the package ${packageName}, which is not installed; install it with "npm install ${packageName}"`,
      options,
    );
    this.packageName = packageName;
  }
}

/** `ERR_QANTO_INVALID_TRACE_FILTER`: the filter for the spans and events of the native code is invalid. */
export class TraceFilterError extends QantoError {
  /** The directives as they were given. */
  readonly directives: string;
  /** Where the directives came from, such as `variable QANTO_LOG`. */
  readonly source: string;

  /** `reason` says what is wrong with the directives. */
  constructor(directives: string, source: string, reason: string) {
    super(
      'ERR_QANTO_INVALID_TRACE_FILTER',
      `the trace filter ${describeValue(directives)} (from ${source}) is invalid: ${reason}; ` +
        'write directives such as off, info or qanto_pow=debug, separated by commas',
    );
    this.directives = directives;
    this.source = source;
  }
}

/** A value as text for an error message: short, on one line, with its type where the text would not show it. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value));
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    const name = `${value.constructor?.name ?? 'null prototype'}`;
    return value instanceof Uint8Array ? `${name}(${value.length})` : `an object (${name})`;
  } catch {
    // A proxy or a getter that throws must not replace the error that is being made.
    return 'an object';
  }
}
