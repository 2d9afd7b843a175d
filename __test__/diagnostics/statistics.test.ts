import { expect, test } from '@jest/globals';
import {
  median,
  medianInterval,
  quantile,
  slope,
  slopeWithConfidence,
  spread,
} from '../../ts/diagnostics/statistics.ts';

test('A quantile is the value at the nearest rank, in any order of the values', () => {
  const values = [50, 10, 40, 20, 30];
  expect([0, 0.1, 0.5, 0.8, 0.81, 1].map((q) => quantile(values, q))).toEqual([10, 10, 30, 40, 50, 50]);
});

test('The quantile of no values is NaN', () => {
  expect(median([])).toBeNaN();
});

test('A spread is the median with the 10th and the 90th percentile', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(spread(values)).toEqual({ p10: 10, median: 50, p90: 90 });
});

test('The interval of a median equals that in tables of the sign test', () => {
  const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);
  expect(medianInterval(upTo(100))).toEqual({ low: 37, high: 64 });
  expect(medianInterval([3, 1, 2])).toEqual({ low: 1, high: 3 });
});

test('The slope of points near a line is that of the line', () => {
  expect(
    slope([
      [0, 1.1],
      [1, 2.9],
      [2, 5.1],
      [3, 6.9],
    ]),
  ).toBeCloseTo(1.96, 10);
});

test('The confidence interval of a slope equals that of a computed example', () => {
  // y = 2.2 + 0.6 x with a residual sum of squares of 2.4: the standard error is sqrt(2.4 / 3 / 10).
  const points = [2, 4, 5, 4, 5].map((y, index) => [index + 1, y] as const);
  const { slope, plusMinus } = slopeWithConfidence(points);
  expect(slope).toBeCloseTo(0.6);
  expect(plusMinus).toBeCloseTo(2 * Math.sqrt(2.4 / 3 / 10));
});

test('The confidence interval of a slope is empty if all points are on a line', () => {
  const { plusMinus } = slopeWithConfidence(Array.from({ length: 9 }, (_, x) => [x, 3 * x + 1] as const));
  expect(plusMinus).toBeCloseTo(0);
});
