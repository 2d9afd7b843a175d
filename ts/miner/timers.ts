const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');

/** The clock and the timers of a miner. Tests can replace them to control time. */
export interface Timers {
  /** A monotonic time in ms, counted from an arbitrary point in the past. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds, or as soon as the signal is aborted. It never rejects. `ms` is at most
   * 2^31 - 1, the limit of Node's timers.
   */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The default: `performance.now()` and Node's timers. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
};
