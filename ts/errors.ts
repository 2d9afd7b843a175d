/**
 * Every error the API throws. Each has its own class and a stable `code`; match on `code`, the messages may
 * improve. Messages name the offending value and say what would be right.
 */

import './one-copy.ts';

/** The base of all of them, so that `instanceof QantoError` separates our refusals from bugs. */
export class QantoError extends Error {
  /** Stable, machine-readable name of what went wrong. */
  readonly code: string;

  /** `message` names the offending value and says what would be right; `options.cause` is what led to it. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** `ERR_QANTO_INVALID_ARGUMENT`: an argument was refused before any work started. */
export class InvalidArgumentError extends QantoError {
  /** Path of the argument, such as `template.nonce.offset`. */
  readonly argument: string;
  /** The value as it was passed. */
  readonly value: unknown;
  /** What is wrong and what would be right, as a sentence that names the argument. */
  readonly problem: string;

  /** The message is `problem`, followed by the value. */
  constructor(argument: string, value: unknown, problem: string) {
    super('ERR_QANTO_INVALID_ARGUMENT', `${problem}; got ${describeValue(value)}`);
    this.argument = argument;
    this.value = value;
    this.problem = problem;
  }
}

/** The most usual refusal: `expected` says what the argument must be, such as "an integer from 1 to 256". */
export function mustBe(argument: string, value: unknown, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(argument, value, `${argument} must be ${expected}`);
}

/**
 * `ABORT_ERR`: the caller's AbortSignal fired and the hashing has stopped. Shaped as Node shapes it: `name` is
 * `AbortError`, `cause` is the signal's reason.
 */
export class AbortError extends QantoError {
  /** From the abort to the end of the last hash, in ms; undefined when no search had begun. */
  readonly stoppedAfterMs: number | undefined;

  /** `reason` is the signal's, and becomes the `cause`. */
  constructor(reason: unknown, stoppedAfterMs?: number) {
    super('ABORT_ERR', 'The operation was aborted', { cause: reason });
    this.stoppedAfterMs = stoppedAfterMs;
  }
}

/** What a search had done when it ended without an answer. */
export interface SearchEffort {
  /** Hashes computed, over all threads. */
  readonly hashes: number;
  /** From submission until no thread was left in the search, in ms; waiting for a thread counts. */
  readonly elapsedMs: number;
}

/** A search that ended without an answer; the subclasses say why. */
export abstract class SearchEndedError extends QantoError {
  /** Hashes computed, over all threads. */
  readonly hashes: number;
  /** From submission until no thread was left in the search, in ms; waiting for a thread counts. */
  readonly elapsedMs: number;

  /** `effort` is copied into `hashes` and `elapsedMs`. */
  constructor(code: string, message: string, effort: SearchEffort) {
    super(code, message);
    this.hashes = effort.hashes;
    this.elapsedMs = effort.elapsedMs;
  }
}

/** `ERR_QANTO_TIMED_OUT`: `timeoutMs` passed before a hit was found. */
export class TimedOutError extends SearchEndedError {
  /** `timeoutMs` as the search was given it. */
  constructor(timeoutMs: number, effort: SearchEffort) {
    super('ERR_QANTO_TIMED_OUT', `no hit within timeoutMs = ${timeoutMs} (${effort.hashes} hashes)`, effort);
  }
}

/** `ERR_QANTO_HASH_BUDGET_SPENT`: the first `maxHashes` hashes from the start nonce on are no hit. */
export class HashBudgetSpentError extends SearchEndedError {
  /** `maxHashes` as the search was given it. */
  constructor(maxHashes: number | bigint, effort: SearchEffort) {
    super('ERR_QANTO_HASH_BUDGET_SPENT', `no hit among the first maxHashes = ${maxHashes} hashes`, effort);
  }
}

/**
 * `ERR_QANTO_NONCE_SPACE_EXHAUSTED`: no nonce from the start nonce to the end of the nonce space is a hit. The search does not
 * wrap around to 0.
 */
export class NonceSpaceExhaustedError extends SearchEndedError {
  /** `startNonce` as the search was given it, or its default 0. */
  constructor(startNonce: number | bigint, effort: SearchEffort) {
    super(
      'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
      `no hit from startNonce = ${startNonce} to the end of the nonce space; change the preimage and search again`,
      effort,
    );
  }
}

/** `ERR_QANTO_EXPECTED_WORK_TOO_HIGH`: the template's expected work is above what the caller allows; no work was started. */
export class ExpectedWorkError extends QantoError {
  /** Hashes the template takes on average: floor(2^256 / (target + 1)). */
  readonly expectedHashes: bigint;
  /** The limit it is above, as the search was given it. */
  readonly maxExpectedHashes: bigint;

  /** Both in hashes. */
  constructor(expectedHashes: bigint, maxExpectedHashes: bigint) {
    super(
      'ERR_QANTO_EXPECTED_WORK_TOO_HIGH',
      `the template takes ${expectedHashes} hashes on average, more than maxExpectedHashes = ${maxExpectedHashes}; ` +
        'raise the target or the limit',
    );
    this.expectedHashes = expectedHashes;
    this.maxExpectedHashes = maxExpectedHashes;
  }
}

/**
 * `ERR_QANTO_QUEUE_FULL`: the process's pool already holds as many jobs as it may, those of all workers together. This one was
 * not started; wait for some to settle.
 */
export class QueueFullError extends QantoError {
  /** The most jobs the pool holds, running or waiting: 10,000. */
  readonly limit: number;

  /** `limit` in jobs. */
  constructor(limit: number) {
    super('ERR_QANTO_QUEUE_FULL', `the solver already holds ${limit} jobs; wait for some to settle`);
    this.limit = limit;
  }
}

/** `ERR_QANTO_POOL_IN_USE`: the hashing threads have run a job, and can no longer be set up. */
export class PoolInUseError extends QantoError {
  /** `message` says what to do instead. */
  constructor(message: string) {
    super('ERR_QANTO_POOL_IN_USE', message);
  }
}

/** `ERR_QANTO_THREADS_UNAVAILABLE`: the system refused to create the threads that search. Nothing was started; try again later. */
export class ThreadsUnavailableError extends QantoError {
  /** `reason` is what the system said, with the number of threads that were asked for. */
  constructor(reason: string) {
    super(
      'ERR_QANTO_THREADS_UNAVAILABLE',
      `${reason}; allow the process more of them (ulimit -u, pids.max), or try again later`,
    );
  }
}

/** `ERR_QANTO_INTERNAL_PANIC`: the native code panicked. This job is lost; the pool and all other jobs go on. */
export class InternalPanicError extends QantoError {
  /** `message` is what the panic said. */
  constructor(message: string) {
    super('ERR_QANTO_INTERNAL_PANIC', `the solver panicked (a bug in qanto, please report it): ${message}`);
  }
}

/** `ERR_QANTO_UNSUPPORTED`: asked for something that does not exist (yet). Refused, never silently ignored. */
export class UnsupportedError extends QantoError {
  /** What was asked for, such as `useGpu`. */
  readonly feature: string;

  /** `instead` says what to do instead, and ends the message. */
  constructor(feature: string, instead: string) {
    super('ERR_QANTO_UNSUPPORTED', `${feature} is not supported; ${instead}`);
    this.feature = feature;
  }
}

/**
 * `ERR_QANTO_NATIVE_UNAVAILABLE`: no native binary fits this machine, or the one that does cannot be loaded; then `cause` is
 * what the loader threw. Comes from the first call that needs the binary, never from importing qanto.
 */
export class NativeUnavailableError extends QantoError {
  /** `message` names the machine, what was tried and the ways out. */
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_QANTO_NATIVE_UNAVAILABLE', message, options);
  }
}

/**
 * `ERR_QANTO_MISSING_PACKAGE`: the call needs a package that qanto does not bring along, since only some programs need it, and
 * that package is not installed. `cause` is what `require` threw.
 */
export class MissingPackageError extends QantoError {
  /** The name of the package, such as `prom-client`. */
  readonly packageName: string;

  /** `neededBy` is the call that needs the package. */
  constructor(packageName: string, neededBy: string, options?: ErrorOptions) {
    super(
      'ERR_QANTO_MISSING_PACKAGE',
      `${neededBy} needs the package ${packageName}, which is not installed; install it with "npm install ${packageName}"`,
      options,
    );
    this.packageName = packageName;
  }
}

/** `ERR_QANTO_INVALID_TRACE_FILTER`: what is to be recorded of Rust's spans and events does not make sense. */
export class TraceFilterError extends QantoError {
  /** As they were given. */
  readonly directives: string;
  /** Where they came from, such as `variable QANTO_LOG`. */
  readonly source: string;

  /** `reason` says what is wrong with the directives. */
  constructor(directives: string, source: string, reason: string) {
    super(
      'ERR_QANTO_INVALID_TRACE_FILTER',
      `the trace filter ${describeValue(directives)} (from ${source}) is refused: ${reason}; ` +
        'write directives such as off, info or qanto_pow=debug, separated by commas',
    );
    this.directives = directives;
    this.source = source;
  }
}

/** A value as it reads in an error message: short, one line, with its type where the text would not show it. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    const name = `${value.constructor?.name ?? 'null prototype'}`;
    return value instanceof Uint8Array ? `${name}(${value.length})` : `an object (${name})`;
  } catch {
    // A proxy or a getter that throws must not replace our refusal by its own error.
    return 'an object';
  }
}
