import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CheapestFirst, workMagnitude } from '../../ts/dag/cheapest-first.ts';
import { targetToCompact } from '../../ts/pow/targets.ts';

describe('A CheapestFirst', () => {
  test('has as its cheapest entry the oldest of those with the least magnitude', () => {
    const entries = new CheapestFirst<string, string>();
    entries.add('a', 5, 'A');
    entries.add('b', 3, 'B');
    entries.add('c', 3, 'C');
    expect(entries.cheapest()).toBe('B');
    entries.delete('b');
    expect(entries.cheapest()).toBe('C');
    entries.delete('c');
    expect(entries.cheapest()).toBe('A');
    expect(entries.weightUpTo(4)).toBe(0);
    expect(entries.weightUpTo(5)).toBe(1);
    entries.delete('a');
    expect(entries.cheapest()).toBeUndefined();
  });

  test('behaves as a list that is searched, whatever is added and deleted', () => {
    const step = fc.record({ key: fc.nat(9), magnitude: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const entries = new CheapestFirst<number, number>();
        const list: { key: number; magnitude: number }[] = [];
        for (const { key, magnitude } of steps) {
          const index = list.findIndex((entry) => entry.key === key);
          expect(entries.has(key)).toBe(index >= 0);
          if (index >= 0) {
            entries.delete(key);
            list.splice(index, 1);
          } else {
            entries.add(key, magnitude, key, 1 + key);
            list.push({ key, magnitude });
          }
          const least = Math.min(...list.map((entry) => entry.magnitude));
          expect(entries.cheapest()).toBe(list.find((entry) => entry.magnitude === least)?.key);
          const weights = list.filter((entry) => entry.magnitude <= 1).map((entry) => 1 + entry.key);
          expect(entries.weightUpTo(1)).toBe(weights.reduce((sum, weight) => sum + weight, 0));
          expect([...entries.values()]).toEqual(list.map((entry) => entry.key));
          expect(entries.size).toBe(list.length);
        }
      }),
    );
  });
});

test('The magnitude of work is the base-2 logarithm of the expected number of hashes, rounded down', () => {
  for (const [zeroBits, magnitude] of [
    [1, 1],
    [8, 8],
    [16, 16],
    [200, 200],
  ] as const) {
    expect(workMagnitude(targetToCompact((1n << BigInt(256 - zeroBits)) - 1n))).toBe(magnitude);
  }
  expect(workMagnitude(0x2100ffff)).toBe(0);
  expect(workMagnitude(0x1d00ffff)).toBe(32);
});
