import { expect, test } from '@jest/globals';
import {
  digest as digestOf,
  digestToInteger,
  prepare,
  solvePow,
  type Template,
  toHex,
  verifyPow,
} from '../../ts/pow/index.ts';
import { describeWithFixtures, fixtureJson } from '../fixtures.ts';

interface Vectors {
  cases: { input_len: number; hash: string }[];
}

const FILE = 'blake3/official-vectors.json';
/** The input of a vector: the bytes 0, 1, …, 250, repeated. */
const input = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

/** A template whose nonce is four bytes of the vector's input, and whose target is the vector's digest. */
function vectorTemplate(
  length: number,
  digest: string,
  offset: number,
): { template: Template; nonce: number } {
  const preimage = input(length);
  const nonce = new DataView(preimage.buffer).getUint32(offset, true);
  const target = digestToInteger(Buffer.from(digest, 'hex'));
  preimage.fill(0, offset, offset + 4);
  return { template: { algorithm: 'blake3', preimage, nonce: { offset, encoding: 'u32le' }, target }, nonce };
}

describeWithFixtures('The official BLAKE3 vectors', [FILE], () => {
  const cases = () =>
    fixtureJson<Vectors>(FILE).cases.map((vector) => ({ ...vector, hash: vector.hash.slice(0, 64) }));
  const templates = () =>
    cases()
      .filter(({ input_len }) => input_len >= 4 && input_len <= 65536)
      .flatMap(({ input_len, hash }) =>
        [0, (input_len - 4) >> 1, input_len - 4].map((offset) => ({
          digest: hash,
          ...vectorTemplate(input_len, hash, offset),
        })),
      );

  test('match the result of digest() for every length', () => {
    expect(cases()).toHaveLength(35);
    for (const { input_len, hash: digest } of cases())
      expect(toHex(digestOf('blake3', input(input_len)))).toBe(digest);
  });

  test('match those of prepare() and pass verifyPow(), with the nonce at the start, in the middle and at the end', () => {
    for (const { template, nonce, digest } of templates()) {
      expect(toHex(prepare(template).digest(nonce))).toBe(digest);
      expect(verifyPow(template, nonce)).toBe(true);
    }
  });

  test('are found by a search of one nonce whose target is the digest itself', async () => {
    for (const { template, nonce, digest } of templates()) {
      const found = await solvePow(template, { startNonce: nonce, maxHashes: 1 });
      expect(found.nonce).toBe(BigInt(nonce));
      expect(toHex(found.digest)).toBe(digest);
    }
  });
});
