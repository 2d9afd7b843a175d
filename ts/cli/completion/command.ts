import { Argument, Command } from 'commander';
import { addNotes } from '../help.ts';
import { jsonLine } from '../output.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { type Words, wordsOf } from './words.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Record<
  string,
  (words: Words) => string
>;
type Shell = keyof typeof SCRIPTS;

/** `qanto completion`: prints a script with which a shell completes the commands, flags and values of the program. */
export function completionCommand(program: Command): Command {
  const command = new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'shell to print the script for').choices(Object.keys(SCRIPTS)))
    .option('--json', 'print the name of the shell and the script as one JSON object');
  addNotes(
    command,
    ['Add the line of your shell to its startup file:'],
    [
      'source <(qanto completion bash)        in ~/.bashrc',
      'source <(qanto completion zsh)         in ~/.zshrc, after compinit',
      'qanto completion fish | source         in ~/.config/fish/config.fish',
    ],
  );
  command.action((shell: Shell) => {
    const script = SCRIPTS[shell](wordsOf(program));
    process.stdout.write(command.opts<{ json?: true }>().json ? `${jsonLine({ shell, script })}\n` : script);
  });
  return command;
}
