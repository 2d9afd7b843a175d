import { describe, expect, test } from '@jest/globals';
import { BlockRejectedError } from '../../ts/dag/index.ts';
import { RefusedBlocks } from '../../ts/dag/refused-blocks.ts';

const DEAR = 0x1e00ffff;
const CHEAP = 0x1f00ffff;

const refusalOf = (hash: string) =>
  new BlockRejectedError('ERR_QANTO_WRONG_BITS', { hash, field: 'header.bits', value: 1, expected: '2' });

describe('The memory of refused blocks', () => {
  test('keeps a block with much work, however many cheaper ones follow', () => {
    const refused = new RefusedBlocks();
    refused.add('dear', DEAR, refusalOf('dear'));
    for (let index = 0; index < 5000; index++) refused.add(`${index}`, CHEAP, refusalOf(`${index}`));
    expect(refused.get('dear')).toMatchObject({ code: 'ERR_QANTO_WRONG_BITS', hash: 'dear' });
    expect(refused.has('0')).toBe(false);
    expect(refused.has('4999')).toBe(true);
    // An error could hold a whole engine in memory.
    expect(refused.get('dear')).not.toBeInstanceOf(Error);
  });

  test('keeps at most 4096 blocks, and forgets the oldest of those with the same work first', () => {
    const refused = new RefusedBlocks();
    for (let index = 0; index < 4097; index++) refused.add(`${index}`, DEAR, refusalOf(`${index}`));
    expect(refused.has('0')).toBe(false);
    expect(refused.has('1')).toBe(true);
  });

  test('keeps the hashes of blocks with invalid contents in the same way', () => {
    const refused = new RefusedBlocks();
    refused.addContents('dear', DEAR);
    for (let index = 0; index < 5000; index++) refused.addContents(`${index}`, CHEAP);
    expect(refused.hadInvalidContents('dear')).toBe(true);
    expect(refused.hadInvalidContents('0')).toBe(false);
    expect(refused.has('dear')).toBe(false);
  });
});
