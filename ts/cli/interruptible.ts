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
