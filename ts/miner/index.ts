/** Mining on a DAG: template, search, submit. */
export { type BackoffOptions, DEFAULT_BACKOFF } from './backoff.ts';
export { type CircuitOptions, type CircuitState, DEFAULT_CIRCUIT } from './circuit-breaker.ts';
export {
  type CheckedMinerConfig,
  checkMinerConfig,
  type MinerConfig,
  type MinerConfigContext,
} from './config.ts';
export { NotAcceptedError } from './errors.ts';
export type * from './events.ts';
export { type MinableDag, Miner, type MinerOptions } from './miner.ts';
export { systemTimers, type Timers } from './timers.ts';
