import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, SOURCE_NOTE, storeConfigOf } from './store-options.ts';

/** `qanto import`: adds the blocks of an export. */
export function importCommand(): Command {
  const command = new Command('import')
    .description('add the blocks of an export, which is read from standard input')
    .option('--json', 'print the result as one JSON object');
  addStoreOptions(command, ['archive', 'minFreeBytes']);
  addNotes(
    command,
    [
      'Every block is validated completely. Blocks that the DAG has already are skipped, and so are those below its pruning point. A ' +
        'block whose parents are missing is refused.',
      'A new data directory has the suffix .partial until the import is complete. If the import is interrupted, the next one continues ' +
        'there. An existing DAG keeps the blocks that were added before an error.',
      SOURCE_NOTE,
    ],
    ['qanto import < blocks.qanto', 'ssh host qanto export | qanto import --data-dir ./chain --json'],
  );
  command.action(async () => {
    const config = await storeConfigOf(command);
    const { importBlocks } = await import('./import-run.ts');
    await importBlocks(config, process.stdin, command.opts<{ json?: true }>().json === true);
  });
  return command;
}
