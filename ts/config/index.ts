/** Configuration: the schema, and its resolution from defaults, a file, environment variables and flags. */
export { commentedConfig } from './commented.ts';
export { type ConfigKey, configKeys, valueAt } from './keys.ts';
export { type ConfigSources, type ResolvedConfig, resolveConfig } from './resolve.ts';
export { type Config, DEVNET_ADDRESS } from './schema.ts';
export { DEFAULT_FILE, FILE_VARIABLE } from './sources.ts';
export { decodeText, kindOf, OPEN_FLAGS } from './text-file.ts';
