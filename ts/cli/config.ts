import { Command } from 'commander';
import { type Config, configKeys, type ResolvedConfig, valueAt } from '../config/index.ts';
import { addConfigOptions, configOf } from './config-options.ts';
import { addNotes } from './help.ts';
import { jsonLine, printLine } from './output.ts';
import { columnsOf } from './terminal.ts';

/** `qanto config`: prints the configuration that a node would use, and the source of each value. */
export function configCommand(): Command {
  const command = new Command('config')
    .description('print the configuration that a node would use, and the source of each value')
    .option('--json', 'print the configuration as one JSON object');
  addConfigOptions(command);
  addNotes(
    command,
    [
      'Flags override variables, variables override the configuration file, and the file overrides the defaults.',
      'The file is JSON and may have comments. A key such as miner.threads is nested in the file:\n' +
        '  {"miner": {"threads": 2}}\n' +
        'Its variable has the prefix QANTO_: QANTO_MINER_THREADS=2. "qanto init" writes a file with every key.',
    ],
    ['qanto config --threads 2', 'QANTO_LOG_LEVEL=debug qanto config --json'],
  );
  command.action(async () => {
    const resolved = await configOf(command);
    if (command.opts<{ json?: true }>().json) {
      const { origins, warnings } = resolved;
      const config = withoutSecrets(resolved.config);
      printLine(process.stdout, jsonLine({ config, origins: Object.fromEntries(origins), warnings }));
    } else {
      for (const warning of resolved.warnings) printLine(process.stderr, `warning: ${warning}`);
      printLine(process.stdout, asTable(resolved, columnsOf(process.stdout)));
    }
  });
  return command;
}

const HIDDEN = '(hidden)';

/** A copy of a configuration in which secrets are replaced. */
function withoutSecrets(config: Config): object {
  const secrets = new Set(configKeys.filter(({ isSecret }) => isSecret).map(({ key }) => key));
  const copy = (section: object, prefix: string): object =>
    Object.fromEntries(
      Object.entries(section).map(([name, value]: [string, unknown]) => {
        if (secrets.has(prefix + name) && value !== undefined) return [name, HIDDEN];
        const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
        return [name, isSection ? copy(value, `${prefix}${name}.`) : value];
      }),
    );
  return copy(config, '');
}

/** One row for each key. If the rows do not fit into the columns, key, value and source have a line each. */
function asTable({ config, origins }: ResolvedConfig, columns = Number.POSITIVE_INFINITY): string {
  const rows = configKeys.map(({ key, unset, isSecret }) => {
    const value = valueAt(config, key);
    const shown = isSecret ? HIDDEN : String(value);
    return [key, value === undefined ? `(${unset})` : shown, origins.get(key) ?? ''] as const;
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
