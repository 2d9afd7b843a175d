import { requireInteger } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { MAX_TIMEOUT_MS } from '../pow/solve.ts';

/**
 * The options of an exponential backoff with jitter. The delay after the n-th failed try of a sequence is
 * `initialMs * factor^(n-1)`, at most `maxMs`, shortened by the jitter. After the last try of a sequence, the
 * delay is `maxMs`, and a new sequence begins.
 */
export interface BackoffOptions {
  /** The first delay, in ms: a number of at least 1. */
  readonly initialMs: number;
  /** The delay multiplier: a number of at least 1. */
  readonly factor: number;
  /** The maximum delay, in ms: from `initialMs` to 2^31 - 1, the limit of Node's timers. */
  readonly maxMs: number;
  /** The maximum fraction, from 0 to 1, by which a delay is shortened at random. */
  readonly jitter: number;
  /**
   * The number of tries in a sequence: an integer of at least 1. A mined block or a change of the DAG ends a
   * sequence early.
   */
  readonly maxTries: number;
}

/**
 * The default backoff: delays of 100 ms, doubling up to 5 s, each shortened by up to 20 %; ten tries in a
 * sequence.
 */
export const DEFAULT_BACKOFF: BackoffOptions = {
  initialMs: 100,
  factor: 2,
  maxMs: 5000,
  jitter: 0.2,
  maxTries: 10,
};

/** Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the first invalid option. */
export function checkBackoff(options: BackoffOptions, path = 'backoff'): void {
  const { initialMs, factor, maxMs, jitter, maxTries } = options;
  const refuseUnless = (holds: boolean, name: keyof BackoffOptions, expected: string) => {
    if (!holds) throw mustBe(`${path}.${name}`, options[name], expected);
  };
  refuseUnless(Number.isFinite(initialMs) && initialMs >= 1, 'initialMs', 'a number of ms of at least 1');
  refuseUnless(Number.isFinite(factor) && factor >= 1, 'factor', 'a number of at least 1');
  refuseUnless(
    maxMs >= initialMs && maxMs <= MAX_TIMEOUT_MS,
    'maxMs',
    `a number of ms from initialMs to ${MAX_TIMEOUT_MS}`,
  );
  refuseUnless(jitter >= 0 && jitter <= 1, 'jitter', 'a number from 0 to 1');
  requireInteger(`${path}.maxTries`, maxTries, 1);
}

/** A sequence of tries and the delays between them. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failedTries = 0;

  constructor(options: BackoffOptions) {
    checkBackoff(options);
    this.#options = options;
  }

  /** The number of failed tries in this sequence. */
  get failedTries(): number {
    return this.#failedTries;
  }

  /**
   * Records a failed try. Returns the delay before the next try, in ms, or undefined if it was the last try of
   * the sequence. `chance` is a random number in [0, 1) for the jitter.
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
