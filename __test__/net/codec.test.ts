import { describe, expect, test } from '@jest/globals';
import {
  decodeBlockRequest,
  decodeHello,
  decodeOrderRequest,
  decodeSliceHead,
  decodeTips,
  encodeHashes,
  encodeHello,
  encodeOrderRequest,
  encodeSliceHead,
  type Hello,
} from '../../ts/net/codec.ts';
import { MalformedMessageError } from '../../ts/net/errors.ts';
import { seededNumbers } from '../../ts/net/seeded-numbers.ts';

const id = (digit: string) => digit.repeat(64);
const HELLO: Hello = {
  version: 1,
  network: 'regtest',
  genesis: id('1'),
  instance: 2n ** 64n - 1n,
  sink: id('2'),
  blueScore: 12,
  blueWork: 2n ** 255n,
  pruningPoint: id('3'),
  orderEnd: 2 ** 53 - 1,
  timeMs: 1_700_000_000_000,
};
const MESSAGES = {
  hello: { bytes: encodeHello(HELLO), decode: decodeHello, value: HELLO },
  'order request': {
    bytes: encodeOrderRequest({ locator: [id('a'), id('b')], offset: 5, count: 1024 }),
    decode: decodeOrderRequest,
    value: { locator: [id('a'), id('b')], offset: 5, count: 1024 },
  },
  'slice head': {
    bytes: encodeSliceHead({ status: 'pruned', low: id('0'), position: 0, orderEnd: 0 }),
    decode: decodeSliceHead,
    value: { status: 'pruned', low: id('0'), position: 0, orderEnd: 0 },
  },
  tips: { bytes: encodeHashes([id('c')]), decode: decodeTips, value: [id('c')] },
  'block request': { bytes: encodeHashes([id('d')]), decode: decodeBlockRequest, value: [id('d')] },
};

describe.each(Object.entries(MESSAGES))('the message %s', (_name, { bytes, decode, value }) => {
  test('is decoded to what was encoded', () => {
    expect(decode(bytes)).toEqual(value);
  });

  test('is refused if any number of bytes is missing or follows', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length))).toThrow(MalformedMessageError);
    }
    expect(() => decode(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(MalformedMessageError);
  });

  test('is refused with its own error, or decoded, whatever bytes are changed', () => {
    const random = seededNumbers(7);
    for (let round = 0; round < 5000; round++) {
      const changed = Uint8Array.from(bytes);
      for (let change = 0; change <= round % 4; change++) {
        changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
      }
      try {
        decode(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError);
      }
    }
  });
});

test('a list of more hashes than are allowed is refused', () => {
  expect(decodeBlockRequest(new Uint8Array(128 * 32))).toHaveLength(128);
  expect(() => decodeBlockRequest(new Uint8Array(129 * 32))).toThrow(MalformedMessageError);
});

test('a hash is sent in the order of its digest', () => {
  expect(encodeHashes([`00${'0'.repeat(60)}ff`])[0]).toBe(0xff);
});

test('a hello of a later version may have more fields', () => {
  const later = encodeHello({ ...HELLO, version: 2 });
  expect(decodeHello(Buffer.concat([later, Buffer.alloc(9)]))).toEqual({ ...HELLO, version: 2 });
});
