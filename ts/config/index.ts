/** Configuration: one schema; defaults, file, environment and flags. */
export { type ConfigKey, configKeys } from './keys.ts';
export { type ConfigSources, type ResolvedConfig, resolveConfig } from './resolve.ts';
export { type Config, DEVNET_ADDRESS } from './schema.ts';
export { DEFAULT_FILE, FILE_VARIABLE } from './sources.ts';
