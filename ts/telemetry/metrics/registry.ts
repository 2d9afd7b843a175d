/**
 * What we ask of `prom-client`, in types of our own: the declarations of the package must hold where it is not installed.
 */
import type { Labels } from './metric-set.ts';

/** What is asked of a registry; one of `prom-client` is one. */
export interface MetricsRegistry {
  /** What {@link MetricsRegistry.metrics | the text} is sent as. */
  readonly contentType: string;
  /** Everything on it in Prometheus' text format. */
  metrics(): Promise<string>;
  /** The metric of that name; undefined when there is none. */
  getSingleMetric(name: string): unknown;
  /** Takes in a metric of `prom-client`. */
  registerMetric(metric: never): void;
  /** Takes the metric of that name off. */
  removeSingleMetric(name: string): void;
}

/** A counter of `prom-client`. */
export interface Counter {
  inc(value?: number): void;
  inc(labels: Labels, value?: number): void;
  /** One series of it. */
  labels(labels: Labels): {
    inc(value?: number): void;
  };
}

/** A histogram of `prom-client`. */
export interface Histogram {
  observe(value: number): void;
  /** One series of it. */
  labels(labels: Labels): {
    observe(value: number): void;
  };
}
