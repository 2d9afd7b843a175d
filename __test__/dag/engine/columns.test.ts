import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { Lengthening } from '../../../ts/dag/engine/lengthening.ts';
import { ListPool } from '../../../ts/dag/engine/list-pool.ts';
import { node, seededRandom, testParams } from './support.ts';

/** A column to which numbers are appended. */
class Appended {
  column = new Uint32Array(64);
  size = 0;
  readonly #lengthening = new Lengthening(
    () => this.column,
    (column) => {
      this.column = column;
    },
  );

  push(...values: readonly number[]): void {
    this.#lengthening.makeRoom(this.size, this.size + values.length);
    for (const value of values) this.column[this.size++] = value;
  }
}

/** Counts the elements that are copied between typed arrays meanwhile. */
function copiedBy(run: () => void): { elements: number; mostAtOnce: number } {
  const copied = { elements: 0, mostAtOnce: 0 };
  const typedArray = Object.getPrototypeOf(Uint32Array.prototype) as Uint32Array;
  const set = typedArray.set;
  const spy = jest.spyOn(typedArray, 'set').mockImplementation(function (
    this: Uint32Array,
    values: ArrayLike<number>,
    offset?: number,
  ) {
    copied.elements += values.length;
    copied.mostAtOnce = Math.max(copied.mostAtOnce, values.length);
    set.call(this, values, offset);
  });
  try {
    run();
  } finally {
    spy.mockRestore();
  }
  return copied;
}

describe('A column that becomes longer', () => {
  it('has everything that was appended to it, at any time', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(5), fc.nat(1500)), { maxLength: 20 }), (lengths) => {
        const appended = new Appended();
        const expected: number[] = [];
        for (const length of lengths) {
          const values = Array.from({ length }, (_, i) => expected.length + i);
          appended.push(...values);
          expected.push(...values);
          expect(Array.from(appended.column.subarray(0, appended.size))).toEqual(expected);
        }
      }),
    );
  });

  it('is never copied in large pieces if its entries are appended one by one', () => {
    const appended = new Appended();
    const copied = copiedBy(() => {
      for (let value = 0; value < 300_000; value++) appended.push(value);
    });
    expect(appended.column.every((value, i) => value === (i < 300_000 ? i : 0))).toBe(true);
    expect(copied.elements).toBeGreaterThan(300_000);
    expect(copied.mostAtOnce).toBeLessThanOrEqual(4096);
  });
});

describe('The columns of an engine', () => {
  it('are never copied in large pieces', () => {
    const engine = new DagEngine(testParams(), node('b0', []));
    const blocks = 40_000;
    const copied = copiedBy(() => {
      engine.add(node('b1', ['b0']));
      // A chain of which each block merges one other block.
      for (let i = 2; i < blocks; i += 2) {
        const parents = i === 2 ? ['b1'] : [`b${i - 1}`, `b${i - 2}`];
        engine.add(node(`b${i}`, parents));
        engine.add(node(`b${i + 1}`, parents));
      }
    });
    expect(engine.size).toBe(blocks);
    expect(copied.elements).toBeGreaterThan(20 * blocks);
    // The greatest pieces are those of the hashes of blocks, which have eight elements.
    expect(copied.mostAtOnce).toBeLessThan(blocks / 4);
  });
});

describe('A pool of lists', () => {
  it('has the values of each list in order, however long the lists become', () => {
    const random = seededRandom(1);
    const below = (limit: number) => Math.floor(random() * limit);
    const pool = new ListPool();
    const lists: number[][] = [];
    for (let value = 0; value < 60_000; value++) {
      // There are more and more lists, as there are blocks.
      if (value % 4 === 0) {
        lists.push([]);
        pool.reserve(lists.length);
      }
      // One list becomes long, and most are short.
      const list = value % 2 === 0 ? 0 : below(below(lists.length) + 1);
      const position = below(lists[list]!.length + 1);
      pool.insert(list, position, value);
      lists[list]!.splice(position, 0, value);
    }
    for (const [list, expected] of lists.entries()) {
      expect(pool.length[list]).toBe(expected.length);
      const first = pool.start[list]!;
      expect(Array.from(pool.values.subarray(first, first + expected.length))).toEqual(expected);
    }
  });
});
