import { type Fields, refuseUnknown, requireMethods, requireObject } from '../../check-arguments.ts';
import { droppedTelemetry as droppedRecords } from '../../tracing/index.ts';
import { version } from '../../version.ts';
import { type WatchedDag, watchDag } from './dag.ts';
import type { MetricName } from './definitions.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { watchGates } from './gate.ts';
import { type Labels, MetricSet } from './metric-set.ts';
import { type WatchedMiner, watchMiner } from './miner.ts';
import type { MetricsRegistry } from './registry.ts';
import { type WatchedRpc, watchRpc } from './rpc.ts';
import { watchSolver } from './solver.ts';
import { type WatchedStratum, watchStratum } from './stratum.ts';

/** The options of {@link Metrics}. */
export interface MetricsOptions {
  /** The registry, for example that of the host. Default: a new one. */
  readonly registry?: MetricsRegistry;
  /**
   * The DAG of the metrics `qanto_dag_*` and `qanto_store_*`. Without a DAG, there are no such metrics.
   * Default: none.
   */
  readonly dag?: WatchedDag;
  /** The miner of the metrics `qanto_miner_*`. Without a miner, there are no such metrics. Default: none. */
  readonly miner?: WatchedMiner;
  /** The server of the metrics `qanto_stratum_*`. Without a server, there are no such metrics. Default: none. */
  readonly stratum?: WatchedStratum;
  /** The server of the metrics `qanto_rpc_*`. Without one, there are no such metrics. Default: none. */
  readonly rpc?: WatchedRpc;
  /**
   * Returns the number of spans and events that were dropped so far. Default: `droppedTelemetry` of this
   * module.
   */
  readonly droppedTelemetry?: () => number;
}

const OPTION_FIELDS: Fields<MetricsOptions> = {
  registry: true,
  dag: true,
  miner: true,
  stratum: true,
  rpc: true,
  droppedTelemetry: true,
};
const REGISTRY_METHODS = ['getSingleMetric', 'metrics', 'registerMetric', 'removeSingleMetric'] as const;
const DAG_METHODS = ['getView', 'info', 'off', 'on', 'storeUsage'] as const;
const STRATUM_METHODS = ['totals', 'workerSeries'] as const;
const MINER_METHODS = ['off', 'on', 'status'] as const;

/**
 * Prometheus metrics of the solver, of gates, a DAG, a miner and a Stratum server. docs/metrics.md lists them. The metrics of the solver and of
 * gates need neither a DAG nor a miner. An open `Metrics` does not keep the process alive.
 */
export class Metrics {
  /** The registry that holds the metrics: the option `registry`, else a new one. */
  readonly registry: MetricsRegistry;
  readonly #set: MetricSet;
  readonly #stops: (() => void)[];

  /**
   * Registers the metrics. Throws `ERR_QANTO_METRICS_ALREADY_REGISTERED` if the registry already holds metrics
   * of qanto, `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid, and `ERR_QANTO_MISSING_PACKAGE` if
   * `prom-client` is not installed.
   */
  constructor(options: MetricsOptions = {}) {
    requireObject('options', options);
    refuseUnknown('options', options, OPTION_FIELDS);
    const { dag, miner, stratum, rpc, droppedTelemetry = droppedRecords } = options;
    if (options.registry !== undefined) {
      requireMethods('options.registry', options.registry, REGISTRY_METHODS);
    }
    if (dag !== undefined) requireMethods('options.dag', dag, DAG_METHODS);
    if (miner !== undefined) requireMethods('options.miner', miner, MINER_METHODS);
    if (stratum !== undefined) requireMethods('options.stratum', stratum, STRATUM_METHODS);
    if (rpc !== undefined) requireObject('options.rpc', rpc);
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
    this.#stops = [() => delay.stop(), watchSolver(set), watchGates(set)];
    if (dag) this.#stops.push(watchDag(set, dag));
    if (miner) this.#stops.push(watchMiner(set, miner));
    if (stratum) this.#stops.push(watchStratum(set, stratum));
    if (rpc) watchRpc(set, rpc);
  }

  /**
   * The current value of a counter or gauge, as the next scrape would return it. Undefined if there is no such
   * series. Also undefined for histograms, for counters of events such as `qanto_solves_total`, and for the
   * sizes of the store.
   */
  value(name: MetricName, labels?: Labels): number | undefined {
    return this.#set.value(name, labels);
  }

  /** Returns all metrics of the registry in Prometheus' text format. */
  async scrape(): Promise<{
    /** The value of the header `Content-Type`. */
    readonly contentType: string;
    /** The metrics, including those that others have registered. */
    readonly text: string;
  }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  /** Removes the metrics from the registry and releases the DAG and the miner. Further calls have no effect. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#set.remove();
  }
}
