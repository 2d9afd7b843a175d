/** Maps errors to exit codes and to text or JSON for stderr. */

import { CommanderError } from 'commander';
import { QantoError } from 'qanto';
import { boundedJson } from 'qanto/internal';
import { EXIT, stoppedExitCode } from './exit-codes.ts';

/** `ERR_QANTO_INVALID_COMMAND_LINE`: an unknown command or flag, or a missing or invalid value. */
export class CommandLineError extends QantoError {
  constructor(problem: string, helpCommand: string) {
    super('ERR_QANTO_INVALID_COMMAND_LINE', `${oneLine(shortened(problem))}; see "${helpCommand}"`);
  }
}

const USAGE_CODES = new Set([
  'ERR_QANTO_INVALID_COMMAND_LINE',
  'ERR_QANTO_INVALID_ARGUMENT',
  'ERR_QANTO_INVALID_CONFIG',
  'ERR_QANTO_INVALID_TRACE_FILTER',
  'ERR_QANTO_UNSUPPORTED',
]);

/** Errors of the store that another data directory avoids. The library's messages do not name the flag. */
const DATA_DIR_CODES = new Set([
  'ERR_QANTO_STORE_FAILED',
  'ERR_QANTO_STORE_LOCKED',
  'ERR_QANTO_STORE_WRONG_NETWORK',
  'ERR_QANTO_STORE_SCHEMA_TOO_NEW',
  'ERR_QANTO_STORE_SCHEMA_TOO_OLD',
]);
const DATA_DIR_FLAG = '--data-dir';

/** The exit code for an error. Commander throws for help and version, too; these are not errors. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const code = codeOf(error);
  if (code === 'ABORT_ERR')
    return stoppedExitCode((error as Error).cause === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
  return code !== undefined && USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}

/** An error as one line with its code, followed by its stack if `withStack` is true. */
export function errorText(error: unknown, withStack: boolean): string {
  const code = codeOf(error);
  const line = `error: ${messageOf(error)}${code === undefined ? '' : ` [${code}]`}`;
  return withStack && error instanceof Error ? `${line}\n${error.stack}` : line;
}

/**
 * An error as one JSON object: its code (`ERR_QANTO_UNEXPECTED` if it has none), message, exit code, and the other fields of a
 * `QantoError`.
 */
export function errorJson(error: unknown, withStack: boolean): string {
  // Some fields have values from outside, of any size.
  return boundedJson({
    ...(error instanceof QantoError ? error : undefined),
    code: codeOf(error) ?? 'ERR_QANTO_UNEXPECTED',
    message: messageOf(error),
    exitCode: exitCodeOf(error),
    ...(withStack && error instanceof Error && { stack: error.stack }),
  })!;
}

function messageOf(error: unknown): string {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  const code = codeOf(error);
  if (code === undefined || !DATA_DIR_CODES.has(code) || message.includes(DATA_DIR_FLAG)) return message;
  return `${message} (to use another directory, pass ${DATA_DIR_FLAG} <dir>)`;
}

/** Shortens the words of the user, which Commander quotes. */
function shortened(problem: string): string {
  return problem.replace(/'(.{100}).*'/s, "'$1...'");
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
