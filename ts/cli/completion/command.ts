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

/** `qanto completion`: a script that teaches a shell the commands, flags and values of the program. */
export function completionCommand(program: Command): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, flags and values in a shell')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SCRIPTS)))
    .option('--json', 'print shell and script as one JSON object');
  addNotes(
    command,
    ['In the file that the shell reads when it starts, with the line of that shell:'],
    [
      'source <(qanto completion bash)        ~/.bashrc',
      'source <(qanto completion zsh)         ~/.zshrc, behind compinit',
      'qanto completion fish | source         ~/.config/fish/config.fish',
    ],
  );
  command.action((shell: Shell) => {
    const script = SCRIPTS[shell](wordsOf(program));
    process.stdout.write(command.opts<{ json?: true }>().json ? `${jsonLine({ shell, script })}\n` : script);
  });
  return command;
}
