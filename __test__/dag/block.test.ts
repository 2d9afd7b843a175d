import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Block, decodeBlock, encodeBlock, parseBlock } from '../../ts/dag/block.ts';
import { BlockRejectedError } from '../../ts/dag/errors.ts';
import { sha256d, toHex } from '../../ts/pow/index.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const safe = fc.maxSafeNat();
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);

const blocks: fc.Arbitrary<Block> = fc.record({
  header: fc.record({ version: u32, contextHash: hash, contentRoot: hash, time: u32, bits: u32, nonce: u32 }),
  context: fc.record({
    parents: fc.array(hash, { maxLength: 20 }),
    timestampMs: safe,
    daaScore: safe,
    blueScore: safe,
    blueWork: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    pruningPoint: hash,
    chainRoot: hash,
  }),
  coinbase: fc.record({ address: hash, extraNonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  payloads: fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }),
});

const example: Block = {
  header: {
    version: 0x20000000,
    contextHash: '0'.repeat(64),
    contentRoot: '0'.repeat(64),
    time: 1,
    bits: 0x207fffff,
    nonce: 2,
  },
  context: {
    parents: [`${'0'.repeat(62)}01`],
    timestampMs: 1000,
    daaScore: 3,
    blueScore: 4,
    blueWork: 5n,
    pruningPoint: `${'0'.repeat(62)}09`,
    chainRoot: `${'0'.repeat(62)}0a`,
  },
  coinbase: { address: 'ab'.repeat(32), extraNonce: 6n },
  payloads: [Uint8Array.of(7, 8)],
};

/** The decoded block, or the code of the rejection. Any other error is thrown. */
function tryDecode(bytes: Uint8Array): Block | string {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (error instanceof BlockRejectedError) return error.code;
    throw error;
  }
}

describe('The block codec', () => {
  test('has the layout of the protocol', () => {
    const zero = '00'.repeat(32);
    expect(toHex(encodeBlock(example))).toBe(
      [
        '02', // format
        `00000020${zero}${zero}01000000ffff7f2002000000`, // header
        `01${'01'.padEnd(64, '0')}`, // parents
        'e803000000000000', // timestampMs
        '0300000000000000', // daaScore
        '0400000000000000', // blueScore
        '05'.padEnd(64, '0'), // blueWork
        '09'.padEnd(64, '0'), // pruningPoint
        '0a'.padEnd(64, '0'), // chainRoot
        '02000000', // contents
        `28000000${'ab'.repeat(32)}0600000000000000`, // coinbase
        '020000000708', // payload
      ].join(''),
    );
  });

  test('decodes what it encodes', () => {
    fc.assert(fc.property(blocks, (block) => expect(decodeBlock(encodeBlock(block))).toEqual(block)));
  });

  test('returns the byte ranges that hashes are computed from', () => {
    const bytes = encodeBlock(example);
    const parsed = parseBlock(bytes);
    expect(parsed.header).toEqual(bytes.slice(1, 81));
    expect(parsed.context).toEqual(bytes.slice(81, 81 + 121 + 32));
    expect(Buffer.concat([parsed.header, parsed.context])).toEqual(Buffer.from(parsed.head));
    expect(Buffer.concat([parsed.head, parsed.body])).toEqual(Buffer.from(bytes.slice(1)));
    expect(parsed.contents.map(toHex)).toEqual([`${'ab'.repeat(32)}0600000000000000`, '0708']);
    expect(parsed.hash).toBe(toHex(sha256d(parsed.header).reverse()));
  });

  test.each([
    ['a Uint8Array', encodeBlock(example)],
    ['a Buffer', Buffer.from(encodeBlock(example))],
  ])('shares no memory with %s that it decodes', (_, bytes) => {
    const parsed = parseBlock(bytes);
    bytes.fill(0xff);
    expect(parsed.block).toEqual(example);
    expect(parsed.head.every((byte) => byte === 0xff)).toBe(false);
  });

  test('accepts only bytes that it writes', () => {
    const mutations = fc.tuple(blocks, fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(mutations, ([block, position, change]) => {
        const bytes = encodeBlock(block);
        bytes[position % bytes.length]! ^= change;
        const decoded = tryDecode(bytes);
        if (typeof decoded !== 'string') expect(encodeBlock(decoded)).toEqual(bytes);
      }),
    );
  });

  test('refuses arbitrary bytes with ERR_QANTO_MALFORMED or ERR_QANTO_BAD_COINBASE only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        const bytes = Uint8Array.of(2, ...noise);
        expect(['ERR_QANTO_MALFORMED', 'ERR_QANTO_BAD_COINBASE']).toContain(tryDecode(bytes));
      }),
    );
  });

  test('refuses every truncation', () => {
    const bytes = encodeBlock(example);
    for (let length = 0; length < bytes.length; length++) {
      expect(tryDecode(bytes.subarray(0, length))).toBe('ERR_QANTO_MALFORMED');
    }
  });

  test('refuses bytes after the end', () => {
    expect(tryDecode(Buffer.concat([encodeBlock(example), Uint8Array.of(0)]))).toBe('ERR_QANTO_MALFORMED');
  });

  test('refuses another format, and names the one that it supports', () => {
    const bytes = encodeBlock(example);
    bytes[0] = 1;
    expect(() => decodeBlock(bytes)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_MALFORMED', field: 'format', value: 1, expected: '2' }),
    );
  });

  test('allocates no memory for contents that are claimed but absent', () => {
    const bytes = encodeBlock({ ...example, payloads: [] });
    const count = bytes.length - 48;
    new DataView(bytes.buffer).setUint32(count, 0xffffffff, true);
    new DataView(bytes.buffer).setUint32(count + 4, 0xfffffff0, true);
    const before = process.memoryUsage().arrayBuffers;
    expect(tryDecode(bytes)).toBe('ERR_QANTO_MALFORMED');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  test('refuses integers that a JavaScript number cannot represent', () => {
    const bytes = encodeBlock(example);
    new DataView(bytes.buffer).setBigUint64(81 + 33, 2n ** 53n, true);
    expect(() => decodeBlock(bytes)).toThrow(
      expect.objectContaining({
        code: 'ERR_QANTO_MALFORMED',
        field: 'context.timestampMs',
        value: 2n ** 53n,
      }),
    );
  });

  test.each([
    ['context.daaScore', { context: { ...example.context, daaScore: -1 } }],
    ['context.blueWork', { context: { ...example.context, blueWork: 2n ** 256n } }],
    ['context.parents[0]', { context: { ...example.context, parents: ['xyz'] } }],
    ['context.parents.length', { context: { ...example.context, parents: Array(256).fill('0'.repeat(64)) } }],
    ['coinbase.address', { coinbase: { ...example.coinbase, address: 'ab' } }],
    ['coinbase.extraNonce', { coinbase: { ...example.coinbase, extraNonce: -1n } }],
    ['payloads[0]', { payloads: ['text' as unknown as Uint8Array] }],
    ['header.nonce', { header: { ...example.header, nonce: 2 ** 32 } }],
  ])('refuses to encode an invalid %s and names it', (argument, change) => {
    expect(() => encodeBlock({ ...example, ...change })).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
    );
  });
});
