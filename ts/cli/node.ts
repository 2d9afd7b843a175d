import { Command } from 'commander';
import { SEED_VARIABLE } from 'qanto/dag';
import { addConfigOptions, configOf } from './config-options.ts';
import { addNotes } from './help.ts';

/** `qanto node`: runs a node that mines, until it is stopped. */
export function nodeCommand(stdoutClosed: AbortSignal): Command {
  const command = new Command('node')
    .description('run a node that mines, and show what it does')
    .option('--json', 'status as lines of JSON');
  addConfigOptions(command);
  addNotes(
    command,
    [
      'Every flag can also be a key of the configuration file or a variable; see "qanto config". Ctrl-C stops: every ' +
        'block is kept, and the next run goes on from it. A second Ctrl-C, at least a second later, ends the process at ' +
        `once. With ${SEED_VARIABLE}=<integer> a run is deterministic, whatever the machine and the number of threads. ` +
        'What monitoring reads is on loopback: /metrics for Prometheus, /healthz, /readyz and /status.',
    ],
    [
      'qanto node                                    mine on the devnet, in ./.qanto/devnet',
      'qanto node --blocks 20 --data-dir /tmp/chain  mine 20 blocks there and stop',
      'qanto node --threads 2 --json | jq .blocks    two threads, status for machines',
    ],
  );
  command.action(async () => {
    const resolved = await configOf(command);
    // Only now: the store, the logger and the terminal take longer to load than the other commands to run.
    const { runNode } = await import('./node-run.ts');
    await runNode(resolved, { json: command.opts<{ json?: boolean }>().json === true, stdoutClosed });
  });
  return command;
}
