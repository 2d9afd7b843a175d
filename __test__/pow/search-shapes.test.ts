import { describe, expect, test } from '@jest/globals';
import {
  ALGORITHMS,
  type Algorithm,
  availableKernels,
  digest as digestOf,
  type HitRule,
  NONCE_ENCODINGS,
  type NonceEncoding,
  solvePow,
  type Template,
} from '../../ts/pow/index.ts';
import { isHit, messageOf } from './messages.ts';

/** Start nonces from which the length of the digits, or the upper half of the nonce, soon changes. */
const STARTS: Readonly<Record<NonceEncoding, bigint>> = {
  u32le: 250n,
  u32be: 250n,
  u64le: 2n ** 32n - 9n,
  u64be: 2n ** 32n - 9n,
  'u64le-swapped': 2n ** 32n - 9n,
  decimal: 9_991n,
  'decimal-fixed': 9_991n,
  hex: 250n,
};

/** Targets of every form. Of the digests, one in 4 to 256 is a hit. */
const targetsOf = (length: number): readonly (bigint | HitRule)[] => [
  2n ** BigInt(8 * length) / 21n,
  { leadingZeroBits: 4 },
  { hexPrefix: 'a' },
  { hexPrefix: '5C' },
  { compact: length * 2 ** 24 + 0x0fffff },
  { equals: Uint8Array.of(200) },
  { atLeast: 0xf8n, width: 1, endian: 'big' },
  { atLeast: 2n ** 64n - 2n ** 60n, width: 8, endian: 'little' },
  { lo: 0x100000n, hi: 0x500000n, width: 3, endian: 'little' },
  { lo: 2n ** 123n, hi: 2n ** 125n, width: 16, endian: 'big' },
];

/** The first hit from the start nonce, by a literal implementation of messages and targets. */
function firstHit(template: Template, algorithm: Algorithm, start: bigint): bigint {
  for (let nonce = start; ; nonce += 1n) {
    if (isHit(template.target, digestOf(algorithm, messageOf(template, nonce)))) return nonce;
  }
}

describe.each(ALGORITHMS)('A search with %s', (algorithm) => {
  const targets = targetsOf(digestOf(algorithm, new Uint8Array(0)).length);

  test.each(NONCE_ENCODINGS)('finds the first hit of every rule with the encoding %s', async (encoding) => {
    const startNonce = STARTS[encoding];
    const nonce = {
      ...{ offset: 60, encoding },
      ...(encoding === 'hex' && { width: 9 }),
      ...(encoding === 'decimal-fixed' && { width: 12 }),
    };
    for (const target of targets) {
      const template = { algorithm, preimage: new Uint8Array(80).fill(7), nonce, target };
      const first = firstHit(template, algorithm, startNonce);
      for (const kernel of availableKernels()) {
        const found = await solvePow(template, { startNonce, kernel });
        expect({ kernel, target, nonce: found.nonce }).toEqual({ kernel, target, nonce: first });
        expect(found.digest).toEqual(digestOf(algorithm, messageOf(template, first)));
      }
    }
  });
});

describe('A search with a text nonce', () => {
  const template: Template = {
    algorithm: 'sha256',
    preimage: Buffer.from('prefix'),
    nonce: { offset: 6, encoding: 'decimal-fixed', width: 3 },
    target: { leadingZeroBits: 256 },
  };

  test.each([
    [{ encoding: 'decimal-fixed', width: 3 }, 1000],
    [{ encoding: 'hex', width: 2 }, 256],
  ])('ends at the last nonce of %j', async (field, hashes) => {
    const exhausted = solvePow({ ...template, nonce: { offset: 6, ...field } });
    await expect(exhausted).rejects.toMatchObject({ code: 'ERR_QANTO_NONCE_SPACE_EXHAUSTED', hashes });
  });

  test('ends at the last decimal nonce, 2^64 - 1', async () => {
    const searched = { ...template, nonce: { offset: 0, encoding: 'decimal' } };
    await expect(solvePow(searched, { startNonce: 2n ** 64n - 5n })).rejects.toMatchObject({
      code: 'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
      hashes: 5,
    });
  });
});
