import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
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
import type { SolverEvent } from '../native.ts';
import { onceAborted } from './abort.ts';
import { translated } from './native-errors.ts';
import { checkKernel, type Kernel, MAX_THREADS } from './platform.ts';
import { publishSolve, type SolveOutcome } from './solve-channel.ts';
import { type JobHandlers, type JobOptions, startJob } from './solver.ts';
import { workFromTarget } from './targets.ts';
import {
  asBigint,
  type CheckedTemplate,
  checkNonce,
  checkTemplate,
  type Template,
  toNativeTemplate,
} from './template.ts';

/** The longest timeout, in ms: what fits a signed 32-bit integer, as Node's own timers have it (24.8 days). */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** How often `onProgress` is called at most, in ms. */
export const PROGRESS_INTERVAL_MS = 100;

/** How far a search is. */
export interface SolveProgress {
  /** Hashes computed so far, over all threads: nonces, each counted once for every version tried with it. */
  readonly hashes: number;
  /** Since submission, in ms. */
  readonly elapsedMs: number;
  /** Over the time since the last report, all threads together; never 0 while the job hashes. */
  readonly hashesPerSecond: number;
}

/** How far to search, and with what. Without any of them a search goes on to the end of the nonce space. */
export interface SolveOptions {
  /** Stops the hashing itself. The promise rejects with `ABORT_ERR` once no thread works on the job. */
  readonly signal?: AbortSignal;
  /** Give up after this many ms, above 0 and at most 2^31 - 1, counted from the call: `ERR_QANTO_TIMED_OUT`. */
  readonly timeoutMs?: number;
  /**
   * Compute only the first so many hashes from the start nonce on: `ERR_QANTO_HASH_BUDGET_SPENT`. One a nonce; with version
   * rolling one for each version of a nonce, so only a multiple of their number ends between two nonces.
   */
  readonly maxHashes?: number | bigint;
  /**
   * Refuse a template that takes more hashes than this on average: `ERR_QANTO_EXPECTED_WORK_TOO_HIGH`. For templates that
   * come from someone else.
   */
  readonly maxExpectedHashes?: number | bigint;
  /**
   * The most threads this job may use at once, 1 to 256. Default: 75 % of the cores this process may use. The
   * answer does not depend on it.
   */
  readonly threads?: number;
  /**
   * Where the search starts, default 0: with this nonce, and its variant 0. It ascends from there to the end of the
   * nonce space.
   */
  readonly startNonce?: number | bigint;
  /** Called at most every 100 ms while the job runs. If it throws, the job stops and rejects with that error. */
  readonly onProgress?: (progress: SolveProgress) => void;
  /** `background` jobs run only while no normal job wants the threads. Default `normal`. */
  readonly priority?: 'normal' | 'background';
  /**
   * Scan with this kernel, or with `portable` where it does not know the template's shape. Default: what the variable
   * `QANTO_KERNEL` names, else the fastest. The answer does not depend on it.
   */
  readonly kernel?: Kernel;
}

/** The first hit of a template from the start nonce on, and what finding it took. */
export interface Solution {
  /** The nonce, as {@link verifyPow} takes it; below 2^32 or 2^64, by the template's encoding. */
  readonly nonce: bigint;
  /**
   * Which of the template's variants the nonce is a hit of, below `versionRolling`; 0 without. `rolledVersion` gives
   * its version.
   */
  readonly variant: number;
  /** The digest, 32 bytes in the hash function's order; `displayHash` gives the customary reversed hex. */
  readonly digest: Uint8Array;
  /** Hashes computed, over all threads; slightly more than the distance to the hit, and not deterministic. */
  readonly hashes: number;
  /** From submission until no thread was left in the search, in ms; waiting for a thread counts. */
  readonly elapsedMs: number;
}

/**
 * Searches for a nonce whose digest meets the template's target, on threads of our own, never on the event loop
 * or libuv's pool. Resolves to the first hit counted upwards from the start nonce: the same on every machine, at
 * any number of threads. With version rolling the order is by nonce, then by variant.
 *
 * Every outcome is its own error: `ABORT_ERR`, `ERR_QANTO_TIMED_OUT`, `ERR_QANTO_HASH_BUDGET_SPENT`, `ERR_QANTO_NONCE_SPACE_EXHAUSTED`,
 * `ERR_QANTO_INVALID_ARGUMENT` and `ERR_QANTO_EXPECTED_WORK_TOO_HIGH` (before any work starts), `ERR_QANTO_QUEUE_FULL`, `ERR_QANTO_THREADS_UNAVAILABLE`, `ERR_QANTO_INTERNAL_PANIC`, `ERR_QANTO_NATIVE_UNAVAILABLE`. When the
 * promise has settled the job uses no CPU.
 */
export async function solvePow(template: Template, options: SolveOptions = {}): Promise<Solution> {
  const checked = checkTemplate(template);
  const given = readOptions(options);
  const jobOptions = checkOptions(checked, given);
  checkExpectedWork(checked, given.maxExpectedHashes);
  const { signal, onProgress } = given;
  if (signal?.aborted) throw new AbortError(signal.reason);

  return new Promise((resolve, reject) => {
    /** What something of the caller's threw: a callback, or a signal. */
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
          stopListening?.();
          publishSolve(checked.algorithm, outcome, event, cancelledAtMs);
          if (callersError) reject(callersError.thrown);
          else if (outcome === 'found') resolve(toSolution(event));
          else reject(toError(outcome, event, given));
        } catch (thrown) {
          reject(thrown);
        }
      },
    };

    const cancelJob = translated(() => startJob(toNativeTemplate(checked), jobOptions, handlers));
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

const OPTION_FIELDS: Fields<SolveOptions> = {
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

/** The options, each read once: a getter could answer otherwise when it is asked again. */
function readOptions(options: SolveOptions): SolveOptions {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
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
    ...(signal !== undefined && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxHashes !== undefined && { maxHashes }),
    ...(maxExpectedHashes !== undefined && { maxExpectedHashes }),
    ...(threads !== undefined && { threads }),
    ...(startNonce !== undefined && { startNonce }),
    ...(onProgress !== undefined && { onProgress }),
    ...(priority !== undefined && { priority }),
    ...(kernel !== undefined && { kernel }),
  };
}

function checkOptions(template: CheckedTemplate, options: SolveOptions): JobOptions {
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
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw mustBe('options.signal', signal, 'an AbortSignal');
  }
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)
  ) {
    throw mustBe('options.timeoutMs', timeoutMs, `a number of ms above 0, at most ${MAX_TIMEOUT_MS}`);
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
    throw mustBe('options.threads', threads, `an integer from 1 to ${MAX_THREADS}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw mustBe('options.onProgress', onProgress, 'a function');
  }
  if (priority !== 'normal' && priority !== 'background') {
    throw mustBe('options.priority', priority, "'normal' or 'background'");
  }
  checkKernel(kernel);
  return {
    startNonce: checkNonce('options.startNonce', startNonce, template.nonce.encoding),
    background: priority === 'background',
    ...(maxHashes !== undefined && { maxHashes: checkHashCount('options.maxHashes', maxHashes) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(threads !== undefined && { threads }),
    ...(kernel !== undefined && { kernel }),
    ...(onProgress !== undefined && { progressIntervalMs: PROGRESS_INTERVAL_MS }),
  };
}

/** By its shape, as Node does it: a signal may come from another realm. */
function isAbortSignal(signal: unknown): boolean {
  if (typeof signal !== 'object' || signal === null || !('aborted' in signal)) return false;
  const { addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

function checkExpectedWork(template: Template, maxExpectedHashes: number | bigint | undefined): void {
  if (maxExpectedHashes === undefined) return;
  const limit = checkHashCount('options.maxExpectedHashes', maxExpectedHashes);
  const expected = workFromTarget(template.target);
  if (expected > limit) throw new ExpectedWorkError(expected, limit);
}

function checkHashCount(argument: string, count: number | bigint): bigint {
  const limit = 2n ** 64n - 1n;
  if (typeof count === 'number' ? Number.isSafeInteger(count) : typeof count === 'bigint') {
    const value = BigInt(count);
    if (value >= 1n && value <= limit) return value;
  }
  throw mustBe(argument, count, `an integer from 1 to ${limit}${asBigint(count)}`);
}

function toSolution({ nonce, variant, digest, hashes, elapsedMs }: SolverEvent): Solution {
  if (nonce === undefined || variant === undefined || digest === undefined) {
    throw new InternalPanicError('a hit without its nonce');
  }
  return { nonce, variant, digest, hashes, elapsedMs };
}

function toError(
  outcome: Exclude<SolveOutcome, 'found'>,
  event: SolverEvent,
  options: SolveOptions,
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
      return new InternalPanicError(event.message ?? 'without a message');
  }
}
