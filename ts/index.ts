/** The public API of qanto. `qanto/dag` holds the consensus engine on its own, `qanto/testing` the test helpers. */
export * from './dag/index.ts';
export * from './environment.ts';
export * from './errors.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export * from './miner/index.ts';
export * from './node/index.ts';
export * from './pow/index.ts';
