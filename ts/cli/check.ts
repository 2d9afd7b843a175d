import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, SOURCE_NOTE, storeConfigOf } from './store-options.ts';

/** `qanto check`: validates every stored block again. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('read every stored block, and validate it again')
    .option('--json', 'print the result as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'Checks the checksum of every record, the hash and the proof of work of every block, and all rules for headers and contents. A ' +
        'block whose past was pruned is checked as far as that is possible without its past. The exit code is 0 if the store is ' +
        'sound, and 1 if it is not. Nothing is changed.',
      SOURCE_NOTE,
      'The blocks are validated in the process of the command, which needs as much memory as a node.',
    ],
    ['qanto check', 'qanto check --data-dir ./backup --network regtest --json'],
  );
  command.action(async () => {
    const config = await storeConfigOf(command);
    const { check } = await import('./check-run.ts');
    await check(config, command.opts<{ json?: true }>().json === true);
  });
  return command;
}
