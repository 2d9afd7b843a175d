import { onceAborted } from 'qanto/internal';
import { stoppedExitCode } from './exit-codes.ts';
import { listenForStop } from './signals.ts';

/**
 * Runs the work of a command. The first SIGINT or SIGTERM aborts the AbortSignal that is passed to `run`, with the name of the
 * process signal as its reason. The second one ends the process.
 */
export async function interruptible<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interrupt = new AbortController();
  const stopListening = listenForStop({
    onStop: (signal) => interrupt.abort(signal),
    onForce: (signal) => process.exit(stoppedExitCode(signal)),
  });
  try {
    return await run(interrupt.signal);
  } finally {
    stopListening();
  }
}

/**
 * Waits for a store that is being opened, which cannot be interrupted. If the signal aborts meanwhile, the process ends at once,
 * because nothing has to be stored yet.
 */
export async function opened<Result>(opening: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const stopListening = onceAborted(signal, () => process.exit(stoppedExitCode(signal.reason)));
  try {
    return await opening;
  } finally {
    stopListening();
  }
}
