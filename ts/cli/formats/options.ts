/** The flags `--format` and `--set`, which `solve` and `verify` share. */
import { type Command, Option } from 'commander';
import { mustBe } from 'qanto/internal';
import { FORMAT_NAMES, type FormatName } from './names.ts';

export interface FormatOptions {
  readonly format?: FormatName;
  readonly set?: readonly string[];
}

/** Adds the flags. With a format, the flags of a template, which are all that `conflicting` names, are refused. */
export function addFormatOptions(command: Command, conflicting: readonly string[]): Command {
  return command
    .addOption(
      new Option('--format <name>', 'format of another project, which "qanto formats" describes')
        .choices(FORMAT_NAMES)
        .conflicts([...conflicting])
        .helpGroup('Format:'),
    )
    .addOption(
      new Option('--set <name=value>', 'set a field of the challenge, such as bits=20; may be repeated')
        .argParser((text: string, before: readonly string[] = []) => [...before, text])
        .helpGroup('Format:'),
    );
}

/** Throws if one of these flags, which need `--format`, is given. */
export function requireFormat(flags: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined) throw mustBe(`--${name}`, value, 'used with --format');
  }
}
