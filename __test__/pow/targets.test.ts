import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compactToTarget,
  difficultyFromCompact,
  digestToInteger,
  TARGET_LIMIT,
  targetToCompact,
  workFromCompact,
  workFromTarget,
} from '../../ts/pow/index.ts';
import { DIFFICULTY_1_TARGET } from '../../ts/pow/targets.ts';

// The cases are from Bitcoin Core's arith_uint256 tests (bignum SetCompact, MIT license).
describe('The function compactToTarget', () => {
  test.each([0x01003456, 0x02000056, 0x03000000, 0x04000000, 0x00923456, 0x01803456, 0x02800056, 0x03800000])(
    'rejects %i, which encodes zero',
    (bits) => {
      expect(() => compactToTarget(bits)).toThrow(/above zero/);
    },
  );

  test.each([
    [0x01123456, 0x12n],
    [0x02123456, 0x1234n],
    [0x03123456, 0x123456n],
    [0x04123456, 0x12345600n],
    [0x05009234, 0x92340000n],
    [0x20123456, 0x123456n << 232n],
    [0x1d00ffff, DIFFICULTY_1_TARGET],
  ])('decodes %i', (bits, target) => {
    expect(compactToTarget(bits)).toBe(target);
  });

  test.each([0x01fedcba, 0x04923456, 0x1d80ffff])('rejects %i, whose sign bit is set', (bits) => {
    expect(() => compactToTarget(bits)).toThrow(/sign bit/);
  });

  test.each([0xff123456, 0x23000001, 0x22000100, 0x21010000])(
    'rejects %i, which overflows 256 bits',
    (bits) => {
      expect(() => compactToTarget(bits)).toThrow(/below 2\^256/);
    },
  );

  test.each([-1, 2 ** 32, 1.5, Number.NaN])('rejects %d, which is not a u32', (bits) => {
    expect(() => compactToTarget(bits)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', value: bits }),
    );
  });
});

describe('The function targetToCompact', () => {
  test('returns the original bits for every target that compact bits can encode', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 32 }),
        fc.integer({ min: 0x8000, max: 0x7fffff }),
        (exponent, mantissa) => {
          const bits = exponent * 0x1000000 + mantissa;
          expect(targetToCompact(compactToTarget(bits))).toBe(bits);
        },
      ),
    );
  });

  test('rounds down by less than one part in 2^15', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: TARGET_LIMIT - 1n }), (target) => {
        const rounded = compactToTarget(targetToCompact(target));
        expect(rounded <= target).toBe(true);
        expect((target - rounded) << 15n < target).toBe(true);
      }),
    );
  });

  test.each([0n, -1n, TARGET_LIMIT])('rejects %d', (target) => {
    expect(() => targetToCompact(target)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', value: target }),
    );
  });
});

test('The work of difficulty 1 is slightly more than 2^32', () => {
  expect(workFromCompact(0x1d00ffff)).toBe(0x100010001n);
});

test('The work of the largest target is one hash', () => {
  expect(workFromTarget(TARGET_LIMIT - 1n)).toBe(1n);
});

test('The difficulty of bits 0x1b0404cb is 16307.42, as Bitcoin documents it', () => {
  expect(difficultyFromCompact(0x1b0404cb)).toBeCloseTo(16307.420938523983, 6);
});

test('A digest is compared as a little-endian integer', () => {
  const digest = new Uint8Array(32);
  digest[0] = 1;
  digest[31] = 0x80;
  expect(digestToInteger(digest)).toBe((0x80n << 248n) + 1n);
});
