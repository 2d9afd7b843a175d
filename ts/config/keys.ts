import { z } from 'zod';
import { configSchema, type KeyMeta, keyMeta } from './schema.ts';

/** One leaf of the configuration, with all of its names. */
export interface ConfigKey extends KeyMeta {
  /** Dotted, such as `miner.solveTimeoutMs`. */
  readonly key: string;
  /** Such as `QANTO_MINER_SOLVE_TIMEOUT_MS`. */
  readonly variable: string;
  /** The flag alone, such as `--solve-timeout-ms`. */
  readonly flagName: string;
  readonly schema: z.ZodType;
  /** For a key that takes one of a fixed set of values: these values as text. */
  readonly choices?: readonly string[];
}

export const VARIABLE_PREFIX = 'QANTO_';

/** All leaves, in the order of the schema. */
export const configKeys: readonly ConfigKey[] = leavesOf(configSchema, []);

/** The dotted names of the sections, such as `miner` and `miner.backoff`. */
export const sectionKeys: ReadonlySet<string> = new Set(
  configKeys.flatMap(({ key }) => {
    const parts = key.split('.');
    return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('.'));
  }),
);

/** The value of a configuration, or of part of one, at a dotted key. */
export function valueAt(config: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((section, name) => (section as Record<string, unknown>)[name], config);
}

function leavesOf(section: z.ZodObject, path: readonly string[]): ConfigKey[] {
  return Object.entries(section.shape).flatMap(([name, schema]) => {
    const keyPath = [...path, name];
    if (schema instanceof z.ZodObject) return leavesOf(schema, keyPath);
    const leaf = schema as z.ZodType;
    const choices = choicesOf(leaf);
    const meta = keyMeta.get(leaf);
    if (!meta) throw new TypeError(`the schema has no metadata for ${keyPath.join('.')}`);
    return [
      {
        ...meta,
        key: keyPath.join('.'),
        variable: VARIABLE_PREFIX + keyPath.map(screamingSnakeCase).join('_'),
        flagName: meta.flag.split(' ')[0]!,
        schema: leaf,
        ...(choices && { choices }),
      },
    ];
  });
}

function choicesOf(leaf: z.ZodType): readonly string[] | undefined {
  if (leaf instanceof z.ZodOptional) return choicesOf(leaf.unwrap() as z.ZodType);
  if (leaf instanceof z.ZodBoolean) return ['true', 'false'];
  return leaf instanceof z.ZodEnum ? leaf.options.map(String) : undefined;
}

function screamingSnakeCase(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}
