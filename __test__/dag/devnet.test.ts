import { describe, expect, test } from '@jest/globals';
import { DagEngine, devnet, type NetworkParams } from '../../ts/dag/index.ts';
import { workFromCompact } from '../../ts/pow/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** The time per block besides hashing: template, verification, disk. */
const OVERHEAD_MS = 4;

interface Mined {
  /** Time since mining began. */
  readonly atMs: number;
  /** The average time per block at the difficulty at which the block was mined. */
  readonly expectedMs: number;
}

interface Machine {
  readonly hashesPerSecond: number;
  readonly seed: number;
  readonly pause?: { readonly atMs: number; readonly lengthMs: number };
}

/**
 * Simulates a machine that mines alone. Search times have the exponential distribution of a search for a rare hash.
 * Timestamps are those of the templates, taken when a search begins.
 */
function mineFor(
  durationMs: number,
  network: NetworkParams,
  { hashesPerSecond, seed, pause }: Machine,
): Mined[] {
  const random = mulberry32(seed);
  const startMs = network.genesisTimestampMs + 200 * DAY_MS;
  const nameOf = (height: number) => height.toString(16).padStart(64, '0');
  const engine = new DagEngine(network, {
    hash: nameOf(0),
    parents: [],
    bits: network.genesisBits,
    timestampMs: network.genesisTimestampMs,
  });
  const mined: Mined[] = [];
  let hasPaused = false;
  for (let atMs = 0; atMs < durationMs; ) {
    if (pause && !hasPaused && atMs >= pause.atMs) {
      atMs += pause.lengthMs;
      hasPaused = true;
    }
    const parents = [nameOf(mined.length)];
    const preview = engine.preview(parents);
    const timestampMs = Math.max(startMs + Math.floor(atMs), preview.pastMedianTimeMs + 1);
    const expectedMs = (Number(workFromCompact(preview.expectedBits)) / hashesPerSecond) * 1000;
    atMs += OVERHEAD_MS - Math.log(1 - random()) * expectedMs;
    mined.push({ atMs, expectedMs });
    engine.add({ hash: nameOf(mined.length), parents, bits: preview.expectedBits, timestampMs });
  }
  return mined;
}

/** A small generator of numbers in [0, 1) that is the same on every platform. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const between = (mined: readonly Mined[], fromMs: number, toMs: number) =>
  mined.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
const blocksPerSecond = (mined: readonly Mined[], fromMs: number, toMs: number) =>
  between(mined, fromMs, toMs).length / ((toMs - fromMs) / 1000);

/** Checks that the difficulty was never off by more than a factor of two in this period. */
function expectSettled(mined: readonly Mined[], fromMs: number, toMs: number): void {
  const expected = between(mined, fromMs, toMs).map(({ expectedMs }) => expectedMs);
  expect(Math.min(...expected)).toBeGreaterThan(500);
  expect(Math.max(...expected)).toBeLessThan(2000);
}

describe.each([1e6, 8e6, 60e6])('Devnet on a machine of %p hashes per second', (hashesPerSecond) => {
  const seeds = [1, 2, 3];

  test.each(seeds)('settles within one minute and stays settled for ten minutes (seed %p)', (seed) => {
    const mined = mineFor(10 * MINUTE_MS, devnet, { hashesPerSecond, seed });
    expectSettled(mined, MINUTE_MS, 10 * MINUTE_MS);
    expect(blocksPerSecond(mined, MINUTE_MS, 10 * MINUTE_MS)).toBeCloseTo(1, 1);
  });

  test('mines fewer than 200 blocks before it has settled', () => {
    const counts = seeds.map((seed) => mineFor(MINUTE_MS, devnet, { hashesPerSecond, seed }).length);
    expect(Math.max(...counts)).toBeLessThan(200);
  });

  test('settles again within two minutes after a pause of a day', () => {
    const backMs = 5 * MINUTE_MS + DAY_MS;
    const pause = { atMs: 5 * MINUTE_MS, lengthMs: DAY_MS };
    for (const seed of seeds) {
      const mined = mineFor(backMs + 10 * MINUTE_MS, devnet, { hashesPerSecond, seed, pause });
      expect(blocksPerSecond(mined, backMs, backMs + MINUTE_MS)).toBeLessThan(8);
      expectSettled(mined, backMs + 2 * MINUTE_MS, backMs + 10 * MINUTE_MS);
    }
  });
});
