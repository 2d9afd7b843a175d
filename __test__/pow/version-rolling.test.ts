import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ALGORITHMS,
  availableKernels,
  blockHeader,
  digest as digestOf,
  prepare,
  rolledVersion,
  type Solution,
  solvePow,
  type Template,
  VERSION_ROLLING_MASK,
  verifyPow,
} from '../../ts/pow/index.ts';

/** About one hash in `odds` is a hit. */
function header(odds: bigint, versionRolling?: number, seed = 7): Template {
  return blockHeader(new Uint8Array(80).fill(seed), {
    target: 2n ** 256n / odds - 1n,
    ...(versionRolling !== undefined && { versionRolling }),
  });
}

/** The first hit by nonce, then by variant, found by the reference implementation, and its index among all hashes. */
function firstHit(template: Template, startNonce: number) {
  const variants = template.versionRolling ?? 1;
  for (let place = 0; ; place++) {
    const nonce = startNonce + Math.floor(place / variants);
    const variant = place % variants;
    if (verifyPow(template, nonce, variant)) return { nonce: BigInt(nonce), variant, place };
  }
}

/** A template with version rolling whose first hit does not have variant 0. */
function withLateVariant() {
  for (let seed = 0; ; seed++) {
    const template = header(100n, 4, seed);
    const hit = firstHit(template, 0);
    if (hit.variant > 0) return { template, ...hit };
  }
}

describe('A search with version rolling', () => {
  test('finds the first hit by nonce, then by variant, with every kernel and any number of threads', async () => {
    const kernels = availableKernels();
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          algorithm: fc.constantFrom(...ALGORITHMS),
          // The variants share work only in a header of 80 bytes.
          preimage: fc.oneof(
            fc.uint8Array({ minLength: 80, maxLength: 80 }),
            fc.uint8Array({ minLength: 8, maxLength: 150 }),
          ),
          versionRolling: fc.integer({ min: 1, max: 16 }),
          encoding: fc.constantFrom('u32le' as const, 'u32be' as const),
          odds: fc.bigInt(1n, 300n),
          startNonce: fc.oneof(fc.nat(1000), fc.nat(2 ** 31)),
          threads: fc.integer({ min: 1, max: 4 }),
        }),
        async ({ algorithm, preimage, versionRolling, encoding, odds, startNonce, threads }) => {
          const nonce = { offset: preimage.length - 4, encoding };
          const digestBits = 8n * BigInt(digestOf(algorithm, preimage).length);
          const target = 2n ** digestBits / odds - 1n;
          const template = { algorithm, preimage, nonce, target, versionRolling };
          const { nonce: first, variant } = firstHit(template, startNonce);
          for (const kernel of kernels) {
            const found = await solvePow(template, { startNonce, kernel, threads });
            expect({ kernel, nonce: found.nonce, variant: found.variant }).toEqual({
              kernel,
              nonce: first,
              variant,
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('finds a hit on the last hash of its budget and none after it', async () => {
    const { template, nonce, variant, place } = withLateVariant();
    await expect(solvePow(template, { maxHashes: place + 1 })).resolves.toMatchObject({ nonce, variant });
    await expect(solvePow(template, { maxHashes: place })).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
      hashes: place,
    });
  });

  test('counts every version of every nonce to the end of the nonce space', async () => {
    const template = { ...header(1n, 16), target: 1n };
    await expect(solvePow(template, { startNonce: 2 ** 32 - 100 })).rejects.toMatchObject({
      code: 'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
      hashes: 1600,
    });
  });

  test('resolves to the digest of the header with the version and the nonce of the solution', async () => {
    const { template } = withLateVariant();
    const solution = await solvePow(template);
    expect(solution.digest).toEqual(digestOf('sha256d', solvedHeader(template, solution)));
    expect(solution.digest).toEqual(prepare(template).digest(solution.nonce, solution.variant));
  });
});

test('The solution of a search without version rolling has variant 0', async () => {
  await expect(solvePow(header(50n))).resolves.toMatchObject({ variant: 0 });
});

test('A rolled version keeps the bits outside the mask and has the variant in those of the mask', () => {
  expect(rolledVersion(0xffff_ffff, 0)).toBe(0xe000_1fff);
  expect(rolledVersion(0xffff_ffff, 5)).toBe(0xe000_bfff);
  expect(rolledVersion(0x2000_0000, 15)).toBe(0x2001_e000);
  expect((VERSION_ROLLING_MASK & (15 << 13)) >>> 0).toBe(15 << 13);
});

describe('The function verifyPow for a template with version rolling', () => {
  test('accepts a hit only with its variant', () => {
    const { template, nonce, variant } = withLateVariant();
    expect(verifyPow(template, nonce, variant)).toBe(true);
    expect(verifyPow(template, nonce, variant - 1)).toBe(false);
  });

  test('accepts the same nonce as for a template without version rolling of the header with that version', () => {
    const { template, nonce, variant } = withLateVariant();
    const preimage = solvedHeader(template, { nonce, variant });
    const { versionRolling: _, ...plain } = { ...template, preimage };
    expect(verifyPow(plain, nonce)).toBe(true);
  });

  test.each([undefined, -1, 4, 0.5, '1', Number.NaN])(
    'rejects %p as the number of one of 4 variants',
    (variant) => {
      expect(() => verifyPow(header(1n, 4), 0, variant as number)).toThrow(
        expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'variant', value: variant }),
      );
    },
  );
});

test('A template without version rolling has only variant 0', () => {
  expect(verifyPow(header(1n), 0, 0)).toBe(true);
  expect(() => verifyPow(header(1n), 0, 1)).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'variant' }),
  );
});

describe('Version rolling', () => {
  test.each<[string, object]>([
    ['0 versions', { versionRolling: 0 }],
    ['17 versions', { versionRolling: 17 }],
    ['half a version', { versionRolling: 2.5 }],
    ['a string', { versionRolling: '4' }],
    ['null', { versionRolling: null }],
    ['a nonce over the version', { nonce: { offset: 3, encoding: 'u32le' } }],
    ['a nonce of 8 bytes', { nonce: { offset: 72, encoding: 'u64le' } }],
  ])('is rejected before any work starts with %s', async (_, changes) => {
    const template = { ...header(1n, 4), ...changes };
    const refusal = { code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'template.versionRolling' };
    await expect(solvePow(template)).rejects.toMatchObject(refusal);
    expect(() => verifyPow(template, 0, 0)).toThrow(expect.objectContaining(refusal));
  });
});

/** The header with the version and the nonce of a solution. */
function solvedHeader(
  { preimage }: Template,
  { nonce, variant }: Pick<Solution, 'nonce' | 'variant'>,
): Uint8Array {
  const bytes = preimage.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rolledVersion(view.getUint32(0, true), variant), true);
  view.setUint32(76, Number(nonce), true);
  return bytes;
}
