import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { native } from '../../ts/native.ts';
import {
  ALGORITHMS,
  digest as digestOf,
  NONCE_ENCODINGS,
  type NonceField,
  prepare,
  solvePow,
  type Template,
  verifyPow,
} from '../../ts/pow/index.ts';
import { checkTemplate, toNativeTemplate } from '../../ts/pow/template.ts';
import { isHit, messageOf } from './messages.ts';

const U64_MAX = 2n ** 64n - 1n;
const WIDTHS: Readonly<Record<string, number>> = { 'decimal-fixed': 20, hex: 16 };
const LAST: Readonly<Record<string, bigint>> = { u32le: 2n ** 32n - 1n, u32be: 2n ** 32n - 1n };

/** The last nonce, by its definition. */
function lastNonce({ encoding, width = 0 }: NonceField): bigint {
  if (encoding === 'hex') return 16n ** BigInt(width) - 1n;
  const digits = encoding === 'decimal-fixed' ? 10n ** BigInt(width) - 1n : U64_MAX;
  return LAST[encoding] ?? (digits < U64_MAX ? digits : U64_MAX);
}

/** A message of every shape: any encoding at any offset, with bytes before and after the nonce. */
const shaped = fc
  .record({
    algorithm: fc.constantFrom(...ALGORITHMS),
    encoding: fc.constantFrom(...NONCE_ENCODINGS),
    width: fc.integer({ min: 1, max: 20 }),
    preimage: fc.uint8Array({ minLength: 8, maxLength: 150 }),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    target: fc.constant({ leadingZeroBits: 1 }),
  })
  .map(({ algorithm, encoding, width, preimage, place, target }) => {
    const maxWidth = WIDTHS[encoding];
    const room = preimage.length - (encoding.startsWith('u32') ? 4 : encoding.startsWith('u64') ? 8 : 0);
    const nonce = {
      ...{ offset: Math.round(place * room), encoding },
      ...(maxWidth !== undefined && { width: Math.min(width, maxWidth) }),
    };
    return { algorithm, preimage, nonce, target } satisfies Template;
  });

describe('A nonce of every encoding', () => {
  test('is written where its template says and as its encoding says', () => {
    fc.assert(
      fc.property(
        shaped.chain((template) => {
          const last = lastNonce(template.nonce);
          const nonce = fc.oneof(fc.bigInt(0n, last), fc.constantFrom(0n, last, last / 7n));
          return fc.tuple(fc.constant(template), nonce);
        }),
        ([template, nonce]) => {
          const digest = digestOf(template.algorithm, messageOf(template, nonce));
          expect(prepare(template).digest(nonce)).toEqual(digest);
          expect(verifyPow(template, nonce)).toBe(isHit(template.target, digest));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('is refused above the last nonce of the encoding', async () => {
    await fc.assert(
      fc.asyncProperty(shaped, async (template) => {
        const above = lastNonce(template.nonce) + 1n;
        const refusal = { code: 'ERR_QANTO_INVALID_ARGUMENT', value: above };
        expect(() => verifyPow(template, above)).toThrow(expect.objectContaining(refusal));
        await expect(solvePow(template, { startNonce: above })).rejects.toMatchObject(refusal);
      }),
    );
  });
});

describe('A text in the place of a nonce', () => {
  const stamp: Template = {
    algorithm: 'sha1',
    preimage: Buffer.from('before:after'),
    nonce: { offset: 7, encoding: 'decimal' },
    target: { leadingZeroBits: 1 },
  };

  test('is hashed exactly as it is, in every text encoding', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 64 })
      .filter((candidate) => Buffer.byteLength(candidate) <= 64);
    const encoding = fc.constantFrom({ encoding: 'decimal' }, { encoding: 'hex', width: 3 });
    fc.assert(
      fc.property(text, encoding, (nonce, field) => {
        const template = { ...stamp, nonce: { ...stamp.nonce, ...field } };
        const digest = digestOf('sha1', messageOf(template, nonce));
        expect(prepare(template).digest(nonce)).toEqual(digest);
        expect(verifyPow(template, nonce)).toBe(isHit(stamp.target, digest));
      }),
    );
  });

  test('is the same as the number only if the encoding would write it', () => {
    expect(prepare(stamp).digest('7')).toEqual(prepare(stamp).digest(7));
    for (const text of ['007', '+7', '7 ', '7.0', '٧']) {
      expect(prepare(stamp).digest(text)).not.toEqual(prepare(stamp).digest(7));
    }
  });

  test.each([
    ['is empty', ''],
    ['is longer than 64 bytes', 'é'.repeat(33)],
    ['has a lone surrogate', 'a\ud800'],
  ])('is refused if it %s', (_, text) => {
    const refusal = { code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'nonce', value: text };
    expect(() => verifyPow(stamp, text)).toThrow(expect.objectContaining(refusal));
    expect(() => prepare(stamp).digest(text)).toThrow(expect.objectContaining(refusal));
  });

  test('is refused for a binary encoding', () => {
    const binary = { ...stamp, nonce: { offset: 0, encoding: 'u32le' } };
    expect(() => verifyPow(binary, '7')).toThrow(
      'nonce must be a number or a bigint, because u32le is no text; got "7"',
    );
  });

  test('is refused with a variant, because only binary nonces have variants', () => {
    expect(() => verifyPow(stamp, '7', 1)).toThrow(expect.objectContaining({ argument: 'variant' }));
  });

  test('is refused by the addon, too', () => {
    const text = toNativeTemplate(checkTemplate(stamp));
    const binary = { ...text, nonceOffset: 0, nonceEncoding: 'u32le' };
    const refusal = expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
    for (const [template, nonce] of [
      [text, ''],
      [text, 'x'.repeat(65)],
      [binary, '7'],
    ] as const) {
      const prepared = new (native().PreparedTemplate)(template);
      expect(() => prepared.verifyText(nonce)).toThrow(refusal);
      expect(() => prepared.digestText(nonce)).toThrow(refusal);
    }
  });
});

describe('A nonce field that does not fit is refused by name', () => {
  const sound: Template = {
    algorithm: 'sha256',
    preimage: new Uint8Array(8),
    nonce: { offset: 8, encoding: 'decimal' },
    target: { leadingZeroBits: 1 },
  };
  test.each<[string, object, unknown]>([
    ['offset', { offset: 9, encoding: 'decimal' }, 9],
    ['offset', { offset: -1, encoding: 'hex', width: 4 }, -1],
    ['offset', { offset: 1, encoding: 'u64le-swapped' }, 1],
    ['width', { offset: 0, encoding: 'hex' }, undefined],
    ['width', { offset: 0, encoding: 'decimal-fixed' }, undefined],
    ['width', { offset: 0, encoding: 'hex', width: 0 }, 0],
    ['width', { offset: 0, encoding: 'hex', width: 17 }, 17],
    ['width', { offset: 0, encoding: 'decimal-fixed', width: 21 }, 21],
    ['width', { offset: 0, encoding: 'decimal-fixed', width: 1.5 }, 1.5],
    ['width', { offset: 0, encoding: 'decimal', width: 5 }, 5],
    ['width', { offset: 0, encoding: 'u32le', width: 4 }, 4],
    ['encoding', { offset: 0, encoding: 'u16le' }, 'u16le'],
  ])('%s of %j', async (name, nonce, value) => {
    const template = { ...sound, nonce } as Template;
    const refusal = { code: 'ERR_QANTO_INVALID_ARGUMENT', argument: `template.nonce.${name}`, value };
    expect(() => verifyPow(template, 0)).toThrow(expect.objectContaining(refusal));
    await expect(solvePow(template)).rejects.toMatchObject(refusal);
  });

  test('if version rolling has a text nonce', () => {
    const template = { ...sound, versionRolling: 2 };
    expect(() => verifyPow(template, 0, 0)).toThrow(
      expect.objectContaining({
        argument: 'template.versionRolling',
        message: expect.stringContaining('needs a nonce of 4 bytes'),
      }),
    );
  });
});

describe('The length of a digest', () => {
  const short: Template = {
    algorithm: 'blake2b',
    digestLength: 5,
    preimage: new Uint8Array(8),
    nonce: { offset: 0, encoding: 'u64le' },
    target: 2n ** 39n,
  };

  test('is that of the digests of searches, verifications and digest', async () => {
    const { nonce, digest } = await solvePow(short);
    expect(digest).toHaveLength(5);
    expect(prepare(short).digest(nonce)).toEqual(digest);
    expect(digestOf('blake2b', messageOf(short, nonce), 5)).toEqual(digest);
  });

  test('has a default for every hash function', () => {
    const lengths = ALGORITHMS.map((algorithm) => digestOf(algorithm, new Uint8Array(0)).length);
    expect(lengths).toEqual([20, 32, 32, 64, 64, 64, 32]);
  });

  test.each([0, 65, 1.5, '8', null])('is refused by name if it is %p', (digestLength) => {
    const template = { ...short, digestLength } as unknown as Template;
    expect(() => verifyPow(template, 0)).toThrow(
      expect.objectContaining({ argument: 'template.digestLength', value: digestLength }),
    );
    expect(() => digestOf('blake2b', new Uint8Array(1), digestLength as number)).toThrow(
      expect.objectContaining({ argument: 'digestLength', value: digestLength }),
    );
  });

  test('is refused for every hash function but blake2b', () => {
    for (const algorithm of ALGORITHMS.filter((name) => name !== 'blake2b')) {
      const template = { ...short, algorithm, digestLength: 32 };
      expect(() => verifyPow(template, 0)).toThrow(
        expect.objectContaining({ argument: 'template.digestLength', value: 32 }),
      );
      expect(() => digestOf(algorithm, new Uint8Array(1), 32)).toThrow(
        expect.objectContaining({ argument: 'digestLength' }),
      );
    }
  });

  test('limits the target', () => {
    expect(() => verifyPow({ ...short, target: 2n ** 40n }, 0)).toThrow(
      'template.target must be a bigint from 1 to 2^40 - 1',
    );
  });
});
