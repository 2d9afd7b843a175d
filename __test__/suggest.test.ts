import { expect, test } from '@jest/globals';
import { nearest } from '../ts/suggest.ts';

test('A typing error leads to the nearest name, also if the name is in another section', () => {
  expect(nearest('thraeds', ['threads', 'timeoutMs'])).toBe('threads');
  expect(nearest('server.threads', ['miner.threads', 'server.port'])).toBe('miner.threads');
  expect(nearest('colour', ['threads', 'timeoutMs'])).toBeUndefined();
});

test('A word that is longer than every plausible name is not compared with the names', () => {
  let compared = 0;
  const candidates = {
    *[Symbol.iterator]() {
      compared += 1;
      yield 'threads';
    },
  };
  expect(nearest('thread', candidates)).toBe('threads');
  expect(nearest('t'.repeat(1e6), candidates)).toBeUndefined();
  expect(compared).toBe(1);
});
