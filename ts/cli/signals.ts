/** Listens for SIGINT and SIGTERM: the first signal stops the command, a later one ends the process. */

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * Signals within this time after the first one are ignored. On Ctrl-C the terminal signals the whole process group, and npm
 * forwards the signal once more.
 */
const SAME_SIGNAL_MS = 1000;

export interface StopListeners {
  /** Called for the first signal: stop and keep everything. */
  readonly onStop: (signal: StopSignal) => void;
  /** Called for a later signal: end the process immediately. */
  readonly onForce: (signal: StopSignal) => void;
}

/** An emitter of signals. Outside of tests it is the process. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

/** Listens for both signals until the returned function is called. `now` is a monotonic clock, in ms. */
export function listenForStop(
  listeners: StopListeners,
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): () => void {
  let firstAtMs: number | undefined;
  const onSignal = (signal: StopSignal) => {
    if (firstAtMs === undefined) {
      firstAtMs = now();
      listeners.onStop(signal);
    } else if (now() - firstAtMs > SAME_SIGNAL_MS) {
      listeners.onForce(signal);
    }
  };
  for (const signal of STOP_SIGNALS) source.on(signal, onSignal);
  return () => {
    for (const signal of STOP_SIGNALS) source.off(signal, onSignal);
  };
}
