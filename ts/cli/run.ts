/** Runs the command: parses the command line, and reports errors. */
import { CommanderError } from 'commander';
import { convertOutput, jsonToAscii, toAscii } from './ascii.ts';
import { errorJson, errorText, exitCodeOf } from './errors.ts';
import { fitted } from './fit.ts';
import { printLine } from './output.ts';
import { program } from './program.ts';
import { ellipsisOf } from './style.ts';
import { columnsOf, isUtf8 } from './terminal.ts';

const printsJson = process.argv.includes('--json');

if (!isUtf8()) {
  for (const stream of [process.stdout, process.stderr]) {
    convertOutput(stream, printsJson ? jsonToAscii : toAscii);
  }
}

/** `stdoutClosed` aborts when the reader of stdout has closed it. */
export async function run(stdoutClosed: AbortSignal): Promise<void> {
  try {
    await program(stdoutClosed).parseAsync();
  } catch (error) {
    // A CommanderError follows help or version, which Commander has printed already.
    if (!(error instanceof CommanderError)) report(error);
    process.exitCode = exitCodeOf(error);
  }
}

/** Prints an error to stderr. */
export function report(error: unknown): void {
  const { stderr } = process;
  const text = (printsJson ? errorJson : errorText)(error, wantsStack());
  const columns = stderr.isTTY && !printsJson ? columnsOf(stderr) : undefined;
  printLine(stderr, columns === undefined ? text : fitted(text, columns, ellipsisOf()));
}

/** Reads the log level directly, because the error may be that the configuration cannot be resolved. */
function wantsStack(): boolean {
  const { argv, env } = process;
  const flag = argv.indexOf('--log-level');
  const level = flag === -1 ? env['QANTO_LOG_LEVEL'] : argv[flag + 1];
  return level === 'debug' || argv.includes('--log-level=debug');
}
