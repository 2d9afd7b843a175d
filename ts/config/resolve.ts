import path from 'node:path';
import { ConfigError } from './errors.ts';
import { configKeys } from './keys.ts';
import { type Config, configSchema } from './schema.ts';
import {
  DEFAULT_FILE,
  defaultSettings,
  FILE_VARIABLE,
  fileSettings,
  flagSettings,
  type Setting,
  type Settings,
  unknownVariables,
  variableSettings,
} from './sources.ts';

export interface ConfigSources {
  /**
   * Path of a configuration file, which must exist, or false for no file. Default: the file that `QANTO_CONFIG` names,
   * otherwise `qanto.config.json` if it exists. It must be a regular file of at most 1 MiB, in UTF-8.
   */
  readonly file?: string | false | undefined;
  /** Default: `process.env`. */
  readonly variables?: NodeJS.ProcessEnv;
  /** By dotted key, such as `{ 'miner.threads': 2 }`. Text is parsed; undefined means that the flag is not set. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Base of relative paths. Default: the current directory. */
  readonly cwd?: string;
}

export interface ResolvedConfig {
  /** Deeply frozen. */
  readonly config: Config;
  /** The source of each dotted key: `default`, `file PATH`, `variable NAME` or `flag --NAME`. */
  readonly origins: ReadonlyMap<string, string>;
  /**
   * Warnings for the log, about variables with the prefix `QANTO_` that do not exist and about secrets in flags. They do not
   * contain values.
   */
  readonly warnings: readonly string[];
}

/**
 * Resolves the configuration: the file overrides the defaults, `QANTO_*` variables override the file, and flags override
 * variables. Rejects with `ERR_QANTO_INVALID_CONFIG`, which names the key, the value, its source and what is expected.
 */
export async function resolveConfig(sources: ConfigSources = {}): Promise<ResolvedConfig> {
  const { variables = process.env, flags = {}, cwd = currentDirectory() } = sources;
  const layers: Settings[] = [
    defaultSettings(),
    ...(await fileLayer(sources.file, variables, cwd)),
    variableSettings(variables),
    flagSettings(flags),
  ];
  const settings = new Map(layers.flatMap((layer) => [...layer]));
  const values = nest([...settings].map(([key, { value, source }]) => [key, checked(key, value, source)]));
  const config = configSchema.parse(values);
  checkBackoffOrder(config.miner.backoff, settings);
  return {
    config: deepFreeze({
      ...config,
      dataDir: path.resolve(cwd, config.dataDir ?? path.join('.qanto', config.network)),
    }),
    origins: new Map([...settings].map(([key, { source }]) => [key, source])),
    warnings: [...unknownVariables(variables), ...visibleSecrets(settings)],
  };
}

/** Warnings about secrets that other users of the machine can see in the list of processes. */
function visibleSecrets(settings: Settings): string[] {
  const given = configKeys.filter(
    ({ key, isSecret, flagName }) => isSecret && settings.get(key)?.source === `flag ${flagName}`,
  );
  return given.map(
    ({ flagName, variable }) =>
      `other users of this machine can see the value of ${flagName}; use the variable ${variable} or the configuration file`,
  );
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    const problem = `the current directory, the base of relative paths, no longer exists (${(error as Error).message}); change to another directory`;
    throw new ConfigError('dataDir', undefined, 'default', problem);
  }
}

async function fileLayer(
  file: string | false | undefined,
  variables: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Settings[]> {
  if (file === false) return [];
  const named = variables[FILE_VARIABLE];
  const settings =
    file !== undefined
      ? await fileSettings(path.resolve(cwd, file), 'flag --config')
      : named
        ? await fileSettings(path.resolve(cwd, named), `variable ${FILE_VARIABLE}`)
        : await fileSettings(path.resolve(cwd, DEFAULT_FILE), 'default', { optional: true });
  return settings ? [settings] : [];
}

function checked(key: string, value: unknown, source: string): unknown {
  const { schema, expected, isSecret } = configKeys.find((candidate) => candidate.key === key)!;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // For a list, show the first value that is wrong.
  const [index] = result.error.issues[0]!.path;
  const wrong = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  throw new ConfigError(key, isSecret ? undefined : wrong, source, `must be ${expected}`);
}

function checkBackoffOrder(
  backoff: Config['miner']['backoff'],
  settings: ReadonlyMap<string, Setting>,
): void {
  const { initialMs, maxMs } = backoff;
  if (initialMs <= maxMs) return;
  const [initial, max] = [settings.get('miner.backoff.initialMs')!, settings.get('miner.backoff.maxMs')!];
  // The error names the value that was set, not the default that it conflicts with.
  if (max.source === 'default') {
    const expected = `must be at most miner.backoff.maxMs = ${maxMs} (from ${max.source})`;
    throw new ConfigError('miner.backoff.initialMs', initialMs, initial.source, expected);
  }
  const expected = `must be at least miner.backoff.initialMs = ${initialMs} (from ${initial.source})`;
  throw new ConfigError('miner.backoff.maxMs', maxMs, max.source, expected);
}

type Nested = { [name: string]: unknown };

/** Converts values by dotted key to nested objects. */
function nest(entries: readonly (readonly [string, unknown])[]): Nested {
  const root: Nested = {};
  for (const [key, value] of entries) {
    const parts = key.split('.');
    const name = parts.pop()!;
    const section = parts.reduce<Nested>((parent, part) => {
      parent[part] ??= {};
      return parent[part] as Nested;
    }, root);
    section[name] = value;
  }
  return root;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
