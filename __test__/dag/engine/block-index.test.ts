import { describe, expect, it } from '@jest/globals';
import { BlockIndex } from '../../../ts/dag/engine/block-index.ts';
import { hashOf, seededRandom } from './support.ts';

/** A hash of which only the first digits depend on the number, so that all share a place in the cache of found hashes. */
const sameEnd = (i: number) => i.toString(16).padStart(8, '0').padEnd(64, '0');

describe('The index of blocks', () => {
  it.each([
    ['of any hashes', (i: number) => hashOf(`${i}`)],
    ['of hashes that end alike', sameEnd],
  ])('finds the blocks %s in any order and as often as it is asked', (_, hash) => {
    const random = seededRandom(1);
    const index = new BlockIndex();
    for (let size = 0; size < 5000; size++) {
      expect(index.find(hash(size))).toBe(-1);
      index.add(hash(size));
      const known = Math.floor(random() * (size + 1));
      for (const block of [known, size, known, known]) expect(index.find(hash(block))).toBe(block);
    }
  });

  it('finds a block right after a hash was refused, whatever was wrong with the hash', () => {
    const index = new BlockIndex();
    const known = hashOf('known');
    index.add(known);
    const wrong = ['', 'xyz', known.toUpperCase(), `${known.slice(0, 63)}g`, `${known}0`, undefined, null, 1];
    for (const hash of wrong) {
      expect(() => index.find(hash as string)).toThrow('hash must be 64 lowercase hex digits');
      expect(index.find('0'.repeat(64))).toBe(-1);
      expect(() => index.find(hash as string)).toThrow('hash must be 64 lowercase hex digits');
      expect(index.find(known)).toBe(0);
    }
  });
});
