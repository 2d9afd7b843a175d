import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Lengthening } from '../../../ts/dag/engine/lengthening.ts';
import { ListPool } from '../../../ts/dag/engine/list-pool.ts';
import { seededRandom } from './support.ts';

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
    const copied: number[] = [];
    const typedArray = Object.getPrototypeOf(Uint32Array.prototype) as Uint32Array;
    const set = typedArray.set;
    const spy = jest.spyOn(typedArray, 'set').mockImplementation(function (
      this: Uint32Array,
      values: ArrayLike<number>,
      offset?: number,
    ) {
      copied.push(values.length);
      set.call(this, values, offset);
    });
    for (let value = 0; value < 300_000; value++) appended.push(value);
    spy.mockRestore();
    expect(appended.column.every((value, i) => value === (i < 300_000 ? i : 0))).toBe(true);
    expect(copied.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(300_000);
    expect(Math.max(...copied)).toBeLessThanOrEqual(4096);
  });
});

describe('A pool of lists', () => {
  it('has the values of each list in order, however long the lists become', () => {
    const random = seededRandom(1);
    const below = (limit: number) => Math.floor(random() * limit);
    const pool = new ListPool();
    const lists: number[][] = Array.from({ length: 300 }, () => []);
    pool.reserve(lists.length);
    for (let value = 0; value < 60_000; value++) {
      // One list becomes long, and most are short.
      const list = value % 2 === 0 ? 7 : below(below(lists.length) + 1);
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
