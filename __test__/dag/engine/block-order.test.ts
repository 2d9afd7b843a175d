import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BlockOrder } from '../../../ts/dag/engine/block-order.ts';
import { LabelledList } from '../../../ts/dag/engine/labelled-list.ts';
import { seededRandom } from './support.ts';

/**
 * For each new item, which of the items in the order it is inserted before: by position, the first one, the last one that
 * was inserted, or the same one as for the item before.
 */
const insertions = fc.array(
  fc.oneof(
    fc.nat({ max: 1000 }),
    fc.constant('first' as const),
    fc.constant('latest' as const),
    fc.constant('same' as const),
  ),
  { maxLength: 200, size: 'max' },
);

type Insertion = number | 'first' | 'latest' | 'same';

/** The order as an array, after inserting each item into both. */
function insertAll(choices: readonly Insertion[], insertBefore: (next: number) => void): number[] {
  const order = [0];
  let same = 0;
  for (const choice of choices) {
    const item = order.length;
    let at = choice === 'latest' ? order.indexOf(item - 1) : 0;
    if (choice === 'same') at = order.indexOf(same);
    if (typeof choice === 'number') at = choice % order.length;
    same = order[at]!;
    insertBefore(same);
    order.splice(at, 0, item);
  }
  return order;
}

describe('BlockOrder', () => {
  for (const groupCapacity of [2, 3, 31]) {
    it(`has the order of an array for insertions anywhere, in groups of ${groupCapacity}`, () => {
      fc.assert(
        fc.property(insertions, (choices) => {
          const order = new BlockOrder({ groupCapacity, labelBits: 8 });
          const expected = insertAll(choices, (next) => order.insertBefore(next));
          const position = new Map(expected.map((block, at) => [block, at]));
          const wrong = expected.flatMap((a) =>
            expected
              .filter((b) => order.precedes(a, b) !== position.get(a)! < position.get(b)!)
              .map((b) => [a, b]),
          );
          expect(wrong).toEqual([]);
          expect(expected.map((block) => order.previous(block))).toEqual([-1, ...expected.slice(0, -1)]);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('changes no label while a chain grows at the front', () => {
    const order = new BlockOrder();
    for (let block = 0; block < 100_000; block++) order.insertBefore(block);
    expect(order.changedLabels).toBe(0);
  });

  /** By name: the block before which the next one is inserted, if there are `size` blocks. There are 100 at first. */
  const places = {
    'at the front': (size: number) => size - 1,
    'directly before the latest block, in the middle': (size: number) => (size === 100 ? 50 : size - 1),
    'directly before the same block': () => 50,
    'at the end': () => 0,
    'at two places by turns': (size: number) => (size % 2 === 0 ? 50 : size - 2),
    'at random places': (size: number) => Math.floor(random() * size),
  };
  const random = seededRandom(6);

  for (const [name, place] of Object.entries(places)) {
    it(`changes at most four labels per block on average if blocks are inserted ${name}, and keeps the order`, () => {
      const order = new BlockOrder();
      const size = 200_000;
      for (let block = 1; block < 100; block++) order.insertBefore(block - 1);
      for (let block = 100; block < size; block++) order.insertBefore(place(block));
      expect(order.changedLabels).toBeLessThan(4 * size);
      // Block 0 is the last one. The walk to the front finds every block.
      let block = 0;
      let wrong = 0;
      let found = 1;
      for (let previous = order.previous(block); previous >= 0; previous = order.previous(block)) {
        if (!order.precedes(previous, block) || order.precedes(block, previous)) wrong += 1;
        block = previous;
        found += 1;
      }
      expect({ wrong, found }).toEqual({ wrong: 0, found: size });
    });
  }
});

describe('LabelledList', () => {
  it('has labels that ascend in the order of an array, even if there are hardly more labels than items', () => {
    fc.assert(
      fc.property(insertions, (choices) => {
        const list = new LabelledList(Math.ceil(Math.log2(choices.length + 2)));
        const expected = insertAll(choices, (next) => list.insertBefore(next));
        const labels = expected.map((item) => list.labels[item]!);
        expect(labels).toEqual([...new Set(labels)].sort((a, b) => a - b));
        expect(labels.every(Number.isSafeInteger)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('inserts a million items at the front without changing a label', () => {
    const list = new LabelledList(53);
    for (let item = 0; item < 1_000_000; item++) list.insertBefore(item);
    expect(list.changedLabels).toBe(0);
  });
});
