import { describe, expect, test } from '@jest/globals';
import { merkleLeaf, merkleRoot } from '../../ts/dag/merkle.ts';
import { displayHash, parseDisplayHash, sha256d } from '../../ts/pow/index.ts';

const pair = (left: Uint8Array, right: Uint8Array) => sha256d(Buffer.concat([left, right]));
const leaves = ['a', 'b', 'c', 'd', 'e'].map((text) => merkleLeaf(Buffer.from(text)));
const [a, b, c, d, e] = leaves as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

describe('The merkle root', () => {
  test('of the transactions of Bitcoin mainnet block 170 is that of its header', () => {
    const transactions = [
      'b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082',
      'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
    ];
    expect(displayHash(merkleRoot(transactions.map(parseDisplayHash)))).toBe(
      '7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff',
    );
  });

  test('of one leaf is the leaf', () => {
    expect(merkleRoot([a])).toEqual(a);
  });

  test('is computed by pairing the last node of an odd level with itself, on every level', () => {
    expect(merkleRoot([a, b, c])).toEqual(pair(pair(a, b), pair(c, c)));
    const right = pair(e, e);
    expect(merkleRoot(leaves)).toEqual(pair(pair(pair(a, b), pair(c, d)), pair(right, right)));
  });

  test('is the same for a list and for the list with its end repeated, which is why contents must differ', () => {
    expect(merkleRoot([a, b, c, c])).toEqual(merkleRoot([a, b, c]));
  });
});
