import { describe, expect, test } from '@jest/globals';
import type { DagEngine } from '../../ts/dag/engine/engine.ts';
import { RecentWork } from '../../ts/dag/recent-work.ts';
import { targetToCompact, workFromCompact } from '../../ts/pow/targets.ts';

/** Bits that stand for 2^`magnitude` hashes. */
const bitsOf = (magnitude: number) => targetToCompact((1n << BigInt(256 - magnitude)) - 1n);

/** An engine whose selected chain has blocks with this work. */
const engineOf = (sink: string, magnitude: number) =>
  ({ sink: () => sink, recentBits: () => [bitsOf(magnitude)] }) as unknown as DagEngine;

describe('The work of recent blocks', () => {
  const before = engineOf('before', 20);
  const after = engineOf('after', 23);

  test('is compared with the work of a block each time that it changes', () => {
    const work = new RecentWork(1 / 32);
    const answers = (engine: DagEngine) =>
      [14, 16, 17, 19].map((magnitude) => work.isEnough(bitsOf(magnitude), engine));
    for (let time = 0; time < 2; time++) {
      expect(answers(before)).toEqual([false, true, true, true]);
      expect(answers(before)).toEqual([false, true, true, true]);
      expect(answers(after)).toEqual([false, false, false, true]);
    }
  });

  test('is compared with the work of any number of different bits', () => {
    const work = new RecentWork(1 / 32);
    const bits = Array.from({ length: 1000 }, (_, index) => 0x1f010000 + 0x200 * index);
    const expected = bits.map((each) => workFromCompact(each) >= work.minimum(before));
    expect(new Set(expected)).toEqual(new Set([true, false]));
    for (let time = 0; time < 2; time++) {
      expect(bits.map((each) => work.isEnough(each, before))).toEqual(expected);
    }
  });
});
