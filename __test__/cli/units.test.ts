import { expect, test } from '@jest/globals';
import { counted, difficultyText, duration, withPrefix } from '../../ts/cli/units.ts';

test.each([
  [0, '0 H/s'],
  [7, '7 H/s'],
  [12.345, '12.3 H/s'],
  [999, '999 H/s'],
  [1000, '1.00 kH/s'],
  [999_600, '1.00 MH/s'],
  [12_345_678, '12.3 MH/s'],
  [5e9, '5.00 GH/s'],
])('A rate of %d hashes per second is formatted as %s', (value, text) => {
  expect(withPrefix(value, 'H/s')).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [440, '0.4 s'],
  [12_000, '12 s'],
  [59_600, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [2 * 3_600_000 + 7 * 60_000, '2 h 07 min'],
  [4 * 86_400_000 + 3 * 3_600_000, '4 d 03 h'],
])('A duration of %d ms is formatted as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('Counts have thousands separators', () => {
  expect(counted(1_234_567)).toBe('1,234,567');
});

test('Difficulties have three significant digits, whether they are far below or far above 1', () => {
  expect(difficultyText(0.0000152590219)).toBe('0.0000153');
  expect(difficultyText(14.3333)).toBe('14.3');
  expect(difficultyText(126_411_437_451_912)).toBe('126 T');
});
