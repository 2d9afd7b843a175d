/**
 * Every error the API throws. Each has its own class and a stable `code`; match on `code`, the messages may
 * improve. Messages name the offending value and say what would be right.
 */

/** The base of all of them, so that `instanceof QantoError` separates our refusals from bugs. */
export class QantoError extends Error {
  /** Stable, machine-readable name of what went wrong. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** An argument was refused before any work started. */
export class InvalidArgumentError extends QantoError {
  /** Path of the argument, such as `template.nonce.offset`. */
  readonly argument: string;
  /** The value as it was passed. */
  readonly value: unknown;

  constructor(argument: string, value: unknown, expected: string) {
    super('INVALID_ARGUMENT', `${argument} must be ${expected}; got ${describeValue(value)}`);
    this.argument = argument;
    this.value = value;
  }
}

/**
 * The caller's AbortSignal fired and the hashing has stopped. Shaped as Node shapes it: `name` is
 * `AbortError`, `code` is `ABORT_ERR`, `cause` is the signal's reason.
 */
export class AbortError extends QantoError {
  /** From the abort to the end of the last hash, in ms; undefined when no search had begun. */
  readonly stoppedAfterMs: number | undefined;

  constructor(reason: unknown, stoppedAfterMs?: number) {
    super('ABORT_ERR', 'The operation was aborted', { cause: reason });
    this.stoppedAfterMs = stoppedAfterMs;
  }
}

/** What a search had done when it ended without an answer. */
export interface SearchEffort {
  /** Hashes computed, over all threads. */
  readonly hashes: number;
  readonly elapsedMs: number;
}

/** A search that ended without an answer; the subclasses say why. */
export abstract class SearchEndedError extends QantoError {
  readonly hashes: number;
  readonly elapsedMs: number;

  constructor(code: string, message: string, effort: SearchEffort) {
    super(code, message);
    this.hashes = effort.hashes;
    this.elapsedMs = effort.elapsedMs;
  }
}

/** `timeoutMs` passed before a hit was found. */
export class TimedOutError extends SearchEndedError {
  constructor(timeoutMs: number, effort: SearchEffort) {
    super('TIMED_OUT', `no hit within timeoutMs = ${timeoutMs} (${effort.hashes} hashes)`, effort);
  }
}

/** The first `maxHashes` hashes from the start nonce on are no hit. */
export class HashBudgetSpentError extends SearchEndedError {
  constructor(maxHashes: number | bigint, effort: SearchEffort) {
    super('HASH_BUDGET_SPENT', `no hit among the first maxHashes = ${maxHashes} hashes`, effort);
  }
}

/** No nonce from the start nonce to the end of the nonce space is a hit. */
export class NonceSpaceExhaustedError extends SearchEndedError {
  constructor(startNonce: number | bigint, effort: SearchEffort) {
    super(
      'NONCE_SPACE_EXHAUSTED',
      `no hit from startNonce = ${startNonce} to the end of the nonce space; change the preimage and search again`,
      effort,
    );
  }
}

/** The template's expected work is above what the caller allows; refused before any work started. */
export class ExpectedWorkError extends QantoError {
  /** Hashes the template takes on average: floor(2^256 / (target + 1)). */
  readonly expectedHashes: bigint;
  readonly maxExpectedHashes: bigint;

  constructor(expectedHashes: bigint, maxExpectedHashes: bigint) {
    super(
      'EXPECTED_WORK_TOO_HIGH',
      `the template takes ${expectedHashes} hashes on average, more than maxExpectedHashes = ${maxExpectedHashes}; ` +
        'raise the target or the limit',
    );
    this.expectedHashes = expectedHashes;
    this.maxExpectedHashes = maxExpectedHashes;
  }
}

/** The pool already holds as many jobs as it may. */
export class QueueFullError extends QantoError {
  readonly limit: number;

  constructor(limit: number) {
    super('QUEUE_FULL', `the solver already holds ${limit} jobs; wait for some to settle`);
    this.limit = limit;
  }
}

/** The native code panicked; this job is lost, the pool and all other jobs go on. */
export class InternalPanicError extends QantoError {
  constructor(message: string) {
    super('INTERNAL_PANIC', `the solver panicked (a bug in qanto, please report it): ${message}`);
  }
}

/** Asked for something that does not exist (yet). Refused, never silently ignored. */
export class UnsupportedError extends QantoError {
  readonly feature: string;

  constructor(feature: string, instead: string) {
    super('UNSUPPORTED', `${feature} is not supported; ${instead}`);
    this.feature = feature;
  }
}

/** No native binary fits this machine, or the one that does cannot be loaded. */
export class NativeUnavailableError extends QantoError {
  constructor(message: string, options?: ErrorOptions) {
    super('NATIVE_UNAVAILABLE', message, options);
  }
}

/** What is to be recorded of Rust's spans and events does not make sense. */
export class TraceFilterError extends QantoError {
  /** As they were given. */
  readonly directives: string;
  /** Where they came from, such as `variable QANTO_LOG`. */
  readonly source: string;

  constructor(directives: string, source: string, reason: string) {
    super(
      'INVALID_TRACE_FILTER',
      `the trace filter ${describeValue(directives)} (from ${source}) is refused: ${reason}; ` +
        'write directives such as off, info or qanto_pow=debug, separated by commas',
    );
    this.directives = directives;
    this.source = source;
  }
}

/** A configuration value was refused. */
export class ConfigError extends QantoError {
  /** Dotted key, such as `miner.threads`. */
  readonly key: string;
  readonly value: unknown;
  /** Where the value came from, such as `flag --threads` or `file qanto.config.json`. */
  readonly source: string;

  constructor(key: string, value: unknown, source: string, expected: string) {
    super('INVALID_CONFIG', `${key} = ${describeValue(value)} (from ${source}): ${expected}`);
    this.key = key;
    this.value = value;
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
