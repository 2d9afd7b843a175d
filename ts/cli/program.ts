import { Command } from 'commander';
import { nearest, version } from 'qanto/internal';
import { benchCommand } from './bench.ts';
import { completionCommand } from './completion/command.ts';
import { configCommand } from './config.ts';
import { diagnoseCommand } from './diagnose.ts';
import { CommandLineError } from './errors.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { addNotes, helpColumns, helpStyle } from './help.ts';
import { initCommand } from './init.ts';
import { mineCommand } from './mine.ts';
import { nodeCommand } from './node.ts';
import { solveCommand } from './solve.ts';
import { verifyCommand } from './verify.ts';

/** The command `qanto`. `stdoutClosed` aborts when whoever read the output is gone. */
export function program(stdoutClosed: AbortSignal): Command {
  const root = new Command('qanto')
    .description('Proof-of-work at native speed, and a blockDAG node on top')
    .version(version, '-V, --version', 'print the version')
    .option('--no-color', 'plain text; so does the variable NO_COLOR')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp(helpStyle)
    .hook('preAction', () => {
      // The one way of saying it that everything below knows, child processes included.
      if (root.opts<{ color: boolean }>().color) return;
      process.env['NO_COLOR'] = '1';
      delete process.env['FORCE_COLOR'];
    });
  root.addHelpText('beforeAll', () => {
    requireCommand(root);
    return '';
  });
  addNotes(
    root,
    [
      'With --json a command prints JSON and nothing else on stdout, and an error as JSON on stderr.',
      `Exit codes:\n${exitCodeLines()}`,
    ],
    [
      'qanto node --blocks 20      mine 20 blocks on the devnet',
      'qanto bench                 how fast does this machine hash?',
      'qanto init                  write a configuration file with comments',
      'qanto config --threads 2    what would a node run with?',
      'qanto node --help           every flag of the node',
    ],
  );
  for (const command of [
    nodeCommand(stdoutClosed),
    mineCommand(stdoutClosed),
    solveCommand(),
    verifyCommand(),
    benchCommand(),
    diagnoseCommand(),
    initCommand(),
    configCommand(),
    completionCommand(root),
  ]) {
    root.addCommand(command.copyInheritedSettings(root));
  }
  for (const command of [root, ...root.commands]) {
    command
      .configureOutput({ getOutHelpWidth: helpColumns, getErrHelpWidth: helpColumns, outputError() {} })
      .exitOverride((error) => {
        // Help and version end the command by an error, too; help instead of a missing command has been printed.
        if (error.exitCode === 0 || error.code === 'commander.help') throw error;
        const problem = error.message.replace(/^error: |\.$/g, '');
        throw new CommandLineError(`${problem}${longerFlag(command, problem)}`, helpOf(command));
      });
  }
  return root;
}

/** Commander answers a wish for the help of a command that is none with the help of all. */
function requireCommand(root: Command): void {
  const words = root.args.filter((word) => !word.startsWith('-'));
  const name = words[words[0] === 'help' ? 1 : 0];
  const names = root.commands.map((command) => command.name());
  if (name === undefined || name === 'help' || names.includes(name)) return;
  const meant = nearest(name, names);
  throw new CommandLineError(
    `unknown command '${name}'${meant ? ` (Did you mean ${meant}?)` : ''}`,
    helpOf(root),
  );
}

/** Commander tells of flags that are spelt nearly so; of `--port` one may also mean `--server-port`. */
function longerFlag({ options }: Command, problem: string): string {
  const [, given] = /^unknown option '--(\w[\w-]*)'$/.exec(problem) ?? [];
  const meant = options.find(({ long }) => given !== undefined && long?.endsWith(`-${given}`));
  return meant ? ` (Did you mean ${meant.long}?)` : '';
}

function exitCodeLines(): string {
  return Object.entries(EXIT)
    .map(([name, code]) => `${String(code).padStart(5)}  ${EXIT_MEANINGS[name as keyof typeof EXIT]}`)
    .join('\n');
}

function helpOf(command: Command): string {
  return command.parent ? `qanto ${command.name()} --help` : 'qanto --help';
}
