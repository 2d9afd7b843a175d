import { Command } from 'commander';
import { mustBe } from 'qanto/internal';
import { addNotes } from './help.ts';
import { addStoreOptions, SOURCE_NOTE, storeConfigOf } from './store-options.ts';

/** `qanto export`: writes all blocks to standard output. */
export function exportCommand(stdoutClosed: AbortSignal): Command {
  const command = new Command('export')
    .description('write all blocks to standard output')
    .option('--json', 'write lines of JSON: a header, one object for each block, and the number of blocks');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'The output is binary, with checksums; "qanto import" reads it. With --json it is for other programs, and cannot be imported.',
      'Blocks whose contents were pruned cannot be exported. The export of an archive can be imported into an empty data directory. ' +
        'That of another node whose blocks were pruned can be imported only where the parents of its first blocks are.',
      SOURCE_NOTE,
    ],
    [
      'qanto export > blocks.qanto',
      'qanto export | ssh host qanto import',
      'qanto export --json | jq -r .hash',
    ],
  );
  command.action(async () => {
    const json = command.opts<{ json?: true }>().json === true;
    if (!json && process.stdout.isTTY) {
      throw mustBe('stdout', 'a terminal', 'a file or a pipe, because the output is binary (or use --json)');
    }
    const config = await storeConfigOf(command);
    const { exportBlocks } = await import('./export-run.ts');
    await exportBlocks(config, json, stdoutClosed);
  });
  return command;
}
