import { expect, test } from '@jest/globals';
import { median, quantile, slope, spread } from '../../ts/diagnostics/statistics.ts';

test('a quantile is the value at the nearest rank, in any order of the values', () => {
  const values = [50, 10, 40, 20, 30];
  expect([0, 0.1, 0.5, 0.8, 0.81, 1].map((q) => quantile(values, q))).toEqual([10, 10, 30, 40, 50, 50]);
});

test('of no values there is no quantile', () => {
  expect(median([])).toBeNaN();
});

test('a spread is the median with the tenth and the ninetieth percentile', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(spread(values)).toEqual({ p10: 10, median: 50, p90: 90 });
});

test('the slope of points near a line is that of the line', () => {
  expect(
    slope([
      [0, 1.1],
      [1, 2.9],
      [2, 5.1],
      [3, 6.9],
    ]),
  ).toBeCloseTo(1.96, 10);
});
