import { CommanderError } from 'commander';
import type { StopSignal } from './signals.ts';

/** What the process exits with. */
export const EXIT = {
  ok: 0,
  /** It was started and failed. */
  failed: 1,
  /** The command line or the configuration cannot be; nothing was started. */
  usage: 2,
  /** Interrupted: 128 + the signal's number, as shells have it. */
  sigint: 130,
  sigterm: 143,
} as const;

const USAGE_CODES = new Set(['INVALID_ARGUMENT', 'INVALID_CONFIG', 'INVALID_TRACE_FILTER', 'UNSUPPORTED']);

/** The exit code an error asks for. Commander also throws for help and version: those are no errors. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const code = codeOf(error);
  if (code === 'ABORT_ERR')
    return stoppedExitCode((error as Error).cause === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
  return code !== undefined && USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}

/** The exit code of what a signal ended before it was done. */
export function stoppedExitCode(signal: StopSignal): number {
  return signal === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint;
}

/** An error as one line, with its code; with its stack when that was asked for. */
export function errorText(error: unknown, withStack: boolean): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const line = `error: ${oneLine(message)}${code === undefined ? '' : ` [${code}]`}`;
  return withStack && error instanceof Error ? `${line}\n${error.stack}` : line;
}

export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
