import { mustBe } from '../errors.ts';
import { MAX_TIMEOUT_MS } from '../pow/index.ts';

/**
 * closed: all is well. open: too much failed in a row, nothing is tried. half-open: the pause is over, the next
 * tries decide.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * When the miner stops trying for a while: a circuit breaker (Nygard, "Release It!"). A failure is an error, or a sequence
 * of tries given up at a time-out.
 */
export interface CircuitOptions {
  /** Consecutive failures that open the circuit; an integer, at least 1. A mined block begins the count anew. */
  readonly failureThreshold: number;
  /** How long it stays open before a probe, in ms; at least 1, and below 2^31: Node's timers take no more. */
  readonly resetTimeoutMs: number;
  /** Blocks mined that close it again when half-open; an integer, at least 1. A failure before that opens it. */
  readonly successThreshold: number;
}

/** Five failures in a row open it, for 30 s; two blocks close it. */
export const DEFAULT_CIRCUIT: CircuitOptions = {
  failureThreshold: 5,
  resetTimeoutMs: 30_000,
  successThreshold: 2,
};

export type CircuitListener = (from: CircuitState, to: CircuitState) => void;

/** Throws `ERR_QANTO_INVALID_ARGUMENT` naming the first option that cannot be. */
export function checkCircuit(options: CircuitOptions, path = 'circuit'): void {
  const { resetTimeoutMs } = options;
  for (const name of ['failureThreshold', 'successThreshold'] as const) {
    if (!Number.isSafeInteger(options[name]) || options[name] < 1) {
      throw mustBe(`${path}.${name}`, options[name], 'an integer, at least 1');
    }
  }
  if (!(resetTimeoutMs >= 1 && resetTimeoutMs <= MAX_TIMEOUT_MS)) {
    const expected = `a number of ms from 1 to ${MAX_TIMEOUT_MS}`;
    throw mustBe(`${path}.resetTimeoutMs`, resetTimeoutMs, expected);
  }
}

/**
 * The circuit breaker pattern (Nygard, "Release It!"): stops trying what keeps failing, then probes whether it
 * works again. Takes the time from the monotonic clock it is given.
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

  /** How long to wait before the next try, in ms; 0 means now. The call that finds the pause over half-opens. */
  pauseMs(): number {
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
