import { type Fields, refuseUnknown, requireMethods, requireObject } from '../../check-arguments.ts';
import { droppedTelemetry as droppedRecords } from '../../tracing/index.ts';
import { version } from '../../version.ts';
import { type WatchedDag, watchDag } from './dag.ts';
import type { MetricName } from './definitions.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { type Labels, MetricSet } from './metric-set.ts';
import { type WatchedMiner, watchMiner } from './miner.ts';
import type { MetricsRegistry } from './registry.ts';
import { watchSolver } from './solver.ts';

/** What is measured, and where it is registered. */
export interface MetricsOptions {
  /** The host's own registry, to serve our metrics with the host's; default a new one. */
  readonly registry?: MetricsRegistry;
  /** The DAG of the `qanto_dag_*` and `qanto_store_*` metrics. Default: none, and no such metrics. */
  readonly dag?: WatchedDag;
  /** The miner of the `qanto_miner_*` metrics. Default: none, and no such metrics. */
  readonly miner?: WatchedMiner;
  /** Spans and events that telemetry had to drop so far. Default: those of Rust that were lost in this thread. */
  readonly droppedTelemetry?: () => number;
}

const OPTION_FIELDS: Fields<MetricsOptions> = {
  registry: true,
  dag: true,
  miner: true,
  droppedTelemetry: true,
};
const REGISTRY_METHODS = ['getSingleMetric', 'metrics', 'registerMetric', 'removeSingleMetric'] as const;
const DAG_METHODS = ['getView', 'info', 'off', 'on', 'storeUsage'] as const;
const MINER_METHODS = ['off', 'on', 'status'] as const;

/**
 * What a DAG, a miner and the solver say of themselves, as Prometheus metrics: docs/metrics.md lists them. The solver's
 * are there without a DAG or a miner. Holds no process.
 */
export class Metrics {
  /** The registry the metrics are on: the host's, when it gave one. */
  readonly registry: MetricsRegistry;
  readonly #set: MetricSet;
  readonly #stops: (() => void)[];

  /**
   * Throws `ERR_QANTO_METRICS_ALREADY_REGISTERED` when the registry holds such metrics already, `ERR_QANTO_INVALID_ARGUMENT` for what is
   * no registry, DAG or miner, and `ERR_QANTO_MISSING_PACKAGE` when `prom-client` is not installed.
   */
  constructor(options: MetricsOptions = {}) {
    requireObject('options', options);
    refuseUnknown('options', options, OPTION_FIELDS);
    const { dag, miner, droppedTelemetry = droppedRecords } = options;
    if (options.registry !== undefined) {
      requireMethods('options.registry', options.registry, REGISTRY_METHODS);
    }
    if (dag !== undefined) requireMethods('options.dag', dag, DAG_METHODS);
    if (miner !== undefined) requireMethods('options.miner', miner, MINER_METHODS);
    const set = new MetricSet(options.registry);
    this.registry = set.registry;
    this.#set = set;
    const network = dag?.network.name ?? '';
    set.sampled('qanto_info', () => [{ labels: { version, network }, value: 1 }]);
    set.sampled('qanto_telemetry_dropped_total', () => [{ value: droppedTelemetry() }]);

    const delay = new EventLoopDelay();
    set.sampled('qanto_event_loop_delay_seconds', () => [
      { labels: { statistic: 'p50' }, value: delay.seconds(0.5) },
      { labels: { statistic: 'p99' }, value: delay.seconds(0.99) },
      { labels: { statistic: 'max' }, value: delay.seconds(1) },
    ]);
    this.#stops = [() => delay.stop(), watchSolver(set)];
    if (dag) this.#stops.push(watchDag(set, dag));
    if (miner) this.#stops.push(watchMiner(set, miner));
  }

  /**
   * A counter or gauge now, as the next scrape would show it. Undefined when there is no such series, and for what is
   * not kept for asking: histograms, counters of events such as `qanto_solves_total`, the sizes of the store.
   */
  value(name: MetricName, labels?: Labels): number | undefined {
    return this.#set.value(name, labels);
  }

  /** Everything on the registry in Prometheus' text format. */
  async scrape(): Promise<{
    /** What to send as `Content-Type`. */
    readonly contentType: string;
    /** The host's own metrics too, when the registry is the host's. */
    readonly text: string;
  }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  /** Stops watching and takes our metrics off the registry. May be called again. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#set.remove();
  }
}
