import { Command } from 'commander';
import { addConfigOptions, configOf } from './config-options.ts';
import { addNotes } from './help.ts';

/** `qanto mine`: runs a node without its server. */
export function mineCommand(stdoutClosed: AbortSignal): Command {
  const command = new Command('mine')
    .description('mine into a local store, without a server')
    .option('--json', 'print the status as JSON, one object per line');
  addConfigOptions(command, { without: ['server'] });
  addNotes(
    command,
    [
      'This is "qanto node" without its server: it has the same store, the same status and the same configuration keys. ' +
        'Ctrl-C stops it, and every block is kept.',
    ],
    [
      'qanto mine --blocks 20                  mine 20 blocks on the devnet and stop',
      'qanto mine --blocks 5 --json | tail -1  print only the summary, as JSON',
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
