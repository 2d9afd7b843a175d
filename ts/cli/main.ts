#!/usr/bin/env node
import { CommanderError } from 'commander';
import { errorJson, errorText, exitCodeOf } from './errors.ts';
import { program } from './program.ts';

const stdoutClosed = new AbortController();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stdoutClosed.abort();
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

program(stdoutClosed.signal)
  .parseAsync()
  .catch((error: unknown) => {
    // What is left of Commander's own is help and version: they are printed already.
    if (!(error instanceof CommanderError)) {
      const text = process.argv.includes('--json') ? errorJson : errorText;
      process.stderr.write(`${text(error, wantsStack())}\n`);
    }
    process.exitCode = exitCodeOf(error);
  });

/** The configuration may be what failed, so this looks for itself. */
function wantsStack(): boolean {
  const { argv, env } = process;
  const flag = argv.indexOf('--log-level');
  const level = flag === -1 ? env['QANTO_LOG_LEVEL'] : argv[flag + 1];
  return level === 'debug' || argv.includes('--log-level=debug');
}
