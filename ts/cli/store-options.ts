/** The flags of the commands that work on the store of a data directory, and their configuration. */
import type { Command } from 'commander';
import type { ResolvedConfig } from '../config/index.ts';
import { addConfigOptions, configOf } from './config-options.ts';
import { printLine } from './output.ts';

/** The configuration keys that determine the store of a command. */
const KEYS = ['network', 'dataDir'] as const;

/** A paragraph for the help of these commands. */
export const SOURCE_NOTE =
  'If a node is running in the data directory, the command asks it through its control socket, and the node goes on mining. ' +
  'Otherwise the command opens the store itself.';

/** Adds `--config` and the flags for the network, the data directory, and the keys in `more`. */
export function addStoreOptions(command: Command, more: readonly string[] = []): Command {
  return addConfigOptions(command, { only: [...KEYS, ...more] });
}

/** The configuration of the command. Prints its warnings to stderr, unless stderr is for JSON. */
export async function storeConfigOf(command: Command): Promise<ResolvedConfig['config']> {
  const { config, warnings } = await configOf(command);
  if (!command.opts<{ json?: true }>().json) {
    for (const warning of warnings) printLine(process.stderr, `warning: ${warning}`);
  }
  return config;
}
