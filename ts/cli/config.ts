import { Command } from 'commander';
import { configKeys, type ResolvedConfig } from '../config/index.ts';
import { addConfigOptions, configOf } from './config-options.ts';

/** `qanto config`: what a node would run with here, and where each value comes from. */
export function configCommand(): Command {
  const command = new Command('config')
    .description('print the configuration a node would run with, and where each value comes from')
    .option('--json', 'print it as one JSON object');
  addConfigOptions(command).addHelpText(
    'after',
    `
A flag overrides a variable, a variable the file, the file the defaults. The
file is JSON with the keys as they are printed, nested:
  {"miner": {"threads": 2}}
A variable is QANTO_ and the key: QANTO_MINER_THREADS=2.

Examples:
  $ qanto config --threads 2
  $ QANTO_LOG_LEVEL=debug qanto config --json`,
  );
  command.action(() => {
    const resolved = configOf(command);
    for (const warning of resolved.warnings) process.stderr.write(`warning: ${warning}\n`);
    const text = command.opts<{ json?: boolean }>().json ? asJson(resolved) : asTable(resolved);
    process.stdout.write(`${text}\n`);
  });
  return command;
}

function asJson({ config, origins }: ResolvedConfig): string {
  return JSON.stringify({ config, origins: Object.fromEntries(origins) });
}

function asTable({ config, origins }: ResolvedConfig): string {
  const rows = configKeys.map(({ key, unset }) => {
    const value = valueAt(config, key);
    return [key, value === undefined ? `(${unset})` : String(value), origins.get(key) ?? ''];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(([key, value, origin]) => `${key!.padEnd(widths[0]!)}  ${value!.padEnd(widths[1]!)}  ${origin}`)
    .join('\n');
}

function valueAt(config: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((section, name) => (section as Record<string, unknown>)[name], config);
}
