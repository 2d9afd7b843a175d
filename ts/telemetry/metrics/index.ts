/** Prometheus metrics of the solver, a DAG, a miner and a Stratum server. */
export type { WatchedDag } from './dag.ts';
export { METRIC_NAMES, METRICS, type MetricDefinition, type MetricName } from './definitions.ts';
export { MetricsAlreadyRegisteredError } from './errors.ts';
export type { Labels } from './metric-set.ts';
export { Metrics, type MetricsOptions } from './metrics.ts';
export type { WatchedMiner } from './miner.ts';
export type { MetricsRegistry } from './registry.ts';
export type { WatchedRpc } from './rpc.ts';
export type { WatchedStratum } from './stratum.ts';
