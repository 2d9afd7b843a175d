import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digest, expectedHashes, prepare, type Template, verifyPow } from '../../ts/pow/index.ts';

const stamp = {
  algorithm: 'sha256',
  preimage: new Uint8Array(28).fill(7),
  nonce: { offset: 20, encoding: 'u64le' },
  target: { leadingZeroBits: 1 },
} satisfies Template;

describe('A prepared template', () => {
  test('verifies nonces as verifyPow does', () => {
    const prepared = prepare(stamp);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nonce) => {
        expect(prepared.verify(nonce)).toBe(verifyPow(stamp, nonce));
        expect(prepared.verify(Number(nonce >> 11n))).toBe(verifyPow(stamp, nonce >> 11n));
      }),
    );
  });

  test('returns the digest of the message with the nonce, and the expected hashes', () => {
    const message = stamp.preimage.slice();
    new DataView(message.buffer).setBigUint64(20, 77n, true);
    const prepared = prepare(stamp);
    expect(prepared.digest(77)).toEqual(digest('sha256', message));
    expect(prepared.expectedHashes).toBe(expectedHashes(stamp));
  });

  test('does not change when the bytes of the template change', () => {
    const preimage = stamp.preimage.slice();
    const equals = digest('sha256', Uint8Array.of(...preimage.subarray(0, 20), ...new Uint8Array(8)));
    const nonce = { ...stamp.nonce };
    const prepared = prepare({ ...stamp, preimage, nonce, target: { equals } });
    preimage.fill(0);
    equals.fill(0);
    nonce.offset = 0;
    expect(prepared.verify(0)).toBe(true);
    expect(prepared.verify(1)).toBe(false);
  });

  test('takes a text in the place of a text nonce', () => {
    const template: Template = { ...stamp, nonce: { offset: 28, encoding: 'decimal' } };
    const prepared = prepare(template);
    for (const text of ['7', '007', '+5', 'é']) {
      expect(prepared.verify(text)).toBe(verifyPow(template, text));
      expect(prepared.digest(text)).toEqual(
        digest('sha256', Buffer.concat([template.preimage, Buffer.from(text)])),
      );
    }
  });

  test('verifies the variants of a header', () => {
    const template: Template = {
      ...{ algorithm: 'sha256d', preimage: new Uint8Array(80), nonce: { offset: 76, encoding: 'u32le' } },
      ...{ target: { leadingZeroBits: 1 }, versionRolling: 4 },
    };
    const prepared = prepare(template);
    for (let nonce = 0; nonce < 20; nonce++) {
      for (let variant = 0; variant < 4; variant++) {
        expect(prepared.verify(nonce, variant)).toBe(verifyPow(template, nonce, variant));
      }
    }
    expect(() => prepared.verify(0)).toThrow('variant must be an integer from 0 to 3');
  });

  test.each([-1, 1.5, 2 ** 53, Number.NaN, 2n ** 64n, '7', null, undefined])(
    'refuses the nonce %p as verifyPow does',
    (nonce) => {
      let refusal: unknown;
      try {
        verifyPow(stamp, nonce as never);
      } catch (error) {
        refusal = error;
      }
      expect(() => prepare(stamp).verify(nonce as never)).toThrow(refusal as Error);
      expect(() => prepare(stamp).digest(nonce as never)).toThrow(refusal as Error);
    },
  );
});
