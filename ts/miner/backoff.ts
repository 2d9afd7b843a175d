import { mustBe } from '../errors.ts';
import { MAX_TIMEOUT_MS } from '../pow/index.ts';

/**
 * An exponential backoff with jitter. The delay after the n-th failed try of a sequence is `initialMs *
 * factor^(n-1)`, at most `maxMs`, less what `jitter` takes off. After the last try it is `maxMs`, and a new sequence
 * begins.
 */
export interface BackoffOptions {
  /** The first delay, in ms; at least 1. */
  readonly initialMs: number;
  /** Each delay is this many times the one before; at least 1. */
  readonly factor: number;
  /** No delay is longer than this, in ms; at least `initialMs`, and below 2^31: Node's timers take no more. */
  readonly maxMs: number;
  /** The part of a delay, 0 to 1, that is left to chance: it is shortened by up to this much, never lengthened. */
  readonly jitter: number;
  /** Tries in one sequence; at least 1. A sequence ends early when a block is mined or the DAG changes. */
  readonly maxTries: number;
}

/** 100 ms, doubling up to 5 s, each shortened by up to a fifth; ten tries a sequence. */
export const DEFAULT_BACKOFF: BackoffOptions = {
  initialMs: 100,
  factor: 2,
  maxMs: 5000,
  jitter: 0.2,
  maxTries: 10,
};

/** Throws `ERR_QANTO_INVALID_ARGUMENT` naming the first option that cannot be. */
export function checkBackoff(options: BackoffOptions, path = 'backoff'): void {
  const { initialMs, factor, maxMs, jitter, maxTries } = options;
  const refuseUnless = (holds: boolean, name: keyof BackoffOptions, expected: string) => {
    if (!holds) throw mustBe(`${path}.${name}`, options[name], expected);
  };
  refuseUnless(Number.isFinite(initialMs) && initialMs >= 1, 'initialMs', 'a number of ms, at least 1');
  refuseUnless(Number.isFinite(factor) && factor >= 1, 'factor', 'a number, at least 1');
  refuseUnless(
    maxMs >= initialMs && maxMs <= MAX_TIMEOUT_MS,
    'maxMs',
    `a number of ms, at least initialMs and at most ${MAX_TIMEOUT_MS}`,
  );
  refuseUnless(jitter >= 0 && jitter <= 1, 'jitter', 'a number from 0 to 1');
  refuseUnless(Number.isSafeInteger(maxTries) && maxTries >= 1, 'maxTries', 'an integer, at least 1');
}

/** One sequence of tries and the delays between them. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failedTries = 0;

  constructor(options: BackoffOptions) {
    checkBackoff(options);
    this.#options = options;
  }

  /** Tries of this sequence that have failed. */
  get failedTries(): number {
    return this.#failedTries;
  }

  /**
   * Records that a try failed. Returns the delay before the next one in ms, or undefined when that was the last.
   * `chance` in [0, 1) decides the jitter.
   */
  fail(chance: number): number | undefined {
    const { initialMs, factor, maxMs, jitter, maxTries } = this.#options;
    this.#failedTries += 1;
    if (this.#failedTries >= maxTries) return undefined;
    const delayMs = Math.min(initialMs * factor ** (this.#failedTries - 1), maxMs);
    return delayMs * (1 - jitter * chance);
  }

  /** Begins a new sequence. */
  reset(): void {
    this.#failedTries = 0;
  }
}
