import type { Registry } from 'prom-client';
import { METRIC_NAMES, METRICS, type MetricDefinition, type MetricName } from './definitions.ts';
import { MetricsAlreadyRegisteredError } from './errors.ts';
import { promClient } from './prom-client.ts';
import type { Counter, Histogram, MetricsRegistry } from './registry.ts';

/** A series' labels by name, those its metric has in {@link METRICS}. The order does not matter. */
export type Labels = Readonly<Record<string, string>>;
/** One series of a metric. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}
export type Read = () => readonly Sample[];

/** The metrics of the table on one registry. What can be asked for is asked for when somebody looks, not kept. */
export class MetricSet {
  readonly registry: MetricsRegistry;
  readonly #prometheus: typeof import('prom-client');
  readonly #reads = new Map<MetricName, Read>();

  /**
   * On a registry of its own when none is given. Throws `ERR_QANTO_METRICS_ALREADY_REGISTERED` when the registry has one of them,
   * and `ERR_QANTO_MISSING_PACKAGE` when `prom-client` is not installed.
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

  /** The same for a value that takes a while. */
  sampledLater(name: MetricName, read: () => Promise<readonly Sample[]>): void {
    this.#collected(name, read);
  }

  /** A sampled metric now; undefined when there is no such series. */
  value(name: MetricName, labels: Labels = {}): number | undefined {
    const samples = this.#reads.get(name)?.() ?? [];
    return samples.find((sample) => sameLabels(sample.labels ?? {}, labels))?.value;
  }

  /** Takes the metrics off the registry. */
  remove(): void {
    for (const name of METRIC_NAMES) this.registry.removeSingleMetric(name);
  }

  #collected(name: MetricName, read: () => readonly Sample[] | Promise<readonly Sample[]>): void {
    const { Counter, Gauge } = this.#prometheus;
    const fill = async () => {
      const samples = await read();
      metric.reset();
      // Without labels there would be a series that says 0 where nothing is known.
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

/** One series a value, 1 for the one that holds: how a state is told. */
export function oneHot(label: string, values: readonly string[], held: string): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: value === held ? 1 : 0 }));
}

function sameLabels(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
