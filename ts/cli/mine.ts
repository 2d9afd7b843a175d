import { Command } from 'commander';
import { addConfigOptions, configOf } from './config-options.ts';
import { addNotes } from './help.ts';

/** `qanto mine`: mines into a store, with nothing around it. */
export function mineCommand(stdoutClosed: AbortSignal): Command {
  const command = new Command('mine')
    .description('mine into a local store without a server: a node for as long as it takes')
    .option('--json', 'status as lines of JSON');
  addConfigOptions(command, ['server']);
  addNotes(
    command,
    [
      'The same as "qanto node" without its server: the same store, the same view, the same keys. Ctrl-C stops with ' +
        'every block kept.',
    ],
    [
      'qanto mine --blocks 20                  mine 20 blocks on the devnet and stop',
      'qanto mine --blocks 5 --json | tail -1  what came of it, for machines',
    ],
  );
  command.action(async () => {
    const resolved = await configOf(command);
    const { runNode } = await import('./node-run.ts');
    const config = { ...resolved.config, server: { ...resolved.config.server, enabled: false } };
    const json = command.opts<{ json?: boolean }>().json === true;
    await runNode({ ...resolved, config }, { json, stdoutClosed });
  });
  return command;
}
