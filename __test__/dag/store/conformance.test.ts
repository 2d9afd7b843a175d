import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BlockStore, MemoryStore, SqliteStore } from '../../../ts/dag/index.ts';
import { toHex } from '../../../ts/pow/index.ts';
import { headsOf, storedBlock, temporaryDirectory } from './support.ts';

const identity = { network: 'test', genesis: 'aa'.repeat(32) };
const directory = temporaryDirectory();
afterEach(() => directory.remove());

const makers: readonly [string, () => { store: BlockStore; other: () => BlockStore }][] = [
  [
    'MemoryStore',
    () => {
      const store = new MemoryStore();
      return { store, other: () => store };
    },
  ],
  [
    'SqliteStore',
    () => ({ store: new SqliteStore(directory.path), other: () => new SqliteStore(directory.path) }),
  ],
];

describe.each(makers)('A %s', (_, make) => {
  let store: BlockStore;
  /** Creates another store for the same data. */
  let other: () => BlockStore;

  beforeEach(async () => {
    ({ store, other } = make());
    await store.open(identity);
  });

  afterEach(() => store.close());

  const reopen = async () => {
    await store.close();
    store = other();
    await store.open(identity);
  };
  const hashes = async () => (await headsOf(store)).map(({ hash }) => hash);

  test('is empty when it is new', async () => {
    expect(store.size).toBe(0);
    expect(await hashes()).toEqual([]);
    await expect(store.read(storedBlock(1).hash)).resolves.toBeUndefined();
  });

  test('returns the blocks that were appended', async () => {
    const block = storedBlock(1);
    await store.append([block]);
    expect(textOf(await store.read(block.hash))).toBe(textOf(block));
    expect(store.size).toBe(1);
  });

  test('keeps the order in which blocks were appended', async () => {
    const numbers = [5, 1, 9, 3];
    await store.append(numbers.slice(0, 3).map((number) => storedBlock(number)));
    await store.append([storedBlock(3)]);
    expect(await hashes()).toEqual(numbers.map((number) => storedBlock(number).hash));
  });

  test('returns heads without bodies', async () => {
    const block = storedBlock(1);
    await store.append([block]);
    const [head] = await headsOf(store);
    expect(Buffer.from(head!.head)).toEqual(Buffer.from(block.head));
  });

  test('holds the same blocks when it is opened again', async () => {
    const blocks = [storedBlock(1), storedBlock(2, 0), storedBlock(3, 100_000)];
    await store.append(blocks);
    await reopen();
    expect(await hashes()).toEqual(blocks.map(({ hash }) => hash));
    for (const block of blocks) expect(textOf(await store.read(block.hash))).toBe(textOf(block));
  });

  test('appends further blocks when it is opened again', async () => {
    await store.append([storedBlock(1)]);
    await reopen();
    await store.append([storedBlock(2)]);
    await reopen();
    expect(await hashes()).toEqual([storedBlock(1).hash, storedBlock(2).hash]);
  });

  test('holds thousands of blocks appended in groups', async () => {
    for (let group = 0; group < 10; group++) {
      await store.append(Array.from({ length: 300 }, (_, index) => storedBlock(group * 300 + index)));
    }
    await reopen();
    expect(store.size).toBe(3000);
    expect(await hashes()).toEqual(Array.from({ length: 3000 }, (_, number) => storedBlock(number).hash));
  });

  test('refuses a second opener until it is closed', async () => {
    await expect(other().open(identity)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_LOCKED',
      pid: process.pid,
    });
    await reopen();
  });

  test.each([
    ['network', { ...identity, network: 'another' }],
    ['genesis', { ...identity, genesis: 'bb'.repeat(32) }],
  ])('refuses to open for another %s, and stays unchanged', async (_field, another) => {
    await store.append([storedBlock(1)]);
    await store.close();
    await expect(other().open(another)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_WRONG_NETWORK',
      message: expect.stringContaining(another.genesis),
    });
    store = other();
    await store.open(identity);
    expect(store.size).toBe(1);
  });
});

/** A block as text, since comparing long byte arrays element by element is slow. */
function textOf(block: { hash: string; head: Uint8Array; body: Uint8Array } | undefined): string | undefined {
  return block && [block.hash, toHex(block.head), toHex(block.body)].join(' ');
}
