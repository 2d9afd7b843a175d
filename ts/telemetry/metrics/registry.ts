/**
 * The parts of `prom-client` that qanto uses, as types of its own, so that the declarations of qanto compile without
 * `prom-client`.
 */
import type { Labels } from './metric-set.ts';

/** The parts of a registry that {@link Metrics} uses. A registry of `prom-client` satisfies it. */
export interface MetricsRegistry {
  /** The value of the header `Content-Type` for {@link MetricsRegistry.metrics | the text}. */
  readonly contentType: string;
  /** Returns all metrics of the registry in Prometheus' text format. */
  metrics(): Promise<string>;
  /** Returns the metric with this name. Undefined if there is none. */
  getSingleMetric(name: string): unknown;
  /** Adds a metric of `prom-client`. */
  registerMetric(metric: never): void;
  /** Removes the metric with this name. */
  removeSingleMetric(name: string): void;
}

/** A counter of `prom-client`. */
export interface Counter {
  inc(value?: number): void;
  inc(labels: Labels, value?: number): void;
  /** Returns one series of the metric. */
  labels(labels: Labels): {
    inc(value?: number): void;
  };
}

/** A histogram of `prom-client`. */
export interface Histogram {
  observe(value: number): void;
  /** Returns one series of the metric. */
  labels(labels: Labels): {
    observe(value: number): void;
  };
}
