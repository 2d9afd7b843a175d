import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, storeConfigOf } from './store-options.ts';

/** `qanto pause`: pauses the miner of a running node. */
export function pauseCommand(): Command {
  const command = new Command('pause')
    .description('pause the miner of a running node')
    .option('--json', 'print the status of the miner as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'The node goes on running: it answers, accepts blocks and serves its metrics, but it does not hash until "qanto resume". ' +
        'The command ends when hashing has stopped. A node that is started again is not paused.',
    ],
    ['qanto pause --data-dir ./chain'],
  );
  command.action(async () => {
    const config = await storeConfigOf(command);
    const { callMiner } = await import('./miner-run.ts');
    await callMiner(config, 'miner.pause', {}, command.opts<{ json?: true }>().json === true);
  });
  return command;
}
