import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BlockIndex } from '../../../ts/dag/engine/block-index.ts';
import { BlueWork } from '../../../ts/dag/engine/blue-work.ts';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { PackedLists } from '../../../ts/dag/engine/packed-lists.ts';
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
  it('return every integer below 2^309 that they are given, and compare as these do', () => {
    const work = fc.bigInt({ min: 0n, max: 2n ** 309n - 1n });
    // Few of these differ in more than some bits.
    const similar = fc.integer({ min: 0, max: 308 }).map((bit) => (2n ** 309n - 1n) ^ (1n << BigInt(bit)));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(work, similar), { maxLength: 200 }),
        fc.bigInt(0n, 309n),
        (given, shift) => {
          const works = given.map((each, block) => (block % 3 === 0 ? each : each >> shift));
          const column = new BlueWork();
          for (const [block, each] of works.entries()) {
            column.set(block, each);
          }
          for (const [block, each] of works.entries()) {
            expect(column.of(block)).toBe(each);
            const other = works.length - 1 - block;
            const expected = each < works[other]! ? -1 : each > works[other]! ? 1 : 0;
            expect(Math.sign(column.compare(block, other))).toBe(expected);
          }
        },
      ),
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
          const merged = new PackedLists(1);
          merged.push([]);
          for (let block = 1; block < filledTo; block++) merged.push(blocks[block - 1]!.merged);
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

describe('The lists of blocks', () => {
  it('are read as they were added, however far away the blocks are and whatever the greatest tag is', () => {
    const entry = fc.record({
      distance: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 100_000 })),
      tag: fc.nat(65_535),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 18, 124, 127, 128, 65_535),
        fc.array(fc.array(entry, { maxLength: 30 }), { maxLength: 40 }),
        (maxTag, lists) => {
          const packed = new PackedLists(maxTag);
          // Blocks can be far away only from blocks with great indices.
          const first = 100_000;
          for (let block = 0; block < first; block++) packed.push([]);
          const expected = lists.map((list, i) =>
            list.map(({ distance, tag }): [number, number] => [first + i - distance, tag % (maxTag + 1)]),
          );
          for (const list of expected) {
            packed.push(
              list.map(([block]) => block),
              list.map(([, tag]) => tag),
            );
          }
          for (const [i, list] of expected.entries()) {
            const count = packed.read(first + i);
            expect(Array.from({ length: count }, (_, at) => [packed.blocks[at], packed.tags[at]])).toEqual(
              list,
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('The index of hashes', () => {
  it('finds every hash at any time while it grows, and after it was restored', () => {
    const hashes = Array.from({ length: 3000 }, (_, i) => hashOf(`${i}`));
    const index = new BlockIndex();
    for (const [i, hash] of hashes.entries()) {
      expect(index.find(hash)).toBe(-1);
      index.add(hash);
      for (const known of [0, i >> 1, i]) expect(index.find(hashes[known]!)).toBe(known);
    }
    const restored = new BlockIndex();
    const column = restored.recordedColumn();
    column.reserve(2000);
    column.restore(0, index.recordedColumn().bytes(0, 2000).slice());
    for (const _ of restored.restored(2000));
    for (const hash of hashes.slice(2000)) restored.add(hash);
    expect(hashes.map((hash) => restored.find(hash))).toEqual(hashes.map((_, i) => i));
  });
});
