import { Command, Option } from 'commander';
import { KERNELS, type Kernel } from 'qanto';
import { mustBe } from 'qanto/internal';
import { stoppedExitCode } from './exit-codes.ts';
import { addNotes } from './help.ts';

interface Flags {
  readonly seconds: string;
  readonly kernel?: Kernel;
  readonly threads?: string;
  readonly json?: true;
}

const MAX_SECONDS = 3600;

/** `qanto bench`: measures the hash rate of this machine and compares it with other libraries for Node.js. */
export function benchCommand(): Command {
  const command = new Command('bench')
    .description('measure the hash rate of this machine, and compare it with other libraries')
    .option('--seconds <number>', 'duration of the measurement, in seconds', '10')
    .addOption(
      new Option('--kernel <name>', 'kernel to measure instead of the selected one').choices(KERNELS),
    )
    .option(
      '--threads <number>',
      'number of threads to measure in addition to one thread (default: 75 % of the cores)',
    )
    .option('--json', 'print the results as one JSON object');
  addNotes(
    command,
    [
      'Compares with node:crypto, and with hash-wasm and @noble/hashes if they are installed. The subjects are measured in ' +
        'turn and in CPU time, so that other processes have little influence. Ctrl-C stops the measurement and prints the ' +
        'results so far.',
    ],
    ['qanto bench', 'qanto bench --seconds 30 --threads 2 --json', 'qanto bench --kernel portable'],
  );
  command.action(async () => {
    const { seconds, kernel, threads, json } = command.opts<Flags>();
    const options = {
      seconds: numberUpTo(MAX_SECONDS, '--seconds', seconds),
      ...(threads !== undefined && { threads: integer('--threads', threads) }),
      ...(kernel !== undefined && { kernel }),
      json: json === true,
    };
    // Imported here, because the other commands do not need it.
    const { runBench } = await import('./bench-run.ts');
    const interruptedBy = await runBench(options);
    if (interruptedBy) process.exitCode = stoppedExitCode(interruptedBy);
  });
  return command;
}

function numberUpTo(max: number, flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value <= max) return value;
  throw mustBe(flag, text, `a number greater than 0 and at most ${max}`);
}

function integer(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw mustBe(flag, text, 'an integer of at least 1');
  return Number(text);
}
