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

/** `qanto bench`: how fast this machine hashes, compared with the libraries a Node developer has otherwise. */
export function benchCommand(): Command {
  const command = new Command('bench')
    .description('measure how fast this machine hashes, and compare with other libraries')
    .option('--seconds <number>', 'how long to measure', '10')
    .addOption(
      new Option('--kernel <name>', 'measure this kernel instead of the chosen one').choices(KERNELS),
    )
    .option('--threads <number>', 'also measure so many threads at once (default: 75 % of the cores)')
    .option('--json', 'print everything as one JSON object');
  addNotes(
    command,
    [
      'Compares with node:crypto, and with hash-wasm and @noble/hashes where they are installed. Everything is measured ' +
        'in turns and in CPU time, so that other work on the machine disturbs little. Ctrl-C stops and prints what there is.',
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
    // Only now: the other commands need not load what measures.
    const { runBench } = await import('./bench-run.ts');
    const interruptedBy = await runBench(options);
    if (interruptedBy) process.exitCode = stoppedExitCode(interruptedBy);
  });
  return command;
}

function numberUpTo(max: number, flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value <= max) return value;
  throw mustBe(flag, text, `a number above 0, at most ${max}`);
}

function integer(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw mustBe(flag, text, 'an integer, at least 1');
  return Number(text);
}
