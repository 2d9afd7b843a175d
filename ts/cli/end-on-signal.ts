/**
 * Ends the process on a signal that the command does not listen for, with the exit code that a shell reports for a process that a
 * signal has killed. By default, Node.js is killed by the signal, except in process 1 of a container: the kernel drops the signals
 * of this process that have no listener. Imported before everything else, because loading the command takes a noticeable time.
 */
import { stoppedExitCode } from './exit-codes.ts';
import { STOP_SIGNALS, type StopSignal } from './signals.ts';

for (const signal of STOP_SIGNALS) process.on(signal, end);

function end(signal: StopSignal): void {
  if (process.listenerCount(signal) === 1) process.exit(stoppedExitCode(signal));
}
