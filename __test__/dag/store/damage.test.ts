import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { open } from 'lmdb';
import { type Block, encodeBlock, QantoDag, regtest } from '../../../ts/dag/index.ts';
import { FILE_OPTIONS } from '../../../ts/dag/store/lmdb-file.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { QantoError } from '../../../ts/errors.ts';
import { sha256d, toHex } from '../../../ts/pow/index.ts';
import { ADDRESS, hashOf, mine, mineAndAdd, mineSiblings, openDag } from '../support.ts';
import { temporaryDirectory } from './support.ts';

/** Changed positions and lengths tried in one run. */
const CASES = Number(process.env['QANTO_DAMAGE_CASES'] ?? 30);

const directory = temporaryDirectory();
const file = join(directory.path, 'blocks.mdb');
const soundCopy = join(directory.path, 'sound-copy');

let blocks: Block[];
let order: string[];

/** A store with some depth to its trees: forks, payloads that fill pages and payloads that need several. */
beforeAll(async () => {
  const dag = await openDag({ dataDir: directory.path });
  blocks = [];
  for (let round = 0; round < 40; round++) {
    const payloads = [Buffer.alloc(round % 8 === 0 ? 9000 : 300, round)];
    const group = [mine(dag.buildTemplate({ address: ADDRESS, payloads })), ...mineSiblings(dag, 2)];
    await Promise.all(group.map((block) => dag.addBlock(block)));
    blocks.push(...group);
  }
  order = [...dag.order()];
  await dag.close();
  copyFileSync(file, soundCopy);
});

beforeEach(() => copyFileSync(soundCopy, file));
afterAll(() => directory.remove());

function openAgain(): Promise<QantoDag> {
  return QantoDag.open({ network: regtest, dataDir: directory.path, environment: seededEnvironment(1) });
}

function hexOf(block: Block): string {
  return toHex(encodeBlock(block));
}

/**
 * Opens the DAG, reads everything and adds a block; whatever it then says is right, or the error says what is damaged.
 */
async function readEverything(): Promise<'sound' | string> {
  let dag: QantoDag | undefined;
  try {
    dag = await openAgain();
    expect([...dag.order()]).toEqual(order);
    for (const block of blocks) expect(hexOf(dag.getBlock(hashOf(block))!)).toBe(hexOf(block));
    await mineAndAdd(dag, 1);
    return 'sound';
  } catch (error) {
    if (!(error instanceof QantoError)) throw error;
    expect(error.message).toContain(file);
    expect(error.message).toContain('backup');
    return error.code;
  } finally {
    await dag?.close();
  }
}

describe('a block file', () => {
  test('that is sound holds everything', async () => {
    await expect(readEverything()).resolves.toBe('sound');
  });

  test('that was truncated anywhere is an error, not a crash', async () => {
    const lengths = fc.integer({ min: 1, max: statSync(file).size - 1 });
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        copyFileSync(soundCopy, file);
        truncateSync(file, length);
        await expect(readEverything()).resolves.toBe('STORE_DAMAGED');
      }),
      { numRuns: CASES },
    );
  });

  test('with a byte changed anywhere is an error or makes no difference', async () => {
    const sound = readFileSync(soundCopy);
    const changes = fc.tuple(fc.nat({ max: sound.length - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(changes, async ([position, change]) => {
        const bytes = Buffer.from(sound);
        bytes[position]! ^= change;
        writeFileSync(file, bytes);
        expect(['sound', 'STORE_DAMAGED']).toContain(await readEverything());
      }),
      { numRuns: CASES },
    );
  });

  test.each([
    ['magic number', 24],
    ['format version', 28],
    ['page size', 48 + 1],
    ['root page', 72 + 24 + 40],
    ['transaction number', 24 + 128],
  ])('whose first meta page has its %s changed is an error or makes no difference', async (_, position) => {
    const bytes = readFileSync(soundCopy);
    bytes[position]! ^= 2;
    writeFileSync(file, bytes);
    expect(['sound', 'STORE_DAMAGED']).toContain(await readEverything());
  });

  test('with the sign of a free page changed is an error: LMDB takes it for the length of a run', async () => {
    const sound = readFileSync(soundCopy);
    // The two meta pages: the later transaction's is in force. Its tree of free pages comes first, here a single leaf.
    const meta = sound.readBigUInt64LE(24 + 128) > sound.readBigUInt64LE(4096 + 24 + 128) ? 0 : 4096;
    const page = Number(sound.readBigUInt64LE(meta + 24 + 24 + 40)) * 4096;
    let words = 0;
    for (let slot = 24; slot < 24 + sound.readUInt16LE(page + 20); slot += 2) {
      const node = page + 24 + sound.readUInt16LE(page + slot);
      // Its header and its key have 8 bytes each, and so has each word of the list; the first counts the others.
      for (let word = node + 24; word < node + 16 + sound.readUInt32LE(node); word += 8) {
        const bytes = Buffer.from(sound);
        bytes[word + 7]! ^= 0x80;
        writeFileSync(file, bytes);
        await expect(openAgain()).rejects.toMatchObject({ code: 'STORE_DAMAGED', location: file });
        words += 1;
      }
    }
    expect(words).toBeGreaterThan(2);
  });

  test('that is no LMDB file is an error and is left as it is', async () => {
    writeFileSync(file, 'something else altogether'.repeat(1000));
    await expect(openAgain()).rejects.toMatchObject({ code: 'STORE_DAMAGED', location: file });
    expect(readFileSync(file, 'utf8')).toBe('something else altogether'.repeat(1000));
  });
});

test('a lock file that is damaged is named, and may be deleted', async () => {
  const lock = join(directory.path, 'writer.mdb');
  writeFileSync(lock, 'not a lock');
  await expect(openAgain()).rejects.toMatchObject({ code: 'STORE_DAMAGED', location: lock });
  rmSync(lock);
  await expect(readEverything()).resolves.toBe('sound');
});

describe('a store whose records', () => {
  /** Changes one record behind the store's back. */
  async function changeRecord(key: Buffer, change: (value: Buffer) => Buffer | undefined): Promise<void> {
    const database = open<Buffer, Buffer>({
      ...FILE_OPTIONS,
      path: file,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    const value = change(Buffer.from(database.get(key)!));
    if (value) await database.put(key, value);
    else await database.remove(key);
    await database.close();
  }

  const numbered = (kind: number, number: number) => Buffer.from([kind, 0, 0, 0, number]);
  const flip = (position: number) => (value: Buffer) => {
    value[position]! ^= 1;
    return value;
  };
  const HEAD_HASH = 0;
  const HEADER = 32;
  const CONTEXT = 32 + 80;

  test.each([
    ['say another hash', numbered(2, 7), flip(HEAD_HASH)],
    ['have a byte of a header changed', numbered(2, 7), flip(HEADER + 76)],
    ['have a byte of a context changed', numbered(2, 7), flip(CONTEXT + 40)],
    ['end within a context', numbered(2, 7), (value: Buffer) => value.subarray(0, -1)],
    ['lack a head', numbered(2, 7), () => undefined],
    ['count a block too few', Buffer.of(1), () => Buffer.from([0, 0, 0, 119, 0, 0, 0, 119])],
    ['count a block too many', Buffer.of(1), () => Buffer.from([0, 0, 0, 121, 0, 0, 0, 121])],
    ['hold a block less than they say', Buffer.of(1), () => Buffer.from([0, 0, 0, 120, 0, 0, 0, 121])],
    ['lack the count', Buffer.of(1), () => undefined],
    ['lack the identity', Buffer.of(0), () => undefined],
    ['have a byte of the identity changed', Buffer.of(0), flip(20)],
  ])('%s is refused when it is opened', async (_, key, change) => {
    await changeRecord(key, change);
    await expect(openAgain()).rejects.toMatchObject({ code: 'STORE_DAMAGED', location: file });
  });

  test.each([
    ['have a byte of a body changed', () => numbered(3, 7), flip(20)],
    ['lack a body', () => numbered(3, 7), () => undefined],
    ['lack the number of a block', () => numberOf(7), () => undefined],
    ['give a block the number of another', () => numberOf(7), flip(3)],
  ])('%s is told when that block is read', async (_, key, change) => {
    await changeRecord(key(), change);
    const dag = await openAgain();
    try {
      const damaged = expect.objectContaining({ code: 'STORE_DAMAGED', location: file });
      expect(() => dag.getBlock(hashOf(blocks[7]!))).toThrow(damaged);
      expect(hexOf(dag.getBlock(hashOf(blocks[9]!))!)).toBe(hexOf(blocks[9]!));
    } finally {
      await dag.close();
    }
  });

  test('were written by a newer qanto is refused as such', async () => {
    await changeRecord(Buffer.of(0), (value) => {
      const identity = { ...JSON.parse(value.subarray(4).toString()), schema: 3 };
      const json = Buffer.from(JSON.stringify(identity));
      return Buffer.concat([sha256d(json).subarray(0, 4), json]);
    });
    await expect(openAgain()).rejects.toMatchObject({
      code: 'STORE_SCHEMA_TOO_NEW',
      found: 3,
      supported: 2,
      message: expect.stringContaining('upgrade qanto'),
    });
  });

  const numberOf = (index: number) =>
    Buffer.concat([Buffer.of(4), Buffer.from(hashOf(blocks[index]!), 'hex')]);
});
