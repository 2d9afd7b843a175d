import { describe, expect, test } from '@jest/globals';
import type { HeadedBlock } from '../../ts/dag/block.ts';
import { CheckQueue } from '../../ts/dag/check-queue.ts';
import { targetToCompact } from '../../ts/pow/targets.ts';

/** Work of this number of bits. */
const USUAL = 20;

interface Item {
  readonly block: HeadedBlock;
}

/** A block with this name as its hash. Its work has this number of bits. */
function item(hash: string, magnitude = USUAL, parents: string[] = [], byteLength = 500): Item {
  const bits = targetToCompact((1n << BigInt(256 - magnitude)) - 1n);
  const block = { header: { bits }, context: { parents } };
  return { block: { hash, block, bytes: new Uint8Array(byteLength) } as unknown as HeadedBlock };
}

const namesOf = (items: readonly Item[]) => items.map(({ block }) => block.hash);

/** Adds blocks, none of which is a copy. Returns the names of those for which there was no room. */
function fill(queue: CheckQueue<Item>, items: readonly Item[]): string[] {
  return items.flatMap((each) => namesOf(queue.add(each, USUAL, false)));
}

/** The names of the blocks of each group, until the queue is empty. */
function takeAll(queue: CheckQueue<Item>): string[][] {
  const groups: string[][] = [];
  while (!queue.isEmpty) groups.push(namesOf(queue.take()));
  return groups;
}

const numbered = (prefix: string, count: number, magnitude?: number, byteLength?: number) =>
  Array.from({ length: count }, (_, index) => item(`${prefix}${index}`, magnitude, [], byteLength));

describe('The queue of blocks to check', () => {
  test('returns blocks with the same work in the order of their arrival', () => {
    const queue = new CheckQueue<Item>(1e6);
    fill(queue, numbered('a', 5));
    expect(takeAll(queue)).toEqual([['a0', 'a1', 'a2', 'a3', 'a4']]);
  });

  test('returns blocks with more work first', () => {
    const queue = new CheckQueue<Item>(1e6);
    fill(queue, [item('little', 19), item('much', 21), item('more', 22), item('much too', 21)]);
    expect(takeAll(queue)).toEqual([['more', 'much', 'much too', 'little']]);
  });

  test('never returns a block before a parent that is queued, whatever its work is', () => {
    const queue = new CheckQueue<Item>(1e6);
    const chain = Array.from({ length: 6 }, (_, n) =>
      item(`${n}`, n < 3 ? 19 : 24, n > 0 ? [`${n - 1}`] : []),
    );
    fill(queue, [...chain, item('other', 23)]);
    expect(takeAll(queue)).toEqual([['other', '0', '1', '2', '3', '4', '5']]);
  });

  test('returns cheap blocks in small groups of their own, and only if there is no other', () => {
    const queue = new CheckQueue<Item>(1e7);
    fill(queue, numbered('cheap', 20, USUAL - 2));
    fill(queue, numbered('dear', 3, USUAL - 1));
    expect(namesOf(queue.take())).toEqual(['dear0', 'dear1', 'dear2']);
    expect(namesOf(queue.take())).toHaveLength(20);
    fill(queue, numbered('large', 2, USUAL - 2, 60_000).concat(item('small', USUAL - 2)));
    expect(takeAll(queue)).toEqual([['large0', 'large1'], ['small']]);
  });

  test('ends a group at 256 blocks and at 4 MB', () => {
    const queue = new CheckQueue<Item>(1e8);
    fill(queue, numbered('a', 300));
    expect(takeAll(queue).map(({ length }) => length)).toEqual([256, 44]);
    fill(queue, numbered('b', 7, USUAL, 1_000_000));
    expect(takeAll(queue).map(({ length }) => length)).toEqual([4, 3]);
  });

  test('returns a copy of a block that is pending after all others but cheap ones', () => {
    const queue = new CheckQueue<Item>(1e6);
    queue.add(item('a'), USUAL, false);
    queue.add(item('a'), USUAL, true);
    fill(queue, [item('b'), item('cheap', 2)]);
    expect(takeAll(queue)).toEqual([['a', 'b'], ['a'], ['cheap']]);
  });

  test('does not make a block wait for copies of its parents', () => {
    const queue = new CheckQueue<Item>(1e6);
    queue.add(item('parent'), USUAL, true);
    fill(queue, [item('child', USUAL, ['parent'])]);
    expect(takeAll(queue)).toEqual([['child'], ['parent']]);
  });

  test('returns a block before its child although a copy of the block was dropped', () => {
    const queue = new CheckQueue<Item>(16 * 3500);
    queue.add(item('parent'), USUAL, false);
    queue.add(item('parent'), USUAL, true);
    queue.add(item('copy', USUAL + 1), USUAL, true);
    fill(queue, [item('child', USUAL + 1, ['parent'])]);
    expect(takeAll(queue)).toEqual([['parent', 'child'], ['copy']]);
  });

  test('does not count a block as cheap because it builds on a block with less work', () => {
    const queue = new CheckQueue<Item>(16 * 3500);
    queue.add(item('0', USUAL - 1), USUAL, false);
    for (let n = 1; n < 8; n++) {
      expect(queue.add(item(`${n}`, USUAL + n, [`${n - 1}`]), USUAL + n, false)).toEqual([]);
    }
    expect(takeAll(queue)).toEqual([['0', '1', '2', '3', '4', '5', '6', '7']]);
  });

  test('has a block pending until each of its copies is settled', () => {
    const queue = new CheckQueue<Item>(1e6);
    queue.add(item('a'), USUAL, false);
    queue.add(item('a'), USUAL, true);
    const [first] = queue.take() as [Item];
    const [second] = queue.take() as [Item];
    expect(queue.isPending('a')).toBe(true);
    queue.settle(first);
    expect(queue.isPending('a')).toBe(true);
    queue.settle(second);
    expect(queue.isPending('a')).toBe(false);
  });
});

describe('A full queue of blocks to check', () => {
  test('refuses a block that has no more work than the others', () => {
    const queue = new CheckQueue<Item>(4 * 3500);
    expect(fill(queue, numbered('a', 6))).toEqual(['a4', 'a5']);
    expect(queue.isPending('a5')).toBe(false);
    expect(takeAll(queue)).toEqual([['a0', 'a1', 'a2', 'a3']]);
    expect(fill(queue, [item('a4')])).toEqual([]);
  });

  test('drops the newest of the cheapest blocks to make room for one with more work', () => {
    const queue = new CheckQueue<Item>(4 * 3500);
    fill(queue, [item('a', 20), item('b', 19), item('c', 19), item('d', 21)]);
    expect(fill(queue, [item('e', 20)])).toEqual(['c']);
    expect(queue.isPending('c')).toBe(false);
    expect(takeAll(queue)).toEqual([['d', 'a', 'e', 'b']]);
  });

  test('has a 16th of its room for cheap blocks, so that they never refuse a block with the usual work', () => {
    const queue = new CheckQueue<Item>(16 * 4 * 3500);
    expect(fill(queue, numbered('cheap', 6, USUAL - 2))).toEqual(['cheap4', 'cheap5']);
    expect(fill(queue, numbered('dear', 60))).toEqual([]);
    expect(fill(queue, numbered('more', 5))).toEqual(['cheap3', 'cheap2', 'cheap1', 'cheap0', 'more4']);
  });

  test('drops no other block for a cheap one, and none for a block that has no room even then', () => {
    const queue = new CheckQueue<Item>(16 * 2 * 3500);
    fill(queue, numbered('dear', 20, USUAL - 1));
    fill(queue, numbered('cheap', 2, USUAL - 4));
    expect(fill(queue, [item('large', USUAL - 2, [], 5000)])).toEqual(['large']);
    expect(fill(queue, [item('better', USUAL - 2)])).toEqual(['cheap1']);
    expect(fill(queue, [item('huge', USUAL, [], 200_000)])).toEqual(['huge']);
    expect(takeAll(queue).flat()).toHaveLength(22);
  });

  test('remembers for which blocks there was no room, until they are added', () => {
    const queue = new CheckQueue<Item>(4 * 3500);
    fill(queue, numbered('a', 5));
    expect(queue.wasDropped('a4')).toBe(true);
    expect(queue.wasDropped('a3')).toBe(false);
    takeAll(queue);
    fill(queue, [item('a4')]);
    expect(queue.wasDropped('a4')).toBe(false);
  });

  test('has room for one block of any size if it is empty', () => {
    const queue = new CheckQueue<Item>(0);
    expect(fill(queue, numbered('a', 2))).toEqual(['a1']);
    expect(takeAll(queue)).toEqual([['a0']]);
  });
});

test('The queue says before a block is copied whether it has room for it', () => {
  const queue = new CheckQueue<Item>(16 * 3500);
  const place = ({ block: { block, bytes } }: Item) => ({ block, byteLength: bytes.length });
  for (const each of [
    ...numbered('cheap', 5, USUAL - 2),
    ...numbered('a', 20),
    ...numbered('b', 9, USUAL + 1),
  ]) {
    const hasRoom = queue.hasRoom(place(each), USUAL, false);
    expect(queue.add(each, USUAL, false).includes(each)).toBe(!hasRoom);
  }
});
