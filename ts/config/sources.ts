/**
 * The sources of configuration values. Each source yields settings by dotted key. A source checks only what it alone can
 * check: that a file is readable, that a key exists, that text is a number. The schema checks the rest.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { nearest, shownName } from 'qanto/internal';
import { ConfigError } from './errors.ts';
import { type ConfigKey, configKeys, sectionKeys, VARIABLE_PREFIX } from './keys.ts';
import { readTextFile } from './text-file.ts';

/** A value and its source, such as `flag --threads`. */
export interface Setting {
  readonly value: unknown;
  readonly source: string;
}

export type Settings = ReadonlyMap<string, Setting>;

export const DEFAULT_FILE = 'qanto.config.json';
export const FILE_VARIABLE = 'QANTO_CONFIG';
/** The maximum size of a configuration file. A file with every key and its documentation takes a hundredth of it. */
const MAX_FILE_BYTES = 2 ** 20;
/** The maximum number of unknown variables that are named. An environment may have any number of them. */
const MAX_NAMED_VARIABLES = 10;

/** Variables with the prefix `QANTO_` that are not configuration keys. */
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
 * The settings of a file: a regular file of at most 1 MiB, with JSON that may have comments and trailing commas. Paths in the
 * file are relative to it. `namedBy` is the source of the file's own path. Rejects with `ERR_QANTO_INVALID_CONFIG`. Resolves to
 * undefined if the file does not exist and is `optional`.
 */
export async function fileSettings(
  file: string,
  namedBy: string,
  { optional = false } = {},
): Promise<Settings | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await withoutComments(readTextFile(file, MAX_FILE_BYTES)));
  } catch (error) {
    // A file in a directory that the user may not enter does not exist for this user.
    if (optional && !existsSync(file)) return undefined;
    const problem = error instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read';
    throw new ConfigError('config', file, namedBy, `the file ${problem}: ${(error as Error).message}`);
  }
  const source = `file ${file}`;
  const settings = new Map<string, Setting>();
  collect(content, '', source, settings);
  for (const { key, isPath } of configKeys) {
    const value = settings.get(key)?.value;
    if (isPath && typeof value === 'string' && value !== '') {
      settings.set(key, { value: path.resolve(path.dirname(file), value), source });
    }
  }
  return settings;
}

/** Replaces comments by spaces, so that positions in errors are those of the file. */
async function withoutComments(text: string): Promise<string> {
  // strip-json-comments is an ES module, which the compiled CommonJS can only import.
  const { default: stripJsonComments } = await import('strip-json-comments');
  return stripJsonComments(text, { trailingCommas: true });
}

function collect(section: unknown, prefix: string, source: string, settings: Map<string, Setting>): void {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) {
    throw new ConfigError(prefix || 'config', section, source, 'must be a JSON object');
  }
  for (const [name, value] of Object.entries(section)) {
    const key = prefix ? `${prefix}.${name}` : name;
    if (sectionKeys.has(key)) {
      collect(value, key, source, settings);
    } else if (keysByName.has(key)) {
      settings.set(key, { value, source });
    } else {
      const meant = nearest(key, [...keysByName.keys(), ...sectionKeys]);
      const problem = `this key does not exist${meant ? `; did you mean ${meant}?` : ''}`;
      throw new ConfigError(key, undefined, source, problem);
    }
  }
}

/** The settings of `QANTO_*` variables. An empty variable counts as not set. */
export function variableSettings(variables: NodeJS.ProcessEnv): Settings {
  const settings = new Map<string, Setting>();
  for (const key of configKeys) {
    const text = variables[key.variable];
    if (text) addText(settings, key, text, `variable ${key.variable}`);
  }
  return settings;
}

/**
 * Warnings about variables that have the prefix `QANTO_` but do not exist. This is not an error, as it is in a file, because the
 * environment is shared with other programs and other versions of this one. The value of such a variable may be a secret, so it
 * is not shown.
 */
export function unknownVariables(variables: NodeJS.ProcessEnv): string[] {
  const known = new Set([...configKeys.map(({ variable }) => variable), ...OTHER_VARIABLES]);
  const unknown = Object.keys(variables).filter(
    (name) => name.startsWith(VARIABLE_PREFIX) && !known.has(name),
  );
  const warnings = unknown.slice(0, MAX_NAMED_VARIABLES).map((name) => {
    const meant = nearest(name, known);
    return `the variable ${shownName(name)} is unknown and has no effect${meant ? `; did you mean ${meant}?` : ''}`;
  });
  const others = unknown.length - warnings.length;
  if (others > 0)
    warnings.push(`the number of further unknown variables with the prefix ${VARIABLE_PREFIX} is ${others}`);
  return warnings;
}

/** The settings of flags by dotted key. Text is parsed. */
export function flagSettings(flags: Readonly<Record<string, unknown>>): Settings {
  const settings = new Map<string, Setting>();
  for (const [name, value] of Object.entries(flags)) {
    const key = keysByName.get(name);
    if (!key) throw new TypeError(`the key ${name} does not exist`);
    if (value === undefined) continue;
    const source = `flag ${key.flagName}`;
    if (typeof value === 'string') addText(settings, key, value, source);
    else settings.set(name, { value, source });
  }
  return settings;
}

/** Adds the value of a flag or a variable. */
function addText(settings: Map<string, Setting>, key: ConfigKey, text: string, source: string): void {
  const address = key.kind === 'listener' ? addressIn(text) : undefined;
  if (address === undefined) {
    settings.set(key.key, { value: parseText(text, key), source });
    return;
  }
  const section = key.key.slice(0, key.key.lastIndexOf('.'));
  const values = { [key.key]: true, [`${section}.host`]: address.host, [`${section}.port`]: address.port };
  for (const [name, value] of Object.entries(values)) settings.set(name, { value, source });
}

/** The address in `HOST:PORT` or `[IPv6]:PORT`. */
function addressIn(text: string): { host: string; port: number } | undefined {
  const [, name, ipv6, port] = /^(?:([\w.-]+)|\[([\da-f:.]+)\]):(\d{1,5})$/i.exec(text) ?? [];
  const host = name ?? ipv6;
  return host === undefined ? undefined : { host, port: Number(port) };
}

/** Parses text. Text that is not a number or a boolean stays text, so that the error shows it as written. */
function parseText(text: string, { kind }: ConfigKey): unknown {
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if ((kind === 'boolean' || kind === 'listener') && /^(true|false)$/.test(text)) return text === 'true';
  if (kind === 'list') {
    const values = text.split(',').map((value) => value.trim());
    return values.filter((value) => value !== '');
  }
  return text;
}
