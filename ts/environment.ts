/**
 * The only source of time and random numbers. Code that needs either takes an `Environment`. If
 * `QANTO_TEST_MINING_SEED` is set, time and random numbers depend only on the seed and on the blocks in the DAG, so
 * that two runs produce the same DAG, byte for byte.
 */

import { requireMethods, requireObject } from './check-arguments.ts';
import { mustBe } from './errors.ts';

const { createHash, randomBytes } = process.getBuiltinModule('node:crypto');
const { uptime } = process.getBuiltinModule('node:os');

/**
 * The environment variable that makes a run deterministic. Its value is an integer from 0 to 2^53 - 1, in
 * decimal.
 */
export const SEED_VARIABLE = 'QANTO_TEST_MINING_SEED';

/**
 * The clock from which block timestamps are taken, and with which they are compared. A DAG compares `now` with
 * `monotonicMs` to notice that the clock of the machine was set. A clock without `monotonicMs` is used as it is.
 */
export interface Clock {
  /**
   * The current time in ms since the Unix epoch. Logical time is 0 until the first call of `observeBlock`,
   * which opening a DAG makes for the genesis block.
   */
  now(): number;
  /**
   * Reports an accepted block to the clock. Both arguments are in ms. Real time ignores the call. Logical time
   * advances to `timestampMs + targetTimePerBlockMs`, and never goes back.
   */
  observeBlock(timestampMs: number, targetTimePerBlockMs: number): void;
  /** The time in ms since an arbitrary point in the past. It does not change when the clock of the machine is set. */
  monotonicMs?(): number;
  /**
   * The time in ms for which the machine was suspended since an arbitrary point in the past, if `monotonicMs` does not count
   * it. Without this method, `monotonicMs` must count the time for which the machine is suspended.
   */
  suspendedMs?(): number;
}

/**
 * The random numbers for start nonces, extra nonces and the jitter of backoffs. They must not be used for keys,
 * because the numbers of a seeded environment are predictable.
 */
export interface Entropy {
  /**
   * A random integer from 0 to 2^32 - 1. `context` says what the number is for and at which point of the run it
   * is drawn. A seeded environment returns the same number for the same context, in any order of calls and
   * after a restart.
   */
  uint32(...context: readonly (string | number)[]): number;
}

/**
 * The time and the random numbers that a DAG and its miner use. Both must use the same environment. By default,
 * a miner uses that of its DAG.
 */
export interface Environment {
  /** Real time, or logical time if the environment is seeded. */
  readonly clock: Clock;
  /** Random numbers, which depend only on the seed if the environment is seeded. */
  readonly entropy: Entropy;
  /** The seed. Undefined if the environment is not seeded. */
  readonly seed: number | undefined;
}

const systemClock: Clock = {
  now: () => Date.now(),
  observeBlock: () => {},
  monotonicMs: () => performance.now(),
  ...(missesSuspension() && { suspendedMs: () => uptime() * 1000 - performance.now() }),
};
const systemEntropy: Entropy = { uint32: () => randomBytes(4).readUInt32LE() };

/**
 * Whether `performance.now()` stops while the machine is suspended, and `os.uptime()` does not. On Linux, libuv reads
 * `CLOCK_MONOTONIC` for the first and `/proc/uptime` for the second. On macOS `performance.now()` comes from
 * `mach_continuous_time`, and on Windows from `QueryPerformanceCounter`. Both count the time for which the machine is
 * suspended, so the uptime is not needed; on macOS it is computed from the wall clock. In Deno it is not read, because Deno
 * would ask the user for permission.
 */
function missesSuspension(): boolean {
  return process.platform === 'linux' && process.versions['deno'] === undefined;
}

/** Logical time in Lamport's sense: it advances only when a block is observed. */
class LogicalClock implements Clock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  observeBlock(timestampMs: number, targetTimePerBlockMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timestampMs + targetTimePerBlockMs);
  }
}

class SeededEntropy implements Entropy {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  uint32(...context: readonly (string | number)[]): number {
    return createHash('sha256')
      .update(JSON.stringify([this.#seed, ...context]))
      .digest()
      .readUInt32LE();
  }
}

/**
 * Creates a deterministic environment with logical time. Its random numbers are SHA-256 digests of the seed and
 * the context. Create one for each DAG, because the blocks of the DAG advance its clock. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if `seed` is not an integer from 0 to 2^53 - 1.
 */
export function seededEnvironment(seed: number): Environment {
  checkSeed('seed', seed, seed);
  return { clock: new LogicalClock(), entropy: new SeededEntropy(seed), seed };
}

/**
 * The environment of the process. It is seeded if `QANTO_TEST_MINING_SEED` is set and not empty, else it has
 * real time and the random numbers of the system. The variable is read at each call. The default of `variables`
 * is `process.env`. Throws `ERR_QANTO_INVALID_ARGUMENT` if the seed is not an integer from 0 to 2^53 - 1.
 */
export function processEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const text = variables[SEED_VARIABLE];
  if (text === undefined || text === '') {
    return { clock: systemClock, entropy: systemEntropy, seed: undefined };
  }
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  checkSeed(SEED_VARIABLE, text, seed);
  return seededEnvironment(seed);
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the environment has no clock or no entropy. */
export function checkEnvironment(argument: string, environment: Environment): void {
  requireObject(argument, environment);
  requireMethods(`${argument}.clock`, environment.clock, ['now', 'observeBlock']);
  requireMethods(`${argument}.entropy`, environment.entropy, ['uint32']);
}

function checkSeed(argument: string, given: unknown, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw mustBe(argument, given, 'an integer from 0 to 2^53 - 1');
  }
}
