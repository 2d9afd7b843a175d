import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidArgumentError } from '../../ts/errors.ts';
import {
  ALGORITHMS,
  digest as digestOf,
  expectedHashes,
  type HitRule,
  solvePow,
  type Template,
  verifyPow,
} from '../../ts/pow/index.ts';
import { integerOf, isHit } from './messages.ts';

const endian = fc.constantFrom('little' as const, 'big' as const);

/** An integer of this number of bytes that is near the given one, or is any. */
function near(integer: bigint, width: number): fc.Arbitrary<bigint> {
  const max = 256n ** BigInt(width) - 1n;
  const step = fc
    .bigInt(-1n, 1n)
    .map((by) => (integer + by < 0n ? 0n : integer + by > max ? max : integer + by));
  return fc.oneof(step, fc.bigInt(0n, max));
}

/** Targets of every form. Most bounds are so close to the digest that an error by one would show. */
function targetsFor(digest: Uint8Array): fc.Arbitrary<bigint | HitRule> {
  const { length } = digest;
  const hex = Buffer.from(digest).toString('hex');
  const read = fc.record({ width: fc.integer({ min: 1, max: length }), endian });
  const prefix = fc.tuple(fc.integer({ min: 1, max: 2 * length }), fc.boolean(), fc.boolean());
  return fc.oneof<fc.Arbitrary<bigint | HitRule>[]>(
    near(integerOf(digest, length, 'little'), length).map((target) => (target === 0n ? 1n : target)),
    fc
      .oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 8 * length }))
      .map((leadingZeroBits) => ({ leadingZeroBits })),
    prefix.map(([digits, isUpper, isOther]) => {
      const start = hex.slice(0, digits - 1);
      const last = Number.parseInt(hex[digits - 1]!, 16) ^ (isOther ? 1 : 0);
      const hexPrefix = start + last.toString(16);
      return { hexPrefix: isUpper ? hexPrefix.toUpperCase() : hexPrefix };
    }),
    prefix.map(([digits, , isOther]) => {
      const equals = digest.slice(0, Math.ceil(digits / 2));
      equals[equals.length - 1]! ^= isOther ? 1 : 0;
      return { equals };
    }),
    // The three most significant bytes of the digest as a mantissa, or one more or less.
    near(integerOf(digest.subarray(length - 3), 3, 'little'), 3).map((top) => {
      const isShort = top >= 0x800000n;
      const mantissa = Number(isShort ? top >> 8n : top);
      return { compact: (isShort ? length + 1 : length) * 2 ** 24 + Math.max(mantissa, 1) };
    }),
    read.chain(({ width, endian }) =>
      near(integerOf(digest, width, endian), width).map((atLeast) => ({ atLeast, width, endian })),
    ),
    read.chain(({ width, endian }) => {
      const bound = near(integerOf(digest, width, endian), width);
      return fc.tuple(bound, bound).map(([one, other]) => {
        const [lo, hi] = one < other ? [one, other] : [other, one];
        return { lo, hi, width, endian };
      });
    }),
  );
}

/** A hash function with a length of its digests, and a message. */
const hashed = fc
  .record({
    algorithm: fc.constantFrom(...ALGORITHMS),
    length: fc.integer({ min: 3, max: 64 }),
    preimage: fc.uint8Array({ minLength: 4, maxLength: 40 }),
  })
  .map(({ algorithm, length, preimage }) => ({
    algorithm,
    preimage,
    ...(algorithm === 'blake2b' && { digestLength: length }),
    nonce: { offset: 0, encoding: 'u32le' },
  }));

test('A target of every form, width and byte order decides as its definition says', () => {
  const seen = { hit: 0, miss: 0 };
  fc.assert(
    fc.property(
      hashed.chain((template) => {
        const { algorithm, preimage, digestLength } = template;
        const digest = digestOf(algorithm, preimage, digestLength);
        return fc.tuple(fc.constant({ template, digest }), targetsFor(digest));
      }),
      ([{ template, digest }, target]) => {
        const nonce = new DataView(template.preimage.slice().buffer).getUint32(0, true);
        const expected = isHit(target, digest);
        seen[expected ? 'hit' : 'miss'] += 1;
        expect(verifyPow({ ...template, target }, nonce)).toBe(expected);
      },
    ),
    { numRuns: 3000 },
  );
  expect(Math.min(seen.hit, seen.miss)).toBeGreaterThan(500);
});

describe('The expected number of hashes', () => {
  /** All digests of two bytes can be enumerated. */
  const short: Omit<Template, 'target'> = {
    algorithm: 'blake2b',
    digestLength: 2,
    preimage: new Uint8Array(8),
    nonce: { offset: 0, encoding: 'u64le' },
  };
  test.each<[bigint | HitRule]>([
    [1n],
    [0x1234n],
    [0xffffn],
    [{ leadingZeroBits: 0 }],
    [{ leadingZeroBits: 11 }],
    [{ leadingZeroBits: 16 }],
    [{ hexPrefix: 'a' }],
    [{ hexPrefix: '0bC' }],
    [{ hexPrefix: '0123' }],
    [{ compact: 0x0200_1200 }],
    [{ equals: Uint8Array.of(0) }],
    [{ equals: Uint8Array.of(255, 7) }],
    [{ atLeast: 0n, width: 1, endian: 'little' }],
    [{ atLeast: 200n, width: 1, endian: 'big' }],
    [{ atLeast: 0xfff0n, width: 2, endian: 'little' }],
    [{ lo: 5n, hi: 5n, width: 2, endian: 'big' }],
    [{ lo: 3n, hi: 60_000n, width: 2, endian: 'little' }],
  ])('for %j is the number of digests, relative to that of the hits', (target) => {
    let hits = 0;
    for (let digest = 0; digest < 65_536; digest++) {
      if (isHit(target, Uint8Array.of(digest >> 8, digest & 255))) hits += 1;
    }
    expect(expectedHashes({ ...short, target })).toBe(65_536 / hits);
  });

  test('is part of a solution, and is exact for powers of two up to the longest digest', async () => {
    const template = { ...short, target: { leadingZeroBits: 5 } };
    await expect(solvePow(template)).resolves.toMatchObject({ expectedHashes: 32 });
    const longest = { ...template, digestLength: 64, target: { leadingZeroBits: 512 } };
    expect(expectedHashes(longest)).toBe(2 ** 512);
  });

  test('is compared with maxExpectedHashes, rounded down', async () => {
    // One of 65,536 / 3 digests is a hit.
    const template = { ...short, target: { lo: 0n, hi: 2n, width: 2, endian: 'big' } };
    await expect(solvePow(template, { maxExpectedHashes: 21_845 })).resolves.toBeDefined();
    await expect(solvePow(template, { maxExpectedHashes: 21_844 })).rejects.toMatchObject({
      code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH',
      expectedHashes: 21_845n,
    });
  });
});

describe('A target that is no rule', () => {
  const sound: Template = {
    algorithm: 'sha1',
    preimage: new Uint8Array(8),
    nonce: { offset: 0, encoding: 'u64le' },
    target: 1n,
  };
  const oneOf =
    'a bigint from 1 to 2^160 - 1, or an object with leadingZeroBits, hexPrefix, compact, equals, atLeast, or lo and hi';
  const read = { width: 4, endian: 'big' };
  test.each<[string, object | null | number | string | bigint, string]>([
    ['', 0n, 'must be a bigint from 1 to 2^160 - 1'],
    ['', 2n ** 160n, 'must be a bigint from 1 to 2^160 - 1'],
    ['', null, `must be ${oneOf}`],
    ['', 5, `must be ${oneOf}`],
    ['', 'ff', `must be ${oneOf}`],
    ['', new Uint8Array(20), `must be ${oneOf}`],
    ['', {}, `must be ${oneOf}`],
    ['', read, `must be ${oneOf}`],
    ['.leadingZeroBits', { leadingZeroBits: -1 }, 'must be an integer from 0 to 160'],
    ['.leadingZeroBits', { leadingZeroBits: 161 }, 'must be an integer from 0 to 160'],
    ['.leadingZeroBits', { leadingZeroBits: 0.5 }, 'must be an integer from 0 to 160'],
    ['.leadingZeroBits', { leadingZeroBits: '20' }, 'must be an integer from 0 to 160'],
    ['.hexPrefix', { hexPrefix: '' }, 'must be a string of 1 to 40 hex digits'],
    ['.hexPrefix', { hexPrefix: '0x' }, 'must be a string of 1 to 40 hex digits'],
    ['.hexPrefix', { hexPrefix: '0'.repeat(41) }, 'must be a string of 1 to 40 hex digits'],
    ['.hexPrefix', { hexPrefix: 0 }, 'must be a string of 1 to 40 hex digits'],
    ['.hexPrefix', { hexPrefix: '00\n' }, 'must be a string of 1 to 40 hex digits'],
    ['.compact', { compact: -1 }, 'must be an integer from 0 to 4294967295'],
    ['.compact', { compact: '1d00ffff' }, 'must be an integer from 0 to 4294967295'],
    ['.compact', { compact: 0x0300_0000 }, 'must be the compact bits of a target above zero'],
    [
      '.compact',
      { compact: 0x0380_0001 },
      'must be the compact bits of a positive target (the sign bit is set)',
    ],
    ['.compact', { compact: 0x1d00_ffff }, 'must be the compact bits of a target below 2^160'],
    ['.equals', { equals: new Uint8Array(0) }, 'must be a Uint8Array of 1 to 20 bytes'],
    ['.equals', { equals: new Uint8Array(21) }, 'must be a Uint8Array of 1 to 20 bytes'],
    ['.equals', { equals: '00' }, 'must be a Uint8Array of 1 to 20 bytes'],
    ['.atLeast', { atLeast: -1n, ...read }, 'must be a bigint from 0 to 2^32 - 1'],
    ['.atLeast', { atLeast: 2n ** 32n, ...read }, 'must be a bigint from 0 to 2^32 - 1'],
    ['.atLeast', { atLeast: 1, ...read }, 'must be a bigint from 0 to 2^32 - 1'],
    ['.width', { atLeast: 1n, endian: 'big' }, 'must be an integer from 1 to 20'],
    ['.width', { atLeast: 1n, ...read, width: 0 }, 'must be an integer from 1 to 20'],
    ['.width', { atLeast: 1n, ...read, width: 21 }, 'must be an integer from 1 to 20'],
    ['.endian', { atLeast: 1n, width: 4 }, 'must be one of little, big'],
    ['.endian', { atLeast: 1n, ...read, endian: 'BE' }, 'must be one of little, big'],
    ['.lo', { hi: 1n, ...read }, 'must be a bigint from 0 to 2^32 - 1'],
    ['.hi', { lo: 1n, ...read }, 'must be a bigint from 0 to 2^32 - 1'],
    ['.hi', { lo: 1n, hi: 2n ** 32n, ...read }, 'must be a bigint from 0 to 2^32 - 1'],
    ['.lo', { lo: 3n, hi: 2n, ...read }, 'must be at most template.target.hi, which is 2n'],
  ])('is refused as template.target%s: %j', (field, target, problem) => {
    const argument = `template.target${field}`;
    const value = field === '' ? target : (target as Record<string, unknown>)[field.slice(1)];
    expect(refusalOf({ ...sound, target } as Template)).toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument,
      value,
      problem: `${argument} ${problem}`,
    });
  });

  test.each([
    [{ leadingZeroBits: 1, hexPrefix: '0' }, 'hexPrefix', 'leadingZeroBits'],
    [{ leadingZeroBits: 1, width: 4 }, 'width', 'leadingZeroBits'],
    [{ compact: 0x0300_ffff, equals: new Uint8Array(1) }, 'equals', 'compact'],
    [{ atLeast: 1n, hi: 4n, ...read }, 'hi', 'atLeast'],
  ])('is refused because it mixes forms: %j', (target, extra, form) => {
    const argument = `template.target.${extra}`;
    expect(refusalOf({ ...sound, target } as unknown as Template)).toMatchObject({
      argument,
      problem: `${argument} must not be given together with ${form}, because a target is one rule`,
    });
  });

  test('is refused because a digest of another hash function is longer', () => {
    const target = { atLeast: 1n, width: 21, endian: 'big' };
    expect(refusalOf({ ...sound, target })).toMatchObject({ argument: 'template.target.width' });
    expect(verifyPow({ ...sound, algorithm: 'sha256', target }, 0)).toBe(true);
  });
});

test('The bytes of a target are those of the array, whatever its length property says', () => {
  const template = {
    algorithm: 'sha256',
    preimage: new Uint8Array(4),
    nonce: { offset: 0, encoding: 'u32le' },
  };
  for (const length of [1, 40]) {
    const equals = Object.defineProperty(digestOf('sha256', new Uint8Array(4)), 'length', { value: length });
    expect(verifyPow({ ...template, target: { equals } }, 0)).toBe(true);
  }
  const equals = Object.defineProperty(new Uint8Array(0), 'length', { value: 4 });
  expect(refusalOf({ ...template, target: { equals } })).toMatchObject({
    argument: 'template.target.equals',
  });
});

function refusalOf(template: Template): InvalidArgumentError {
  try {
    verifyPow(template, 0);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error;
    throw error;
  }
  throw new Error('the template is accepted');
}
