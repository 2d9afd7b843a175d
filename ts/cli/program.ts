import { Command } from 'commander';
import { nearest, version } from 'qanto/internal';
import { backupCommand } from './backup.ts';
import { benchCommand } from './bench.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion/command.ts';
import { configCommand } from './config.ts';
import { diagnoseCommand } from './diagnose.ts';
import { CommandLineError } from './errors.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { exportCommand } from './export.ts';
import { formatsCommand } from './formats.ts';
import { addNotes, helpColumns, helpStyle } from './help.ts';
import { importCommand } from './import.ts';
import { initCommand } from './init.ts';
import { inspectCommand } from './inspect.ts';
import { mineCommand } from './mine.ts';
import { nodeCommand } from './node.ts';
import { pauseCommand } from './pause.ts';
import { restoreCommand } from './restore.ts';
import { resumeCommand } from './resume.ts';
import { solveCommand } from './solve.ts';
import { threadsCommand } from './threads.ts';
import { verifyCommand } from './verify.ts';
import { viewCommand } from './view.ts';
import { workersCommand } from './workers.ts';

/** The command `qanto`. `stdoutClosed` aborts when the reader of stdout has closed it. */
export function program(stdoutClosed: AbortSignal): Command {
  const root = new Command('qanto')
    .description('Proof of work at native speed, and a blockDAG node')
    .version(version, '-V, --version', 'print the version')
    .option('--no-color', 'print without colours, as with the variable NO_COLOR')
    .helpOption('-h, --help', 'print the help of the command')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp(helpStyle)
    .hook('preAction', () => {
      // These variables also apply to child processes and to libraries.
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
      'With --json, a command prints only JSON to stdout, and its error as JSON to stderr.',
      `Exit codes:\n${exitCodeLines()}`,
    ],
    [
      'qanto node --blocks 20      mine 20 blocks on the devnet',
      'qanto bench                 measure the hash rate of this machine',
      'qanto init                  write a configuration file with comments',
      'qanto config --threads 2    print the configuration with two threads',
      'qanto node --help           list every flag of the node',
    ],
  );
  for (const command of [
    nodeCommand(stdoutClosed),
    mineCommand(stdoutClosed),
    pauseCommand(),
    resumeCommand(),
    threadsCommand(),
    workersCommand(),
    inspectCommand(),
    viewCommand(),
    backupCommand(),
    restoreCommand(),
    checkCommand(),
    exportCommand(stdoutClosed),
    importCommand(),
    solveCommand(),
    verifyCommand(),
    formatsCommand(),
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
        // Commander also throws after it has printed the help or the version.
        if (error.exitCode === 0 || error.code === 'commander.help') throw error;
        const problem = error.message.replace(/^error: |\.$/g, '');
        throw new CommandLineError(`${problem}${longerFlag(command, problem)}`, helpOf(command));
      });
  }
  return root;
}

/** Throws for the help of an unknown command, for which Commander would print the help of the program. */
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

/** Suggests a flag for one without its beginning, such as `--port` for `--server-port`. Commander suggests similar spellings. */
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
