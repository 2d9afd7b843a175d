import { type Command, Option } from 'commander';
import { configKeys, DEFAULT_FILE, type ResolvedConfig, resolveConfig } from '../config/index.ts';

/** Headings of the help by prefix of the keys below them. Other keys are below "Options:". */
const HEADINGS = [
  ['miner.backoff.', 'Backoff after a timeout or a failure:'],
  ['miner.circuit.', 'Pause after consecutive failures:'],
  ['miner.', 'Mining:'],
  ['server.', 'Server:'],
  ['control.', 'Control socket:'],
  ['stratum.', 'Stratum:'],
  ['rpc.', 'JSON-RPC:'],
] as const;

/** A flag for a configuration key. `resolveConfig` validates its value, as it does for a variable. */
export class ConfigOption extends Option {
  /** The valid values if the key has a fixed set of them, otherwise empty. */
  readonly values: readonly string[];

  constructor(flags: string, description: string, values: readonly string[]) {
    super(flags, description);
    this.values = values;
  }
}

/** The configuration keys for which a command has flags. Default: all. */
export interface SelectedKeys {
  /** The sections whose keys have no flag. */
  readonly without?: readonly string[];
  /** The keys that have a flag. */
  readonly only?: readonly string[];
}

/** Adds `--config` and a flag for each selected configuration key to a command. */
export function addConfigOptions(command: Command, selected: SelectedKeys = {}): Command {
  command.option('--config <path>', `path of the configuration file (default: ${DEFAULT_FILE} if it exists)`);
  return addKeyOptions(command, selected);
}

/** Adds a flag for each selected configuration key to a command. */
export function addKeyOptions(command: Command, { without = [], only }: SelectedKeys = {}): Command {
  for (const { key, flag, description, default: byDefault, unset, choices = [] } of configKeys) {
    if (without.some((section) => key.startsWith(`${section}.`))) continue;
    if (only && !only.includes(key)) continue;
    const fallback = byDefault === undefined ? unset : byDefault;
    const option = new ConfigOption(flag, `${description} (default: ${fallback})`, choices);
    const heading = HEADINGS.find(([prefix]) => key.startsWith(prefix));
    command.addOption(heading ? option.helpGroup(heading[1]) : option);
  }
  return command;
}

/** Resolves the configuration of a command with these options from all sources. */
export function configOf(command: Command): Promise<ResolvedConfig> {
  const file = command.opts<{ config?: string }>().config;
  return resolveConfig({ file, flags: keyFlags(command) });
}

/** The values of the flags that were given for configuration keys, by dotted key. */
export function keyFlags(command: Command): Record<string, unknown> {
  const values = command.opts<Record<string, unknown>>();
  const attributes = new Map(command.options.map((option) => [option.long, option.attributeName()]));
  return Object.fromEntries(
    configKeys.map(({ key, flagName }) => [key, values[attributes.get(flagName) ?? '']]),
  );
}
