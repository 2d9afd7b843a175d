/** SIGINT and SIGTERM, told apart: the request to stop and the demand to end now. */

export type StopSignal = 'SIGINT' | 'SIGTERM';

/**
 * On Ctrl-C the terminal signals the whole process group and npm forwards the signal once more: what follows the
 * first one this closely is the same keystroke.
 */
const SAME_SIGNAL_MS = 1000;

export interface StopListeners {
  /** The first signal: stop, keeping everything. */
  readonly onStop: (signal: StopSignal) => void;
  /** A later one: the user will not wait. */
  readonly onForce: (signal: StopSignal) => void;
}

/** What emits signals; the process, outside tests. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

/** Listens for both signals until the returned function is called. `now` is monotonic, in ms. */
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
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  return () => {
    source.off('SIGINT', onSignal);
    source.off('SIGTERM', onSignal);
  };
}
