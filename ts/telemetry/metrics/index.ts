/** Prometheus metrics of the solver, a DAG and a miner. */
export { METRIC_NAMES, METRICS, type MetricDefinition, type MetricName } from './definitions.ts';
export { Metrics, type MetricsOptions } from './metrics.ts';
