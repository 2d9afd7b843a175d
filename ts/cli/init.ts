import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { mustBe } from 'qanto/internal';
import { commentedConfig, configKeys, DEFAULT_FILE, resolveConfig, valueAt } from '../config/index.ts';
import { addKeyOptions, keyFlags } from './config-options.ts';
import { addNotes } from './help.ts';
import { jsonLine, printLine } from './output.ts';

interface Flags {
  readonly out: string;
  readonly force?: true;
  readonly json?: true;
}

/** `qanto init`: writes a configuration file that documents every key. */
export function initCommand(): Command {
  const command = new Command('init')
    .description('write a configuration file that documents every key')
    .option('--out <file>', 'path of the file to write', DEFAULT_FILE)
    .option('--force', 'overwrite an existing file')
    .option('--json', 'print the path of the file and the keys that were set, as one JSON object');
  addKeyOptions(command);
  addNotes(
    command,
    [
      'The file sets the keys whose flags are given. All other keys are commented out, with their defaults. ' +
        `A node reads ${DEFAULT_FILE} in the current directory, or the file that --config names.`,
    ],
    ['qanto init', 'qanto init --network regtest --threads 2 --out regtest.json'],
  );
  command.action(async () => {
    const { out, force, json } = command.opts<Flags>();
    const file = path.resolve(out);
    const values = await givenValues(keyFlags(command), path.dirname(file));
    write(file, commentedConfig(values), force === true);
    const text = json
      ? jsonLine({ file, set: Object.fromEntries(values) })
      : `wrote ${out}; "qanto config${out === DEFAULT_FILE ? '' : ` --config ${out}`}" prints the resulting configuration`;
    printLine(process.stdout, text);
  });
  return command;
}

/** The validated values of the flags by dotted key, for a file in this folder. */
async function givenValues(
  flags: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<Map<string, unknown>> {
  const { config } = await resolveConfig({ file: false, variables: {}, flags });
  const given = configKeys.filter(({ key }) => flags[key] !== undefined);
  return new Map(
    given.map(({ key }) => {
      // A path in a file is relative to the file, one in a flag to the current directory.
      if (key === 'dataDir') return [key, path.relative(folder, config.dataDir) || '.'];
      return [key, valueAt(config, key)];
    }),
  );
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const expected =
      code === 'EEXIST'
        ? 'the path of a file that does not exist yet (--force overwrites an existing file)'
        : `the path of a writable file (${message})`;
    throw mustBe('--out', file, expected);
  }
}
