import '../node/library.ts';
import { CommanderError } from 'commander';
import { errorJson, errorText, exitCodeOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { program } from './program.ts';

const stdoutClosed = new AbortController();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (stdoutClosed.signal.aborted) return;
  stdoutClosed.abort();
  // A reader that has read enough, such as "head", is no failure.
  if (error.code === 'EPIPE') return;
  report(error);
  process.once('exit', () => {
    process.exitCode = EXIT.failed;
  });
});
// Nobody is left to be told.
process.stderr.on('error', () => {});

program(stdoutClosed.signal)
  .parseAsync()
  .catch((error: unknown) => {
    // What is left of Commander's own is help and version: they are printed already.
    if (!(error instanceof CommanderError)) report(error);
    process.exitCode = exitCodeOf(error);
  });

function report(error: unknown): void {
  const text = process.argv.includes('--json') ? errorJson : errorText;
  process.stderr.write(`${text(error, wantsStack())}\n`);
}

/** The configuration may be what failed, so this looks for itself. */
function wantsStack(): boolean {
  const { argv, env } = process;
  const flag = argv.indexOf('--log-level');
  const level = flag === -1 ? env['QANTO_LOG_LEVEL'] : argv[flag + 1];
  return level === 'debug' || argv.includes('--log-level=debug');
}
