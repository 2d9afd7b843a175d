import { Command } from 'commander';
import { SEED_VARIABLE } from 'qanto/internal';
import { addConfigOptions, configOf } from './config-options.ts';
import { addNotes } from './help.ts';

/** `qanto node`: runs a node that mines until it is stopped. */
export function nodeCommand(stdoutClosed: AbortSignal): Command {
  const command = new Command('node')
    .description('run a node that mines, and show its status')
    .option('--json', 'print the status as JSON, one object per line');
  addConfigOptions(command);
  addNotes(
    command,
    [
      'Every flag is also a key of the configuration file and an environment variable; see "qanto config --help".',
      'Ctrl-C stops the node. Every block is kept, and the next run continues from there. A second Ctrl-C, at least one ' +
        'second later, ends the process immediately.',
      'The server is for monitoring: it serves /metrics (for Prometheus), /healthz, /readyz and /status, by default on the ' +
        'loopback address only.',
      `If ${SEED_VARIABLE} is set to an integer, the run is deterministic: it mines the same blocks on every machine and ` +
        'with any number of threads.',
    ],
    [
      'qanto node                                    mine on the devnet, in ./.qanto/devnet',
      'qanto node --blocks 20 --data-dir /tmp/chain  mine 20 blocks in /tmp/chain and stop',
      'qanto node --threads 2 --json | jq .blocks    print the number of blocks over time',
    ],
  );
  command.action(async () => {
    const resolved = await configOf(command);
    // Imported here, because the other commands would take longer to load the store and the logger than to run.
    const { runNode } = await import('./node-run.ts');
    await runNode(resolved, { json: command.opts<{ json?: boolean }>().json === true, stdoutClosed });
  });
  return command;
}
