import type { StopSignal } from './signals.ts';

/** What the process exits with. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** 128 + the signal's number, as shells have it. */
  sigint: 130,
  sigterm: 143,
} as const;

/** What each of them means, as the help says it. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done, or stopped by a signal with everything kept',
  failed: 'it failed, or the answer is no: nothing found, not valid, a failed check',
  usage: 'the command line, configuration or input cannot be; nothing was started',
  sigint: 'ended by SIGINT (Ctrl-C) before it was done',
  sigterm: 'ended by SIGTERM before it was done',
};

/** The exit code of what a signal ended before it was done. */
export function stoppedExitCode(signal: StopSignal): number {
  return signal === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint;
}
