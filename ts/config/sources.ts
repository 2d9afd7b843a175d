/**
 * Where values come from. Each source yields settings by dotted key; nothing is validated here but what only the
 * source can know: that a file can be read, that a name exists, that text is a number.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describeValue, nearest } from 'qanto/internal';
import { ConfigError } from './errors.ts';
import { type ConfigKey, configKeys, sectionKeys, VARIABLE_PREFIX } from './keys.ts';

/** A value and where it was found, such as `flag --threads`. */
export interface Setting {
  readonly value: unknown;
  readonly source: string;
}

export type Settings = ReadonlyMap<string, Setting>;

export const DEFAULT_FILE = 'qanto.config.json';
export const FILE_VARIABLE = 'QANTO_CONFIG';

/** Variables with our prefix that are not configuration keys. */
const OTHER_VARIABLES = [
  FILE_VARIABLE,
  'QANTO_TEST_MINING_SEED',
  'QANTO_NATIVE_BINARY',
  'QANTO_FIXTURES',
  'QANTO_KERNEL',
  'QANTO_LOG',
];

const keysByName = new Map(configKeys.map((key) => [key.key, key]));

export function defaultSettings(): Settings {
  return new Map(configKeys.map((key) => [key.key, { value: key.default, source: 'default' }]));
}

/**
 * The settings of a file: JSON, in which comments and commas behind the last value may stand. A path in it is relative
 * to it. Throws `ERR_QANTO_INVALID_CONFIG`.
 */
export async function fileSettings(file: string, namedBy: string): Promise<Settings> {
  let content: unknown;
  try {
    content = JSON.parse(await withoutComments(readFileSync(file, 'utf8')));
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigError('config', file, namedBy, `the file ${problem}: ${(error as Error).message}`);
  }
  const source = `file ${file}`;
  const settings = new Map<string, Setting>();
  collect(content, '', source, settings);
  const dataDir = settings.get('dataDir');
  if (typeof dataDir?.value === 'string' && dataDir.value !== '') {
    settings.set('dataDir', { value: path.resolve(path.dirname(file), dataDir.value), source });
  }
  return settings;
}

/** With spaces for what is taken out, so that an error's position is the file's. */
async function withoutComments(text: string): Promise<string> {
  // An ES module.
  const { default: stripJsonComments } = await import('strip-json-comments');
  // Some editors begin a file with a byte order mark.
  return stripJsonComments(text.replace(/^\ufeff/, ''), { trailingCommas: true });
}

function collect(section: unknown, prefix: string, source: string, settings: Map<string, Setting>): void {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) {
    throw new ConfigError(prefix || 'config', section, source, 'must be an object of keys and values');
  }
  for (const [name, value] of Object.entries(section)) {
    const key = prefix ? `${prefix}.${name}` : name;
    if (sectionKeys.has(key)) {
      collect(value, key, source, settings);
    } else if (keysByName.has(key)) {
      settings.set(key, { value, source });
    } else {
      const meant = nearest(key, [...keysByName.keys(), ...sectionKeys]);
      throw new ConfigError(
        key,
        value,
        source,
        `there is no such key${meant ? `; did you mean ${meant}?` : ''}`,
      );
    }
  }
}

/** The settings of `QANTO_*` variables. An empty variable counts as unset. */
export function variableSettings(variables: NodeJS.ProcessEnv): Settings {
  const settings = new Map<string, Setting>();
  for (const key of configKeys) {
    const text = variables[key.variable];
    if (text) settings.set(key.key, { value: parseText(text, key), source: `variable ${key.variable}` });
  }
  return settings;
}

/**
 * A sentence for each variable with our prefix that means nothing here. Unlike a file, the environment is shared
 * with other programs and other versions of this one: not a reason to refuse to start.
 */
export function unknownVariables(variables: NodeJS.ProcessEnv): string[] {
  const known = new Set([...configKeys.map(({ variable }) => variable), ...OTHER_VARIABLES]);
  return Object.keys(variables)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && !known.has(name))
    .map((name) => {
      const meant = nearest(name, known);
      return `the variable ${name} (${describeValue(variables[name])}) is not one of ours and has no effect${meant ? `; did you mean ${meant}?` : ''}`;
    });
}

/** The settings of flags, by dotted key; text becomes what the key holds. */
export function flagSettings(flags: Readonly<Record<string, unknown>>): Settings {
  const settings = new Map<string, Setting>();
  for (const [name, value] of Object.entries(flags)) {
    const key = keysByName.get(name);
    if (!key) throw new TypeError(`no such key: ${name}`);
    if (value === undefined) continue;
    settings.set(name, {
      value: typeof value === 'string' ? parseText(value, key) : value,
      source: `flag ${key.flagName}`,
    });
  }
  return settings;
}

/** Text that is not what the key holds stays text, so that the refusal shows it as it was written. */
function parseText(text: string, { kind }: ConfigKey): unknown {
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (kind === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
