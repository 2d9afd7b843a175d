/**
 * The one source of everything random or clocked. Code that needs the time or a random number takes an
 * `Environment`; under `QANTO_TEST_MINING_SEED` it is a pure function of the seed and of what the DAG holds,
 * so that two runs make the same DAG to the byte.
 */

import { requireMethods, requireObject } from './check-arguments.ts';
import { mustBe } from './errors.ts';

const { createHash, randomBytes } = process.getBuiltinModule('node:crypto');

/** The environment variable that makes a run deterministic: an integer from 0 to 2^53 - 1, in decimal. */
export const SEED_VARIABLE = 'QANTO_TEST_MINING_SEED';

/** Where timestamps of blocks come from, and what they are checked against. Durations are not measured with it. */
export interface Clock {
  /**
   * Milliseconds since the Unix epoch. Logical time is 0 until it is told of a block; opening a DAG tells it of
   * genesis.
   */
  now(): number;
  /**
   * Tells the clock of an accepted block, both in ms. Real time ignores it; logical time moves to one target time per
   * block past it, never back.
   */
  observeBlock(timestampMs: number, targetTimePerBlockMs: number): void;
}

/**
 * Where start nonces, extra nonces and the jitter of backoffs come from. Not for keys: a seeded one can be foretold.
 */
export interface Entropy {
  /**
   * A number in [0, 2^32). The context says what it is for and where in the run it is drawn; a seeded
   * environment answers the same question with the same number, in any order and across restarts.
   */
  uint32(...context: readonly (string | number)[]): number;
}

/**
 * Everything random or clocked that a DAG and its miner use. Hand the same one to both: a miner takes its DAG's by
 * default.
 */
export interface Environment {
  /** Real time, or logical time under a seed. */
  readonly clock: Clock;
  /** Random numbers, or a function of the seed. */
  readonly entropy: Entropy;
  /** The seed of a deterministic run, else undefined. */
  readonly seed: number | undefined;
}

const systemClock: Clock = { now: () => Date.now(), observeBlock: () => {} };
const systemEntropy: Entropy = { uint32: () => randomBytes(4).readUInt32LE() };

/** Logical time in Lamport's sense: it advances only with the blocks it is told of. */
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
 * A deterministic environment: logical time, and SHA-256 of the seed and the context as random numbers. `seed` is a
 * safe integer of at least 0, else `ERR_QANTO_INVALID_ARGUMENT` is thrown. Make one for each DAG: its clock moves with the blocks
 * it is told of.
 */
export function seededEnvironment(seed: number): Environment {
  checkSeed('seed', seed, seed);
  return { clock: new LogicalClock(), entropy: new SeededEntropy(seed), seed };
}

/**
 * The process's environment: seeded when `QANTO_TEST_MINING_SEED` is set and not empty, else real time and
 * randomness. `variables` default to `process.env`, read now. Throws `ERR_QANTO_INVALID_ARGUMENT` for a seed that is no integer
 * from 0 to 2^53 - 1.
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

/** Throws `ERR_QANTO_INVALID_ARGUMENT` for what has no clock or no entropy. */
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
