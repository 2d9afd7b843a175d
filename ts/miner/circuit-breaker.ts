import { requireInteger } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { MAX_TIMEOUT_MS } from '../pow/solve.ts';

/**
 * The state of a circuit breaker. closed: the miner mines. open: the miner pauses after too many failures in a
 * row. half-open: the pause is over, and the next tries decide whether the circuit closes or opens again.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * The options of the miner's circuit breaker (Nygard, "Release It!"), which pauses mining after repeated
 * failures. A failure is an error, or a sequence of tries whose last try timed out.
 */
export interface CircuitOptions {
  /**
   * The number of consecutive failures that opens the circuit: an integer of at least 1. A mined block resets
   * the count.
   */
  readonly failureThreshold: number;
  /** The time for which the circuit stays open, in ms: from 1 to 2^31 - 1, the limit of Node's timers. */
  readonly resetTimeoutMs: number;
  /**
   * The number of mined blocks that closes a half-open circuit: an integer of at least 1. A failure before that
   * opens it.
   */
  readonly successThreshold: number;
}

/** The default circuit breaker: five failures in a row open it for 30 s, and two mined blocks close it. */
export const DEFAULT_CIRCUIT: CircuitOptions = {
  failureThreshold: 5,
  resetTimeoutMs: 30_000,
  successThreshold: 2,
};

export type CircuitListener = (from: CircuitState, to: CircuitState) => void;

/** Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the first invalid option. */
export function checkCircuit(options: CircuitOptions, path = 'circuit'): void {
  const { failureThreshold, resetTimeoutMs, successThreshold } = options;
  requireInteger(`${path}.failureThreshold`, failureThreshold, 1);
  requireInteger(`${path}.successThreshold`, successThreshold, 1);
  if (!(resetTimeoutMs >= 1 && resetTimeoutMs <= MAX_TIMEOUT_MS)) {
    const expected = `a number of ms from 1 to ${MAX_TIMEOUT_MS}`;
    throw mustBe(`${path}.resetTimeoutMs`, resetTimeoutMs, expected);
  }
}

/**
 * A circuit breaker (Nygard, "Release It!"): after repeated failures it stops all tries for a while, then lets a few
 * through to probe whether they succeed again. `now` is a monotonic clock, in ms.
 */
export class CircuitBreaker {
  readonly #options: CircuitOptions;
  readonly #now: () => number;
  readonly #onTransition: CircuitListener;
  #state: CircuitState = 'closed';
  #consecutiveFailures = 0;
  #successes = 0;
  #openedAtMs = 0;

  constructor(options: CircuitOptions, now: () => number, onTransition: CircuitListener) {
    checkCircuit(options);
    this.#options = options;
    this.#now = now;
    this.#onTransition = onTransition;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /**
   * The time to wait before the next try, in ms. The first call after the wait returns 0 and half-opens the
   * circuit.
   */
  waitMs(): number {
    if (this.#state !== 'open') return 0;
    const leftMs = this.#openedAtMs + this.#options.resetTimeoutMs - this.#now();
    if (leftMs > 0) return leftMs;
    this.#successes = 0;
    this.#moveTo('half-open');
    return 0;
  }

  succeed(): void {
    this.#consecutiveFailures = 0;
    if (this.#state !== 'half-open') return;
    this.#successes += 1;
    if (this.#successes >= this.#options.successThreshold) this.#moveTo('closed');
  }

  fail(): void {
    this.#consecutiveFailures += 1;
    const opens =
      this.#state === 'half-open' ||
      (this.#state === 'closed' && this.#consecutiveFailures >= this.#options.failureThreshold);
    if (!opens) return;
    this.#openedAtMs = this.#now();
    this.#moveTo('open');
  }

  #moveTo(to: CircuitState): void {
    const from = this.#state;
    this.#state = to;
    this.#onTransition(from, to);
  }
}
