/** The q-quantile (0 to 1) of the values, by the nearest-rank method; NaN if there are no values. */
export function quantile(values: Iterable<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: Iterable<number>): number => quantile(values, 0.5);

/** The median of some values, and their spread. */
export interface Spread {
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

export function spread(values: readonly number[]): Spread {
  return { p10: quantile(values, 0.1), median: median(values), p90: quantile(values, 0.9) };
}

/**
 * The 99 % confidence interval of the median of the distribution that the values were drawn from, for any distribution. Its
 * ranks come from the normal approximation of the binomial distribution, rounded outwards.
 */
export function medianInterval(values: Iterable<number>): { readonly low: number; readonly high: number } {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, Math.floor((sorted.length - 2.576 * Math.sqrt(sorted.length)) / 2));
  return { low: sorted[rank - 1] ?? Number.NaN, high: sorted[sorted.length - rank] ?? Number.NaN };
}

/** The slope of the least-squares line through the points [x, y]. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let above = 0;
  let below = 0;
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below;
}

/** The slope of the least-squares line, and half the width of its 95 % confidence interval. */
export function slopeWithConfidence(points: readonly (readonly [x: number, y: number])[]): {
  readonly slope: number;
  readonly plusMinus: number;
} {
  const b = slope(points);
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const residuals = points.reduce((sum, [x, y]) => sum + (y - meanY - b * (x - meanX)) ** 2, 0);
  const scatter = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  // With many points, the 95 % quantile of Student's t-distribution is close to 2.
  return { slope: b, plusMinus: 2 * Math.sqrt(residuals / (count - 2) / scatter) };
}
