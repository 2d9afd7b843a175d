import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AnticoneSizes } from '../../../ts/dag/engine/anticone-sizes.ts';
import { BlueWork } from '../../../ts/dag/engine/blue-work.ts';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { Reachability } from '../../../ts/dag/engine/reachability.ts';
import { randomDag } from './dags.ts';
import { checkRestoredAgainstOriginal, restoredFrom } from './record-properties.ts';
import { consensusOf, hashOf, node, testParams } from './support.ts';

describe('A restored engine', () => {
  it('gives the same results as the engine that was recorded, also if both are pruned before or afterwards', () => {
    const { restored, prunedBefore } = checkRestoredAgainstOriginal(10);
    expect(restored).toBeGreaterThan(50);
    expect(prunedBefore).toBeGreaterThan(5);
  });

  it('holds the blocks of any DAG, with the same consensus data', () => {
    fc.assert(
      fc.property(randomDag(60), ({ params, tuning, nodes }) => {
        const [genesis, ...rest] = nodes;
        const engine = new DagEngine(params, genesis!, tuning);
        for (const added of rest) engine.add(added);
        engine.updateVirtual();
        const restored = restoredFrom(engine);
        for (const { hash } of nodes) {
          expect(consensusOf(restored.get(hash)!)).toEqual(consensusOf(engine.get(hash)!));
        }
        expect(restored.tips()).toEqual(engine.tips());
        expect([...restored.order()]).toEqual([...engine.order()]);
      }),
      { numRuns: 50 },
    );
  });

  it('is like a new one if only genesis was recorded', () => {
    const engine = new DagEngine(testParams(), node('g', []));
    const restored = restoredFrom(engine);
    expect(restored.size).toBe(1);
    restored.add(node('a', ['g']));
    expect(restored.updateVirtual()).toEqual({ removed: [], added: [hashOf('a')], sink: hashOf('a') });
  });
});

describe('The columns of blue work', () => {
  it('return every integer below 2^309 that they are given', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 309n - 1n }), { maxLength: 200 }), (works) => {
        const column = new BlueWork();
        for (const [block, work] of works.entries()) {
          if (block === column.low.length) column.reserve(block * 2);
          column.set(block, block % 3 === 0 ? work : work >> 250n);
        }
        for (const [block, work] of works.entries()) {
          expect(column.of(block)).toBe(block % 3 === 0 ? work : work >> 250n);
        }
      }),
    );
  });
});

describe('Reachability that is filled at once', () => {
  it('answers as if the blocks had been added one after the other, also for blocks that are added later', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.array(fc.nat(), { maxLength: 3 })), { minLength: 2, maxLength: 80 }),
        fc.nat(),
        fc.record({ groupCapacity: fc.constantFrom(2, 3, 31), labelBits: fc.constantFrom(8, 53) }),
        (choices, split, options) => {
          const blocks = choices.map(([parent, merged], i) => ({
            parent: parent % (i + 1),
            merged: [...new Set(merged.map((block) => block % (i + 1)))].filter(
              (b) => b !== parent % (i + 1),
            ),
          }));
          const added = new Reachability(options);
          for (const { parent, merged } of blocks) added.add(parent, merged);
          const filledTo = 1 + (split % (blocks.length + 1));
          const filled = new Reachability(options);
          const starts = new Uint32Array(filledTo + 1);
          const values: number[] = [];
          for (let block = 1; block < filledTo; block++) {
            values.push(...blocks[block - 1]!.merged.map((merged) => merged << 1));
            starts[block + 1] = values.length;
          }
          const merged = { starts, values: Int32Array.from(values) } as never;
          for (const _ of filled.fill(filledTo, (block) => blocks[block - 1]!.parent, merged));
          for (const { parent, merged } of blocks.slice(filledTo - 1)) filled.add(parent, merged);
          expect(filled.size).toBe(added.size);
          for (let a = 0; a < added.size; a++) {
            expect(filled.height(a)).toBe(added.height(a));
            for (let b = 0; b < added.size; b++) {
              expect(filled.isAncestor(a, b)).toBe(added.isAncestor(a, b));
              expect(filled.isChainAncestor(a, b)).toBe(added.isChainAncestor(a, b));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('The blue anticone sizes', () => {
  it('are read as they were added, however far away the blues are and whatever k is', () => {
    const entry = fc.record({
      distance: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 100_000 })),
      size: fc.nat(65_535),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 18, 124, 127, 128, 65_535),
        fc.array(fc.array(entry, { maxLength: 30 }), { maxLength: 40 }),
        (k, lists) => {
          const sizes = new AnticoneSizes(k);
          // Blues can be far away only from blocks with great indices.
          const first = 100_000;
          for (let block = 0; block < first; block++) sizes.push([], []);
          const expected = lists.map((list, i) =>
            list.map(({ distance, size }): [number, number] => [first + i - distance, size % (k + 1)]),
          );
          for (const list of expected) {
            sizes.push(
              list.map(([blue]) => blue),
              list.map(([, size]) => size),
            );
          }
          for (const [i, list] of expected.entries()) {
            const count = sizes.read(first + i);
            expect(Array.from({ length: count }, (_, at) => [sizes.blues[at], sizes.sizes[at]])).toEqual(
              list,
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
