const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');
/** Real time as the miner sees it, so that tests can hold the clock in their hands. */
export interface Timers {
  /** Monotonic milliseconds from some fixed instant. */
  now(): number;
  /** Resolves after so many ms, below 2^31 as Node's timers ask, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** `performance.now()` and Node's own timers: what a miner uses unless it is given others. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
};
