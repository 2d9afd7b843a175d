import { createRequire } from 'node:module';
import { Command } from 'commander';
import { benchCommand } from './bench.ts';
import { configCommand } from './config.ts';
import { diagnoseCommand } from './diagnose.ts';
import { oneLine } from './errors.ts';
import { mineCommand } from './mine.ts';
import { nodeCommand } from './node.ts';
import { solveCommand } from './solve.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** The command `qanto`. `stdoutClosed` aborts when whoever read the output is gone. */
export function program(stdoutClosed: AbortSignal): Command {
  const root = new Command('qanto')
    .description('Proof-of-work at native speed, and a blockDAG node on top')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, or stopped by a signal with everything kept; 1 failed;
2 the command line or the configuration cannot be; 130 or 143 ended by SIGINT
or SIGTERM before it was done.

Examples:
  $ qanto node --blocks 20      mine 20 blocks on the devnet
  $ qanto bench                 how fast does this machine hash?
  $ qanto config --threads 2    what would it run with?
  $ qanto node --help           every flag of the node`,
    );
  for (const command of [
    nodeCommand(stdoutClosed),
    mineCommand(stdoutClosed),
    solveCommand(),
    benchCommand(),
    diagnoseCommand(),
    configCommand(),
  ]) {
    root.addCommand(command.copyInheritedSettings(root));
  }
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(`${oneLine(text)}; see "${helpOf(command)}"\n`),
    });
  }
  return root;
}

function helpOf(command: Command): string {
  return command.parent ? `qanto ${command.name()} --help` : 'qanto --help';
}
