import path from 'node:path';
import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, SOURCE_NOTE, storeConfigOf } from './store-options.ts';

/** `qanto backup`: copies the store of a data directory, also while a node is running in it. */
export function backupCommand(): Command {
  const command = new Command('backup')
    .description('make a backup of the store, also while a node is running')
    .argument('<dir>', 'directory for the backup, which must not exist yet')
    .option('--json', 'print the result as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'The backup is a data directory: a node can be started with it, and "qanto restore" copies it to another place. It has the ' +
        'blocks that are stored when the copy is complete. Every record in it is compared with its checksum.',
      SOURCE_NOTE,
      'Until the backup is complete, its directory has the suffix .partial. Ctrl-C removes it.',
    ],
    ['qanto backup ./backup', 'qanto backup --data-dir ./chain /mnt/backups/monday --json'],
  );
  command.action(async (target: string) => {
    const config = await storeConfigOf(command);
    const { backUp } = await import('./backup-run.ts');
    await backUp(config, path.resolve(target), command.opts<{ json?: true }>().json === true);
  });
  return command;
}
