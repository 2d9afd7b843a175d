/** What there is to complete, read off the program. */
import type { Argument, Command, Option } from 'commander';
import { ConfigOption } from '../config-options.ts';

/** What a flag or an argument takes. */
export interface Value {
  /** Of its few values, all; else none. */
  readonly choices: readonly string[];
  readonly kind: 'choice' | 'directory' | 'file' | 'other';
  /** A flag that may also stand alone. */
  readonly optional: boolean;
}

export interface Flag {
  /** With its dashes. */
  readonly long: string;
  readonly short?: string;
  readonly description: string;
  /** Undefined when it takes none. */
  readonly value?: Value;
}

export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  readonly argument?: Value;
}

export interface Words {
  readonly flags: readonly Flag[];
  readonly commands: readonly CommandWords[];
}

/** Everything the program takes. */
export function wordsOf(program: Command): Words {
  const help = program.createHelp();
  const flags = flagsOf(program);
  // The one flag of the program that means something behind a command, too.
  const everywhere = flags.filter(({ long }) => long === '--no-color');
  const commands = help.visibleCommands(program).map((command) => commandWords(command, everywhere));
  const names = { kind: 'choice', choices: commands.map(({ name }) => name), optional: false } as const;
  return {
    flags,
    commands: commands.map((command) =>
      command.name === 'help' ? { ...command, argument: names } : command,
    ),
  };
}

function commandWords(command: Command, everywhere: readonly Flag[]): CommandWords {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    flags: [...flagsOf(command), ...everywhere],
    ...(argument && { argument: takenBy(argument.name(), argument, argument.argChoices) }),
  };
}

function flagsOf(command: Command): Flag[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => {
      const { long, short, description, required, optional } = option;
      const value = required || optional ? optionValue(option) : undefined;
      return { long: long!, ...(short && { short }), description, ...(value && { value }) };
    });
}

function optionValue(option: Option): Value {
  const placeholder = /[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? '';
  const choices = option instanceof ConfigOption ? option.values : option.argChoices;
  return takenBy(placeholder, option, choices);
}

/** By the word that stands for it: what is named file is a file. */
function takenBy(
  placeholder: string,
  { required }: Pick<Option | Argument, 'required'>,
  choices: readonly string[] = [],
): Value {
  const kinds = { file: 'file', path: 'file', dir: 'directory', folder: 'directory' } as const;
  const kind = choices.length > 0 ? 'choice' : (kinds[placeholder as keyof typeof kinds] ?? 'other');
  return { choices, kind, optional: !required };
}
