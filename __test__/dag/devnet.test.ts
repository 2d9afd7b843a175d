import { describe, expect, test } from '@jest/globals';
import { devnet } from '../../ts/dag/index.ts';
import { simulate } from './simulations.ts';

/** The result for one simulated machine. The fields after the first depend on the kind of row. */
interface Run {
  /** The time after which a block always takes between half and twice the target time. */
  readonly settledAfterMs: number;
  readonly inFirstMinute: number;
  readonly leastExpectedMs: number;
  readonly mostExpectedMs: number;
  readonly blocksPerSecond: number;
}

interface Row {
  readonly kind: 'start' | 'fall to 1/8' | 'fall to 1/100' | 'pause of a day';
  readonly hashesPerSecond: number;
  readonly runs: readonly Run[];
}

const SEEDS = 3;
const MINUTE_MS = 60_000;
const rows = simulate<Row>(devnet, '--start-up', '--seeds', String(SEEDS));

describe.each([1e6, 8e6, 60e6])('Devnet on a machine of %p hashes per second', (hashesPerSecond) => {
  function runsOf(kind: Row['kind']): readonly Run[] {
    const row = rows.find((one) => one.kind === kind && one.hashesPerSecond === hashesPerSecond);
    expect(row?.runs).toHaveLength(SEEDS);
    return row!.runs;
  }
  const longest = (runs: readonly Run[]) => Math.max(...runs.map(({ settledAfterMs }) => settledAfterMs));
  const mostInFirstMinute = (runs: readonly Run[]) =>
    Math.max(...runs.map(({ inFirstMinute }) => inFirstMinute));

  test('settles within one minute', () => {
    expect(longest(runsOf('start'))).toBeLessThan(MINUTE_MS);
  });

  test('mines fewer than 250 blocks in the first minute', () => {
    expect(mostInFirstMinute(runsOf('start'))).toBeLessThan(250);
  });

  test('mines one block per second for ten minutes from the second minute on', () => {
    for (const { leastExpectedMs, mostExpectedMs, blocksPerSecond } of runsOf('start')) {
      expect(leastExpectedMs).toBeGreaterThan(650);
      expect(mostExpectedMs).toBeLessThan(1400);
      expect(blocksPerSecond).toBeCloseTo(1, 1);
    }
  });

  test('settles again within 8 minutes after the hash rate fell to an eighth', () => {
    expect(longest(runsOf('fall to 1/8'))).toBeLessThan(8 * MINUTE_MS);
  });

  test('settles again within 20 minutes after the hash rate fell to a hundredth', () => {
    expect(longest(runsOf('fall to 1/100'))).toBeLessThan(20 * MINUTE_MS);
  });

  test('settles again within two minutes after a pause of a day, and mines fewer than 650 blocks in the first of them', () => {
    const runs = runsOf('pause of a day');
    expect(longest(runs)).toBeLessThan(2 * MINUTE_MS);
    expect(mostInFirstMinute(runs)).toBeLessThan(650);
  });
});
