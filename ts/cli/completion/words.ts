/** Collects the words that can be completed from the program. */
import type { Argument, Command, Option } from 'commander';
import { ConfigOption } from '../config-options.ts';

/** The value of a flag or an argument. */
export interface Value {
  /** All valid values if they are a fixed set, otherwise empty. */
  readonly choices: readonly string[];
  readonly kind: 'choice' | 'directory' | 'file' | 'other';
  /** Whether the value may be left out. */
  readonly optional: boolean;
}

export interface Flag {
  /** The name with its dashes. */
  readonly long: string;
  readonly short?: string;
  readonly description: string;
  /** Undefined if the flag takes no value. */
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

/** The flags and commands of the program. */
export function wordsOf(program: Command): Words {
  const help = program.createHelp();
  const flags = flagsOf(program);
  // --no-color is the only flag of the program that also applies after a command.
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

/** The kind of a value by its placeholder: a placeholder `file` means a path. */
function takenBy(
  placeholder: string,
  { required }: Pick<Option | Argument, 'required'>,
  choices: readonly string[] = [],
): Value {
  const kinds = { file: 'file', path: 'file', dir: 'directory', folder: 'directory' } as const;
  const kind = choices.length > 0 ? 'choice' : (kinds[placeholder as keyof typeof kinds] ?? 'other');
  return { choices, kind, optional: !required };
}
