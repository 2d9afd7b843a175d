/**
 * Proof of work, a DAG, a miner on it, and a node of both. `qanto/dag` is the DAG without the rest, `qanto/telemetry`
 * what a host sees of all of it at work, `qanto/testing` the test helpers.
 *
 * @module qanto
 */
export * from './dag/index.ts';
export {
  AbortError,
  ExpectedWorkError,
  HashBudgetSpentError,
  InternalPanicError,
  InvalidArgumentError,
  NativeUnavailableError,
  NonceSpaceExhaustedError,
  QantoError,
  QueueFullError,
  type SearchEffort,
  SearchEndedError,
  ThreadsUnavailableError,
  TimedOutError,
  TraceFilterError,
  UnsupportedError,
} from './errors.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export * from './miner/index.ts';
export * from './node/index.ts';
export * from './pow/index.ts';
export { MetricsAlreadyRegisteredError } from './telemetry/metrics/index.ts';
