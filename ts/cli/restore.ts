import path from 'node:path';
import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, storeConfigOf } from './store-options.ts';

/** `qanto restore`: copies a backup into a data directory. */
export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('restore a backup into an empty data directory')
    .argument('<dir>', 'directory of the backup')
    .option('--json', 'print the result as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'The data directory must be empty, or not exist. So no node can be running in it. Every record of the copy is compared with its ' +
        'checksum. Until the copy is complete, the directory has the suffix .partial. Ctrl-C removes it.',
      'The backup is opened as a store, so its directory must be writable. It must not be in use.',
    ],
    ['qanto restore ./backup --data-dir ./chain', 'qanto restore ./backup --network regtest --json'],
  );
  command.action(async (backup: string) => {
    const config = await storeConfigOf(command);
    const { restore } = await import('./backup-run.ts');
    await restore(config, path.resolve(backup), command.opts<{ json?: true }>().json === true);
  });
  return command;
}
