import type { StopSignal } from './signals.ts';

/** The exit codes of the process. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** 128 plus the number of the signal, as in shells. */
  sigint: 130,
  sigterm: 143,
} as const;

/** The meaning of each exit code. The help prints it, and docs/operating.md repeats it. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'success, including a node that a signal stopped with every block stored',
  failed: 'failure, or a negative result: no nonce found, not valid, a failed check',
  usage: 'invalid command line, configuration or input; nothing was started',
  sigint: 'interrupted by SIGINT (Ctrl-C) before it finished',
  sigterm: 'terminated by SIGTERM before it finished',
};

/** The exit code of a command that a signal ended before it finished. */
export function stoppedExitCode(signal: StopSignal): number {
  return signal === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint;
}
