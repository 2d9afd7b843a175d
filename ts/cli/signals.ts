/**
 * Listens for SIGINT and SIGTERM: the first signal stops the command, a later one ends the process. SIGUSR2 pauses a miner, or lets
 * it continue.
 */

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
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** Listens for both signals until the returned function is called. `now` is a monotonic clock, in ms. */
export function listenForStop(
  listeners: StopListeners,
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): () => void {
  let firstAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAtMs === undefined) {
      firstAtMs = now();
      listeners.onStop(signal as StopSignal);
    } else if (now() - firstAtMs > SAME_SIGNAL_MS) {
      listeners.onForce(signal as StopSignal);
    }
  };
  for (const signal of STOP_SIGNALS) source.on(signal, onSignal);
  return () => {
    for (const signal of STOP_SIGNALS) source.off(signal, onSignal);
  };
}

/** The members of a miner that {@link listenForPause} uses. */
export interface PausableMiner {
  readonly isPaused: boolean;
  pause(): Promise<void>;
  resume(): void;
}

/** On each SIGUSR2, pauses the miner, or resumes it if it is paused. Windows has no such signal. */
export function listenForPause(miner: PausableMiner, source: SignalSource = process): void {
  if (process.platform === 'win32') return;
  source.on('SIGUSR2', () => {
    if (miner.isPaused) miner.resume();
    else void miner.pause();
  });
}
