import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { pastMedianTime } from '../../../ts/dag/engine/median-time.ts';
import type { DagParams } from '../../../ts/dag/engine/types.ts';
import { randomDag } from './dags.ts';
import { node, testParams } from './support.ts';

const BITS = 0x1f00ffff;

/**
 * The expected bits of the next block after a chain whose blocks claim their expected bits and are `intervalMs` apart.
 */
function bitsAfterChain(
  length: number,
  intervalMs: number,
  params: Partial<DagParams> = {},
  bits = BITS,
): number {
  const all = { difficultyWindow: 20, difficultySampleRate: 1, minDifficultyWindow: 5, ...params };
  const engine = new DagEngine(testParams(all), node('0', [], 0, bits));
  for (let i = 1; i <= length; i++) {
    engine.add({
      ...node(String(i), [String(i - 1)], 0, engine.virtual.expectedBits),
      timestampMs: i * intervalMs,
    });
    engine.updateVirtual();
  }
  return engine.virtual.expectedBits;
}

describe('The difficulty', () => {
  it('does not change while the window has fewer than minDifficultyWindow blocks', () => {
    // The window of the first block is empty, since genesis is in no window.
    expect(bitsAfterChain(4, 10)).toBe(BITS);
    expect(bitsAfterChain(5, 10)).not.toBe(BITS);
  });

  it('does not change if blocks take the target time', () => {
    expect(bitsAfterChain(100, 1000)).toBe(BITS);
  });

  it('doubles if blocks take half the target time, and halves if they take twice the target time', () => {
    expect(bitsAfterChain(6, 500, { minDifficultyWindow: 6 })).toBe(0x1e7fff80);
    expect(bitsAfterChain(6, 2000, { minDifficultyWindow: 6 })).toBe(0x1f01fffe);
  });

  it('never goes below that of the target 2^255 - 1', () => {
    expect(bitsAfterChain(50, 100_000_000)).toBe(0x207fffff);
  });

  it('never exceeds that of the target 1, even if all blocks claim the same time', () => {
    expect(bitsAfterChain(200, 0, { difficultyWindow: 2, minDifficultyWindow: 2 })).toBe(0x01010000);
  });

  it('depends only on every rate-th block', () => {
    const sparse = { difficultySampleRate: 4, minDifficultyWindow: 5 };
    // Blocks 4, 8, 12, 16 and 20 of the chain are sampled.
    expect(bitsAfterChain(19, 10, sparse)).toBe(BITS);
    expect(bitsAfterChain(20, 10, sparse)).not.toBe(BITS);
  });
});

describe('The past median time', () => {
  it('of one timestamp is that timestamp', () => {
    expect(pastMedianTime(Float64Array.of(5))).toBe(5);
  });

  it('of up to eleven timestamps is their rounded mean', () => {
    expect(pastMedianTime(Float64Array.of(3, 1))).toBe(2);
    expect(pastMedianTime(Float64Array.of(1, 2))).toBe(2);
    expect(pastMedianTime(Float64Array.of(1, 1, 2))).toBe(1);
  });

  it('of more than eleven timestamps is the mean of the middle eleven, so that outliers have no effect', () => {
    const middle = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    const low = Array.from({ length: 8 }, () => 0);
    const high = Array.from({ length: 8 }, () => 9_000_000_000_000_000);
    expect(pastMedianTime(Float64Array.from([...high, ...middle, ...low]))).toBe(15);
  });

  it('of an even number of timestamps is the mean of the later eleven of the middle twelve', () => {
    const timestamps = Array.from({ length: 12 }, (_, i) => 100 + i);
    expect(pastMedianTime(Float64Array.from(timestamps))).toBe(106);
  });

  it('is the timestamp of the selected parent while the window is empty', () => {
    const engine = new DagEngine(testParams(), node('0', [], 7));
    engine.add(node('1', ['0'], 9));
    engine.updateVirtual();
    expect(engine.virtual.pastMedianTimeMs).toBe(9000);
  });
});

describe('A preview', () => {
  it('requires the bits and the time that follow from the windows of the block, although it creates no windows', () => {
    fc.assert(
      fc.property(randomDag(60), ({ params, tuning, nodes }) => {
        const [genesis, ...rest] = nodes;
        const engine = new DagEngine(params, genesis!, tuning);
        for (const each of rest) {
          const { expectedBits, pastMedianTimeMs } = engine.preview(each.parents);
          // Without a preview, the engine computes the windows of the block.
          const added = engine.add(each);
          expect({ expectedBits, pastMedianTimeMs }).toEqual({
            expectedBits: added.expectedBits,
            pastMedianTimeMs: added.pastMedianTimeMs,
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
