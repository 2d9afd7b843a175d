/**
 * The price rises for a caller who pays often: each accepted proof multiplies it, and the effect of a proof halves again and again.
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';

/** How the price rises for a caller. */
export interface CallerOptions {
  /** The factor for one recent proof; for n of them it is the n-th power. From 1 to 16. Default: 2. */
  readonly times?: number;
  /** The largest factor. Default: 1024. */
  readonly maxTimes?: number;
  /** The time in ms after which a proof counts half. Default: 60,000. */
  readonly halfLifeMs?: number;
  /** The maximum number of callers to remember. The one whose last proof is the oldest is forgotten first. Default: 100,000. */
  readonly limit?: number;
}

const FIELDS: Fields<CallerOptions> = { times: true, maxTimes: true, halfLifeMs: true, limit: true };

/** Remembers who has paid how often. */
export class Callers {
  readonly #times: number;
  readonly #maxTimes: number;
  readonly #halfLifeMs: number;
  readonly #limit: number;
  readonly #now: () => number;
  /** In the order of their last proofs. */
  readonly #recent = new Map<string, { readonly proofs: number; readonly atMs: number }>();

  /** Throws `ERR_QANTO_INVALID_ARGUMENT`. */
  constructor(options: CallerOptions, now = () => performance.now()) {
    requireObject('options.callers', options);
    refuseUnknown('options.callers', options, FIELDS);
    const { times = 2, maxTimes = 1024, halfLifeMs = 60_000, limit = 100_000 } = options;
    if (!(times >= 1 && times <= 16)) throw mustBe('options.callers.times', times, 'a number from 1 to 16');
    if (!(maxTimes >= 1 && maxTimes < Infinity)) {
      throw mustBe('options.callers.maxTimes', maxTimes, 'a finite number of at least 1');
    }
    requireInteger('options.callers.halfLifeMs', halfLifeMs, 1, 2 ** 31);
    requireInteger('options.callers.limit', limit, 1, 2 ** 24 - 1);
    this.#times = times;
    this.#maxTimes = maxTimes;
    this.#halfLifeMs = halfLifeMs;
    this.#limit = limit;
    this.#now = now;
  }

  /** The factor of the price for a caller. */
  timesFor(caller: string): number {
    return Math.min(this.#times ** this.#proofsOf(caller), this.#maxTimes);
  }

  /** Counts a proof of a caller. */
  paid(caller: string): void {
    const proofs = this.#proofsOf(caller) + 1;
    this.#recent.delete(caller);
    this.#recent.set(caller, { proofs, atMs: this.#now() });
    if (this.#recent.size <= this.#limit) return;
    const [oldest] = this.#recent.keys();
    this.#recent.delete(oldest!);
  }

  #proofsOf(caller: string): number {
    const { proofs, atMs } = this.#recent.get(caller) ?? { proofs: 0, atMs: 0 };
    return proofs * 0.5 ** ((this.#now() - atMs) / this.#halfLifeMs);
  }
}
