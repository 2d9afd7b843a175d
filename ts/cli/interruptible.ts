import { stoppedExitCode } from './exit-codes.ts';
import { listenForStop } from './signals.ts';

/**
 * Runs the work of a command. The first signal aborts `signal`, whose reason is the name of the signal; a later one ends the
 * process.
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
