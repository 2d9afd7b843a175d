import type { IntervalHistogram } from 'node:perf_hooks';

const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');

const RESOLUTION_MS = 10;
const WINDOW_MS = 15_000;

/**
 * Measures how late the event loop runs timers, over the last one to two windows. Of two overlapping
 * measurements, the older one is read. Reading therefore does not affect other readers, and the last window is
 * always included. It does not keep the process alive.
 */
export class EventLoopDelay {
  #older = startedHistogram();
  #younger = startedHistogram();
  readonly #timer = setInterval(() => {
    this.#older.disable();
    this.#older = this.#younger;
    this.#younger = startedHistogram();
  }, WINDOW_MS).unref();

  /** The delay in seconds. `quantile` is a number from 0 to 1. */
  seconds(quantile: number): number {
    const nanoseconds = quantile === 1 ? this.#older.max : this.#older.percentile(quantile * 100);
    // The histogram records the time between two runs of a timer. The delay is that time without the interval.
    return Math.max(nanoseconds / 1e6 - RESOLUTION_MS, 0) / 1e3;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#older.disable();
    this.#younger.disable();
  }
}

function startedHistogram(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
