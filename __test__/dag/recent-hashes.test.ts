import { describe, expect, test } from '@jest/globals';
import { RecentHashes } from '../../ts/dag/recent-hashes.ts';

const COUNT = 10;

/** A memory to which the hashes 0 to `number` − 1 were added. */
function memoryOf(number: number): RecentHashes {
  const memory = new RecentHashes(COUNT);
  for (let hash = 0; hash < number; hash++) memory.add(`${hash}`);
  return memory;
}

const remembered = (memory: RecentHashes, number: number) =>
  Array.from({ length: number }, (_, hash) => `${hash}`).filter((hash) => memory.has(hash));

describe('The memory of the latest hashes', () => {
  test.each([1, COUNT - 1, COUNT, COUNT + 1, 2 * COUNT, 55, 100])(
    'has at least the latest ones of %i, and less than twice as many',
    (number) => {
      const memory = memoryOf(number);
      const kept = remembered(memory, number);
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(number, COUNT));
      expect(kept.length).toBeLessThan(2 * COUNT);
      expect(kept[0]).toBe(`${number - kept.length}`);
    },
  );

  test('forgets a hash that is deleted, whether it was added recently or long ago', () => {
    const memory = memoryOf(COUNT + 3);
    memory.delete('2');
    memory.delete(`${COUNT + 2}`);
    expect(remembered(memory, COUNT + 3)).toHaveLength(COUNT + 1);
    expect(memory.has('2')).toBe(false);
    expect(memory.has(`${COUNT + 2}`)).toBe(false);
  });

  test('remembers a hash that is added again as one of the latest', () => {
    const memory = memoryOf(COUNT + 3);
    memory.add('0');
    for (let hash = 0; hash < COUNT - 1; hash++) memory.add(`other ${hash}`);
    expect(memory.has('0')).toBe(true);
  });
});
