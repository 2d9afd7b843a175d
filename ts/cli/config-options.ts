import { type Command, Option } from 'commander';
import { configKeys, DEFAULT_FILE, type ResolvedConfig, resolveConfig } from '../config/index.ts';

/** Of the help, by the beginning of the keys that stand under them; the rest stands under the first heading. */
const HEADINGS = [
  ['miner.backoff.', 'After a time-out or a failure:'],
  ['miner.circuit.', 'After many failures in a row:'],
  ['miner.', 'Mining:'],
  ['server.', 'Server:'],
] as const;

/** A flag for a configuration key. The configuration checks its value, as it does that of a variable. */
export class ConfigOption extends Option {
  /** What it may be, when that is one of a few values. */
  readonly values: readonly string[];

  constructor(flags: string, description: string, values: readonly string[]) {
    super(flags, description);
    this.values = values;
  }
}

/** Gives a command a flag for every configuration key but those of the sections it has no use for, and `--config`. */
export function addConfigOptions(command: Command, without: readonly string[] = []): Command {
  command.option('--config <path>', `configuration file (default: ${DEFAULT_FILE} when it exists)`);
  return addKeyOptions(command, without);
}

/** Gives a command a flag for every configuration key but those of the sections it has no use for. */
export function addKeyOptions(command: Command, without: readonly string[] = []): Command {
  for (const { key, flag, description, default: byDefault, unset, choices = [] } of configKeys) {
    if (without.some((section) => key.startsWith(`${section}.`))) continue;
    const fallback = byDefault === undefined ? unset : byDefault;
    const option = new ConfigOption(flag, `${description} (default: ${fallback})`, choices);
    const heading = HEADINGS.find(([prefix]) => key.startsWith(prefix));
    command.addOption(heading ? option.helpGroup(heading[1]) : option);
  }
  return command;
}

/** The configuration of a command that has these options, from all sources. */
export function configOf(command: Command): Promise<ResolvedConfig> {
  const file = command.opts<{ config?: string }>().config;
  return resolveConfig({ file, flags: keyFlags(command) });
}

/** The flags that were given for configuration keys, by dotted key. */
export function keyFlags(command: Command): Record<string, unknown> {
  const values = command.opts<Record<string, unknown>>();
  const attributes = new Map(command.options.map((option) => [option.long, option.attributeName()]));
  return Object.fromEntries(
    configKeys.map(({ key, flagName }) => [key, values[attributes.get(flagName) ?? '']]),
  );
}
