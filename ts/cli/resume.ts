import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, storeConfigOf } from './store-options.ts';

/** `qanto resume`: lets the miner of a running node continue. */
export function resumeCommand(): Command {
  const command = new Command('resume')
    .description('let the miner of a running node continue after a pause')
    .option('--json', 'print the status of the miner as one JSON object');
  addStoreOptions(command);
  addNotes(command, ['A miner that is not paused is left as it is.'], ['qanto resume --data-dir ./chain']);
  command.action(async () => {
    const config = await storeConfigOf(command);
    const { callMiner } = await import('./miner-run.ts');
    await callMiner(config, 'miner.resume', {}, command.opts<{ json?: true }>().json === true);
  });
  return command;
}
