import { Command } from 'commander';
import { mustBe } from 'qanto/internal';
import { smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';
import { addStoreOptions, storeConfigOf } from './store-options.ts';

/** A Stratum server remembers no more workers. */
const MAX_COUNT = 5000;

/** `qanto workers`: shows the workers of the Stratum server of a running node. */
export function workersCommand(): Command {
  const command = new Command('workers')
    .description('show the workers of the Stratum server of a running node')
    .option('--count <number>', `number of workers to show, 1 to ${MAX_COUNT}`, '100')
    .option('--json', 'print one JSON object with the workers and what the server has counted');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'The workers that logged in last come first. Each has its accepted shares, its rejected ones, its stale ones (those for a job ' +
        'that was too old), the hash rate that its accepted shares show over 1, 5 and 60 minutes, the time since its last share, and ' +
        'the highest difficulty that one of its shares meets. Addresses are shortened if the terminal is narrow.',
    ],
    [
      'qanto workers --data-dir ./chain',
      "qanto workers --count 5000 --json | jq '.workers[] | select(.connections == 0) | .name'",
    ],
  );
  command.action(async () => {
    const { count, json } = command.opts<{ count: string; json?: true }>();
    const workers = countOf(count);
    const config = await storeConfigOf(command);
    const { printWorkers } = await import('./workers-run.ts');
    await printWorkers(config, workers, json === true);
  });
  return command;
}

function countOf(text: string): number {
  const count = smallInteger('--count', text);
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw mustBe('--count', text, `an integer from 1 to ${MAX_COUNT}`);
}
