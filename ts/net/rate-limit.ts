import type { NetworkClock } from './transport.ts';

/** Limits the events of a peer to a rate per second, with bursts up to a maximum. */
export class RateLimit {
  readonly #clock: NetworkClock;
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number;
  #exceeded = 0;

  constructor(clock: NetworkClock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#atMs = clock.monotonicMs();
  }

  /** The number of events beyond the limit. */
  get exceeded(): number {
    return this.#exceeded;
  }

  /** Counts one event. Returns whether it is within the limit. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#left < 1) {
      this.#exceeded++;
      return false;
    }
    this.#left--;
    return true;
  }
}
