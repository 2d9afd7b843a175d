import { describe, expect, test } from '@jest/globals';
import { blockHeader, solvePow, type Template, verifyPow } from '../../ts/pow/index.ts';

const sound: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80),
  nonce: { offset: 76, encoding: 'u32le' },
  target: 2n ** 255n,
};

describe('An invalid template', () => {
  test.each<[string, unknown, unknown]>([
    ['template', null, null],
    ['template.algorithm', { ...sound, algorithm: 'md5' }, 'md5'],
    ['template.preimage', { ...sound, preimage: new Uint8Array(0) }, new Uint8Array(0)],
    ['template.preimage', { ...sound, preimage: new Uint8Array(65537) }, new Uint8Array(65537)],
    ['template.preimage', { ...sound, preimage: 'text' }, 'text'],
    ['template.preimage', { ...sound, preimage: new Uint8Array(3) }, new Uint8Array(3)],
    ['template.nonce', { ...sound, nonce: undefined }, undefined],
    ['template.nonce.offset', { ...sound, nonce: { offset: 77, encoding: 'u32le' } }, 77],
    ['template.nonce.offset', { ...sound, nonce: { offset: 73, encoding: 'u64le' } }, 73],
    ['template.nonce.offset', { ...sound, nonce: { offset: -1, encoding: 'u32le' } }, -1],
    ['template.nonce.offset', { ...sound, nonce: { offset: 0.5, encoding: 'u32le' } }, 0.5],
    ['template.nonce.encoding', { ...sound, nonce: { offset: 0, encoding: 'u16' } }, 'u16'],
    ['template.target', { ...sound, target: 0n }, 0n],
    ['template.target', { ...sound, target: -1n }, -1n],
    ['template.target', { ...sound, target: 2n ** 256n }, 2n ** 256n],
    ['template.target', { ...sound, target: 5 }, 5],
  ])('is rejected by name, in a search and in a verification: %s', async (argument, template, value) => {
    const refusal = { code: 'ERR_QANTO_INVALID_ARGUMENT', argument, value };
    await expect(solvePow(template as Template)).rejects.toMatchObject(refusal);
    expect(() => verifyPow(template as Template, 0)).toThrow(expect.objectContaining(refusal));
  });
});

test.each([-1, 2 ** 32, 0.5, -1n, 2n ** 32n])('The u32 nonce %p is rejected by name', (nonce) => {
  expect(() => verifyPow(sound, nonce)).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'nonce', value: nonce }),
  );
});

describe('The function blockHeader', () => {
  test.each([0, 79, 81])('rejects a header of %i bytes', (length) => {
    expect(() => blockHeader(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'header' }),
    );
  });

  test('rejects compact bits that encode no target', () => {
    expect(() => blockHeader(new Uint8Array(80))).toThrow(expect.objectContaining({ argument: 'bits' }));
  });

  test('reads the target from a header that is a view into a larger buffer', () => {
    const buffer = new Uint8Array(100);
    buffer.set([0xff, 0xff, 0x00, 0x1d], 10 + 72);
    expect(blockHeader(buffer.subarray(10, 90)).target).toBe(0xffffn << 208n);
  });
});
