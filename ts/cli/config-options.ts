import { type Command, Option } from 'commander';
import { configKeys, DEFAULT_FILE, type ResolvedConfig, resolveConfig } from '../config/index.ts';

/** Of the help, by the beginning of the keys that stand under them; the rest stands under the first heading. */
const HEADINGS = [
  ['miner.backoff.', 'After a time-out or a failure:'],
  ['miner.circuit.', 'After many failures in a row:'],
  ['miner.', 'Mining:'],
  ['server.', 'Server:'],
] as const;

/** Gives a command a flag for every configuration key but those of the sections it has no use for, and `--config`. */
export function addConfigOptions(command: Command, without: readonly string[] = []): Command {
  command.option('--config <path>', `configuration file (default: ${DEFAULT_FILE} when it exists)`);
  for (const { key, flag, description, default: byDefault, unset } of configKeys) {
    if (without.some((section) => key.startsWith(`${section}.`))) continue;
    const fallback = byDefault === undefined ? unset : byDefault;
    const option = new Option(flag, `${description} (default: ${fallback})`);
    const heading = HEADINGS.find(([prefix]) => key.startsWith(prefix));
    command.addOption(heading ? option.helpGroup(heading[1]) : option);
  }
  return command;
}

/** The configuration of a command that has these options, from all sources. */
export function configOf(command: Command): ResolvedConfig {
  const values = command.opts<Record<string, unknown>>();
  const attributes = new Map(command.options.map((option) => [option.long, option.attributeName()]));
  const flags = Object.fromEntries(
    configKeys.map(({ key, flagName }) => [key, values[attributes.get(flagName) ?? '']]),
  );
  return resolveConfig({ file: values['config'] as string | undefined, flags });
}
