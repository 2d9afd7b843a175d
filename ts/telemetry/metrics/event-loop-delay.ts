import type { IntervalHistogram } from 'node:perf_hooks';

const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');

const RESOLUTION_MS = 10;
const WINDOW_MS = 15_000;

/**
 * How late the event loop serves timers, over the last one to two windows. Two measurements overlap, and the older one
 * is read: so a reader changes nothing for the next one, and what happened within a window of now is always in.
 * Holds no process.
 */
export class EventLoopDelay {
  #older = begun();
  #younger = begun();
  readonly #timer = setInterval(() => {
    this.#older.disable();
    this.#older = this.#younger;
    this.#younger = begun();
  }, WINDOW_MS).unref();

  /** In seconds; `quantile` from 0 to 1. */
  seconds(quantile: number): number {
    const nanoseconds = quantile === 1 ? this.#older.max : this.#older.percentile(quantile * 100);
    // What is measured is the time between two firings of a timer; of that, the resolution is no delay.
    return Math.max(nanoseconds / 1e6 - RESOLUTION_MS, 0) / 1e3;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#older.disable();
    this.#younger.disable();
  }
}

function begun(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
