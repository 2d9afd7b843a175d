import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FORMAT_VERSION, MAGIC, StreamWriter } from '../../ts/node/block-stream/format.ts';
import { StreamReader } from '../../ts/node/block-stream/reader.ts';

const HEADER = { network: 'regtest', genesis: 'ab'.repeat(32), isComplete: true };
const BLOCKS = [Buffer.from('first'), Buffer.from('s'), Buffer.alloc(300, 7)];
const MAX_BYTES = 1000;

function written(blocks: readonly Uint8Array[] = BLOCKS, header = HEADER): Buffer {
  const writer = new StreamWriter();
  return Buffer.concat([
    writer.header(header),
    ...blocks.map((block) => writer.block(block)),
    writer.trailer(),
  ]);
}

async function* inChunks(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

async function read(bytes: Buffer, chunk = 64) {
  const reader = new StreamReader(inChunks(bytes, chunk));
  const header = await reader.header();
  const blocks: Buffer[] = [];
  for await (const block of reader.blocks(MAX_BYTES)) blocks.push(Buffer.from(block));
  return { header, blocks };
}

describe('An export', () => {
  test.each([1, 7, 64, 100_000])('is read as it was written, in chunks of %d bytes', async (chunk) => {
    expect(await read(written(), chunk)).toEqual({ header: HEADER, blocks: BLOCKS });
  });

  test('without blocks is read as it was written', async () => {
    expect(await read(written([]))).toEqual({ header: HEADER, blocks: [] });
  });

  // The checksums were computed with Python's zlib and hashlib.
  test('has the bytes that docs/store.md specifies', () => {
    expect(written([Buffer.from([1, 2])]).toString('hex')).toBe(
      '8951414e544f0d0a' + // magic
        '0100' + // version
        '01' + // complete
        '07' +
        '72656774657374' + // regtest
        'ab'.repeat(32) +
        'ce42e37f' +
        '02000000' +
        '0102' +
        'c5501f0b' +
        '00000000' +
        '0100000000000000' +
        '4a51c36c7fc1eb467bbde85cb3e693869a60d6b2ccf8904303038558f864d27a',
    );
  });

  test('of any blocks is read as it was written', async () => {
    const block = fc.uint8Array({ minLength: 1, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 20 }),
        fc.integer({ min: 1, max: 300 }),
        async (blocks, chunk) => {
          const { blocks: found } = await read(written(blocks), chunk);
          expect(found).toEqual(blocks.map((bytes) => Buffer.from(bytes)));
        },
      ),
    );
  });
});

describe('An input that is not a whole export is refused', () => {
  const refused = { code: expect.stringMatching(/^ERR_QANTO_IMPORT_(FORMAT|TRUNCATED|DAMAGED)$/) };

  test('at whichever byte it ends', async () => {
    const bytes = written();
    for (let length = 0; length < bytes.length; length++) {
      const code = length === 0 ? 'ERR_QANTO_IMPORT_FORMAT' : 'ERR_QANTO_IMPORT_TRUNCATED';
      await expect(read(bytes.subarray(0, length))).rejects.toMatchObject({ code });
    }
  });

  test('whichever bit is changed', async () => {
    const bytes = written();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      await expect(read(changed)).rejects.toMatchObject(refused);
    }
  });

  test.each([
    ['if it is empty', Buffer.alloc(0), 'FORMAT'],
    ['if it is text', Buffer.from('{"hash":"00"}\n'), 'FORMAT'],
    [
      'if line breaks were converted',
      Buffer.from(MAGIC.toString('latin1').replace('\r\n', '\n'), 'latin1'),
      'FORMAT',
    ],
    ['if it goes on after the end', Buffer.concat([written(), Buffer.of(0)]), 'FORMAT'],
    ['if another export follows', Buffer.concat([written(), written()]), 'FORMAT'],
    ['if a block is longer than the network allows', written([Buffer.alloc(MAX_BYTES + 1)]), 'DAMAGED'],
  ])('%s', async (_, bytes, code) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: `ERR_QANTO_IMPORT_${code}` });
  });

  test('if a newer version wrote it', async () => {
    const bytes = written();
    bytes.writeUInt16LE(FORMAT_VERSION + 1, MAGIC.length);
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'ERR_QANTO_IMPORT_FORMAT',
      message: expect.stringContaining('format version 2'),
    });
  });

  test('if blocks are missing, repeated or in another order', async () => {
    const writer = new StreamWriter();
    const [header, ...blocks] = [writer.header(HEADER), ...BLOCKS.map((block) => writer.block(block))];
    const trailer = writer.trailer();
    const [a, b, c] = blocks as [Buffer, Buffer, Buffer];
    for (const parts of [
      [a, b],
      [a, c],
      [a, b, c, c],
      [b, a, c],
    ]) {
      await expect(read(Buffer.concat([header!, ...parts, trailer]))).rejects.toMatchObject({
        code: 'ERR_QANTO_IMPORT_DAMAGED',
      });
    }
  });
});
