/** What becomes of an error: an exit code, and a line on stderr. */

import { CommanderError } from 'commander';
import { QantoError } from 'qanto';
import { EXIT, stoppedExitCode } from './exit-codes.ts';
import { jsonLine } from './output.ts';

/** The command line is none: an unknown command or flag, a missing or wrong value. */
export class CommandLineError extends QantoError {
  constructor(problem: string, helpCommand: string) {
    super('ERR_QANTO_INVALID_COMMAND_LINE', `${oneLine(problem)}; see "${helpCommand}"`);
  }
}

const USAGE_CODES = new Set([
  'ERR_QANTO_INVALID_COMMAND_LINE',
  'ERR_QANTO_INVALID_ARGUMENT',
  'ERR_QANTO_INVALID_CONFIG',
  'ERR_QANTO_INVALID_TRACE_FILTER',
  'ERR_QANTO_UNSUPPORTED',
]);

/** The exit code an error asks for. Commander also throws for help and version: those are no errors. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const code = codeOf(error);
  if (code === 'ABORT_ERR')
    return stoppedExitCode((error as Error).cause === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
  return code !== undefined && USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}

/** An error as one line, with its code; with its stack when that was asked for. */
export function errorText(error: unknown, withStack: boolean): string {
  const code = codeOf(error);
  const line = `error: ${messageOf(error)}${code === undefined ? '' : ` [${code}]`}`;
  return withStack && error instanceof Error ? `${line}\n${error.stack}` : line;
}

/** An error as one JSON object: its code (`ERR_QANTO_UNEXPECTED` without one), message, exit code, and what else it carries. */
export function errorJson(error: unknown, withStack: boolean): string {
  return jsonLine({
    ...(error instanceof QantoError ? error : undefined),
    code: codeOf(error) ?? 'ERR_QANTO_UNEXPECTED',
    message: messageOf(error),
    exitCode: exitCodeOf(error),
    ...(withStack && error instanceof Error && { stack: error.stack }),
  });
}

function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
