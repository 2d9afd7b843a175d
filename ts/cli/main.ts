/**
 * The entry point of the command. It loads the modules of the commands, which take most of the time to start, only if a command
 * is to run. To print the version, none of them is needed.
 */
import './end-on-signal.ts';
import { version } from '../node/library.ts';
import { EXIT } from './exit-codes.ts';

const stdoutClosed = new AbortController();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (stdoutClosed.signal.aborted) return;
  stdoutClosed.abort();
  // A reader that closes the pipe early, such as "head", is not a failure.
  if (error.code === 'EPIPE') return;
  void import('./run.ts').then(({ report }) => report(error));
  process.once('exit', () => {
    process.exitCode = EXIT.failed;
  });
});
// An error of stderr cannot be reported anywhere.
process.stderr.on('error', () => {});

if (/^(-V|--version)$/.test(process.argv.slice(2).join(' '))) {
  process.stdout.write(`${version}\n`);
} else {
  void import('./run.ts').then(({ run }) => run(stdoutClosed.signal));
}
