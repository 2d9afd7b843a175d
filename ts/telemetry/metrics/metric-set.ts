import type { Registry } from 'prom-client';
import { METRIC_NAMES, METRICS, type MetricDefinition, type MetricName } from './definitions.ts';
import { MetricsAlreadyRegisteredError } from './errors.ts';
import { promClient } from './prom-client.ts';
import type { Counter, Histogram, MetricsRegistry } from './registry.ts';

/** The labels of a series: values by the label names that the metric has in {@link METRICS}, in any order. */
export type Labels = Readonly<Record<string, string>>;
/** The value of one series of a metric. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}
export type Read = () => readonly Sample[];

/**
 * The metrics of the table on one registry. Values that can be read from their source are read at each scrape.
 */
export class MetricSet {
  readonly registry: MetricsRegistry;
  readonly #prometheus: typeof import('prom-client');
  readonly #reads = new Map<MetricName, Read>();

  /**
   * The default of `registry` is a new one. Throws `ERR_QANTO_METRICS_ALREADY_REGISTERED` if the registry
   * already holds one of the metrics, and `ERR_QANTO_MISSING_PACKAGE` if `prom-client` is not installed.
   */
  constructor(registry: MetricsRegistry | undefined) {
    this.#prometheus = promClient();
    this.registry = registry ?? new this.#prometheus.Registry();
    const taken = METRIC_NAMES.find((name) => this.registry.getSingleMetric(name));
    if (taken !== undefined) {
      throw new MetricsAlreadyRegisteredError(taken);
    }
  }

  counter(name: MetricName): Counter {
    return new this.#prometheus.Counter(this.#options(name));
  }

  histogram(name: MetricName): Histogram {
    return new this.#prometheus.Histogram(this.#options(name));
  }

  /** A counter or gauge whose value is read at each scrape, and by {@link value}. */
  sampled(name: MetricName, read: Read): void {
    this.#reads.set(name, read);
    this.#collected(name, read);
  }

  /** A counter or gauge whose value is read asynchronously at each scrape. */
  sampledLater(name: MetricName, read: () => Promise<readonly Sample[]>): void {
    this.#collected(name, read);
  }

  /** The current value of a sampled metric. Undefined if there is no such series. */
  value(name: MetricName, labels: Labels = {}): number | undefined {
    const samples = this.#reads.get(name)?.() ?? [];
    return samples.find((sample) => sameLabels(sample.labels ?? {}, labels))?.value;
  }

  /** Removes the metrics from the registry. */
  remove(): void {
    for (const name of METRIC_NAMES) this.registry.removeSingleMetric(name);
  }

  #collected(name: MetricName, read: () => readonly Sample[] | Promise<readonly Sample[]>): void {
    const { Counter, Gauge } = this.#prometheus;
    const fill = async () => {
      const samples = await read();
      metric.reset();
      // reset() gives a metric without labels a series with the value 0, which would be wrong if the value is unknown.
      if (METRICS[name].labels.length === 0) metric.remove();
      for (const { labels = {}, value } of samples) {
        if (metric instanceof Counter) metric.inc(labels, value);
        else metric.set(labels, value);
      }
    };
    const options = { ...this.#options(name), collect: fill };
    const metric = METRICS[name].type === 'counter' ? new Counter(options) : new Gauge(options);
  }

  #options(name: MetricName) {
    const { help, labels, buckets }: MetricDefinition = METRICS[name];
    return {
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry as Registry],
      ...(buckets && { buckets: [...buckets] }),
    };
  }
}

/**
 * A state as samples: one series for each possible value, which is 1 for the current value and 0 for all
 * others.
 */
export function oneHot(label: string, values: readonly string[], held: string): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: value === held ? 1 : 0 }));
}

function sameLabels(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
