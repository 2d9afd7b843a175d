import { Command } from 'commander';
import { configKeys, type ResolvedConfig, valueAt } from '../config/index.ts';
import { addConfigOptions, configOf } from './config-options.ts';
import { addNotes } from './help.ts';
import { jsonLine } from './output.ts';
import { columnsOf } from './terminal.ts';

/** `qanto config`: what a node would run with here, and where each value comes from. */
export function configCommand(): Command {
  const command = new Command('config')
    .description('print the configuration a node would run with, and where each value comes from')
    .option('--json', 'print it as one JSON object');
  addConfigOptions(command);
  addNotes(
    command,
    [
      'A flag overrides a variable, a variable the file, the file the defaults. The file is JSON, in which comments may ' +
        'stand, with the keys as they are printed, nested:\n  {"miner": {"threads": 2}}\n' +
        'A variable is QANTO_ and the key: QANTO_MINER_THREADS=2. "qanto init" writes a file with every key.',
    ],
    ['qanto config --threads 2', 'QANTO_LOG_LEVEL=debug qanto config --json'],
  );
  command.action(async () => {
    const resolved = await configOf(command);
    if (command.opts<{ json?: true }>().json) {
      const { config, origins, warnings } = resolved;
      process.stdout.write(`${jsonLine({ config, origins: Object.fromEntries(origins), warnings })}\n`);
    } else {
      for (const warning of resolved.warnings) process.stderr.write(`warning: ${warning}\n`);
      process.stdout.write(`${asTable(resolved, columnsOf(process.stdout))}\n`);
    }
  });
  return command;
}

/** A row a key; below each other where the rows would not fit. */
function asTable({ config, origins }: ResolvedConfig, columns = Number.POSITIVE_INFINITY): string {
  const rows = configKeys.map(({ key, unset }) => {
    const value = valueAt(config, key);
    return [key, value === undefined ? `(${unset})` : String(value), origins.get(key) ?? ''] as const;
  });
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  const [keys, values] = [width(0), width(1)];
  const fits = keys + 2 + values + 2 + width(2) <= columns;
  return rows
    .map(([key, value, origin]) =>
      fits ? `${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}` : `${key}\n  ${value}\n  ${origin}`,
    )
    .join('\n');
}
