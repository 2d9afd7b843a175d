import type { Figure } from './check.ts';
import { median, quantile, spread } from './statistics.ts';

/** A figure with the median of the samples, and their spread. */
export function middle(name: string, unit: string, samples: readonly number[]): Figure {
  const { p10, median, p90 } = spread(samples);
  return { name, unit, samples: samples.length, values: { median, p10, p90 } };
}

/** A figure with the upper quantiles of the samples. */
export function tail(name: string, unit: string, samples: readonly number[]): Figure {
  return {
    name,
    unit,
    samples: samples.length,
    values: {
      p50: median(samples),
      p90: quantile(samples, 0.9),
      p99: quantile(samples, 0.99),
      max: quantile(samples, 1),
    },
  };
}
