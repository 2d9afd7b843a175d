import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeHeader, encodeHeader, type Header, hashHeader } from '../../ts/dag/header.ts';
import { fromHex } from '../../ts/pow/index.ts';
import { describeWithFixtures, fixtureText } from '../fixtures.ts';

const header: Header = {
  version: 0x20000000,
  contextHash: '11'.repeat(31).concat('ff'),
  contentRoot: '22'.repeat(31).concat('ee'),
  time: 0x01020304,
  bits: 0x1d00ffff,
  nonce: 0x0a0b0c0d,
};

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('The header codec', () => {
  test('has the layout of the protocol', () => {
    const bytes = Buffer.from(encodeHeader(header));
    expect(bytes.toString('hex')).toBe(
      ['00000020', `ff${'11'.repeat(31)}`, `ee${'22'.repeat(31)}`, '04030201', 'ffff001d', '0d0c0b0a'].join(
        '',
      ),
    );
  });

  test('decodes what it encodes', () => {
    const headers = fc.record({
      version: u32,
      contextHash: hash,
      contentRoot: hash,
      time: u32,
      bits: u32,
      nonce: u32,
    });
    fc.assert(fc.property(headers, (any) => expect(decodeHeader(encodeHeader(any))).toEqual(any)));
  });

  test.each([
    ['version', -1],
    ['version', 0x100000000],
    ['time', 1.5],
    ['bits', Number.NaN],
    ['nonce', 2 ** 32],
    ['contextHash', 'abc'],
    ['contentRoot', 'AB'.repeat(32)],
  ])('refuses %s = %p and names the field', (field, value) => {
    expect(() => encodeHeader({ ...header, [field]: value })).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: `header.${field}`, value }),
    );
  });

  test.each([0, 79, 81])('refuses %p bytes', (length) => {
    expect(() => decodeHeader(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT' }),
    );
  });
});

describeWithFixtures('The header codec on Bitcoin mainnet headers', ['bitcoin/mainnet-headers.csv'], () => {
  test('reproduces every header and its hash', () => {
    const [, ...lines] = fixtureText('bitcoin/mainnet-headers.csv').trim().split('\n');
    for (const line of lines) {
      const [, hex = '', expectedHash] = line.split(',');
      const bytes = fromHex(hex, 80);
      expect(encodeHeader(decodeHeader(bytes))).toEqual(bytes);
      expect(hashHeader(bytes)).toBe(expectedHash);
    }
  });
});
