/**
 * Mining on a DAG: the miner builds a template, searches it, submits the block, and repeats.
 *
 * @module qanto/miner
 */
export { InvalidArgumentError, QantoError, UnsupportedError } from '../errors.ts';
export { type BackoffOptions, DEFAULT_BACKOFF } from './backoff.ts';
export { type CircuitOptions, type CircuitState, DEFAULT_CIRCUIT } from './circuit-breaker.ts';
export type { MinerConfig } from './config.ts';
export { NotAcceptedError } from './errors.ts';
export type * from './events.ts';
export { type MinableDag, Miner, type MinerOptions } from './miner.ts';
export type { Timers } from './timers.ts';
