import { Argument, Command } from 'commander';
import { MAX_THREADS } from 'qanto';
import { mustBe } from 'qanto/internal';
import { smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';
import { addStoreOptions, storeConfigOf } from './store-options.ts';

/** The word for as many threads as a node has without a setting. */
const DEFAULT = 'default';

/** `qanto threads`: shows or changes the number of threads on which a running node hashes. */
export function threadsCommand(): Command {
  const command = new Command('threads')
    .description('show or change the number of hashing threads of a running node')
    .addArgument(
      new Argument('[number]', `the maximum number of threads, 1 to ${MAX_THREADS}, or "${DEFAULT}"`),
    )
    .option('--json', 'print the status of the miner as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'Without a number, the status of the miner is printed. The change takes effect at once, and lasts until the node stops; ' +
        `its configuration stays as it is. "${DEFAULT}" means 75 % of the cores.`,
    ],
    ['qanto threads 2 --data-dir ./chain', 'qanto threads --json | jq .hashesPerSecond'],
  );
  command.action(async (number: string | undefined) => {
    const [method, params] =
      number === undefined
        ? (['miner.status', {}] as const)
        : (['miner.setThreads', { threads: threadsOf(number) }] as const);
    const config = await storeConfigOf(command);
    const { callMiner } = await import('./miner-run.ts');
    await callMiner(config, method, params, command.opts<{ json?: true }>().json === true);
  });
  return command;
}

function threadsOf(text: string): number | null {
  if (text === DEFAULT) return null;
  const threads = smallInteger('number', text);
  if (threads >= 1 && threads <= MAX_THREADS) return threads;
  throw mustBe('number', text, `an integer from 1 to ${MAX_THREADS}, or ${JSON.stringify(DEFAULT)}`);
}
