import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SqliteStore } from '../../../ts/dag/index.ts';
import { storedBlock, temporaryDirectory } from './support.ts';

const identity = { network: 'test', genesis: 'aa'.repeat(32) };
const testOnPosix = process.platform === 'win32' ? test.skip : test;

let directory: ReturnType<typeof temporaryDirectory>;
let store: SqliteStore;

beforeEach(() => {
  directory = temporaryDirectory();
  store = new SqliteStore(directory.path);
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

describe('A data directory', () => {
  test('of an older version is refused with an explanation and left unchanged', async () => {
    writeFileSync(join(directory.path, 'blocks.mdb'), 'old');
    await expect(store.open(identity)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_SCHEMA_TOO_OLD',
      oldFile: 'blocks.mdb',
      message: expect.stringContaining('--data-dir'),
    });
    expect(readFileSync(join(directory.path, 'blocks.mdb'), 'utf8')).toBe('old');
  });

  test('that cannot be created is refused with advice', async () => {
    writeFileSync(join(directory.path, 'file'), '');
    const below = new SqliteStore(join(directory.path, 'file', 'below'));
    await expect(below.open(identity)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_FAILED',
      message: expect.stringContaining('--data-dir'),
      cause: { code: expect.stringMatching(/^(ENOTDIR|EEXIST)$/) },
    });
  });

  testOnPosix.each(['blocks.db', 'lock', 'reserve', 'acknowledged', 'blocks.db-wal'])(
    'with a FIFO in place of its file %s is refused at once',
    async (name) => {
      execFileSync('mkfifo', [join(directory.path, name)]);
      await expect(store.open(identity)).rejects.toMatchObject({
        code: 'ERR_QANTO_STORE_FAILED',
        message: expect.stringContaining('not a regular file'),
      });
    },
  );

  test('with a directory in place of its file is refused', async () => {
    mkdirSync(join(directory.path, 'blocks.db'));
    await expect(store.open(identity)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
  });

  testOnPosix('that is deleted while it is in use refuses all further transactions', async () => {
    await store.open(identity);
    await store.append([storedBlock(1)]);
    rmSync(directory.path, { recursive: true });
    for (const number of [2, 3]) {
      await expect(store.append([storedBlock(number)])).rejects.toMatchObject({
        code: 'ERR_QANTO_STORE_FAILED',
        message: expect.stringContaining('deleted or replaced'),
      });
    }
  });

  testOnPosix('whose lock file is deleted while it is in use has at most one writer', async () => {
    await store.open(identity);
    rmSync(join(directory.path, 'lock'));
    const other = new SqliteStore(directory.path);
    await expect(other.open(identity)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_LOCKED' });
    await expect(store.append([storedBlock(1)])).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
  });

  test('stays locked if its files are opened and closed elsewhere in the process', async () => {
    await store.open(identity);
    for (const name of ['lock', 'blocks.db', 'blocks.db-wal']) {
      closeSync(openSync(join(directory.path, name), 'r'));
    }
    const other = new SqliteStore(directory.path);
    await expect(other.open(identity)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_LOCKED' });
    await store.append([storedBlock(1)]);
  });

  test('whose lock file holds a process id but is not locked can be opened', async () => {
    await store.open(identity);
    await store.close();
    writeFileSync(join(directory.path, 'lock'), `${process.pid}\n`);
    // The id alone does not lock. A container, for example, may have left it behind.
    await store.open(identity);
  });
});

describe('A store', () => {
  test.each([
    [
      'an option of the wrong type',
      () => new SqliteStore('x', { cacheBytes: '1' as never }),
      'options.cacheBytes',
    ],
    ['a negative minFreeBytes', () => new SqliteStore('x', { minFreeBytes: -1 }), 'options.minFreeBytes'],
    [
      'a minFreeBytes that is NaN',
      () => new SqliteStore('x', { minFreeBytes: Number.NaN }),
      'options.minFreeBytes',
    ],
    ['an empty path', () => new SqliteStore(''), 'directory'],
  ])('with %s is refused before anything is created', (_, make, argument) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }));
  });

  test('refuses blocks with a malformed hash and blocks that it already holds, and stays unchanged', async () => {
    await store.open(identity);
    await store.append([storedBlock(1)]);
    const upperCase = { ...storedBlock(2), hash: 'AB'.repeat(32) };
    await expect(store.append([upperCase])).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
    await expect(store.append([storedBlock(3), storedBlock(1)])).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_FAILED',
      message: expect.stringContaining('in the store already'),
    });
    expect(store.size).toBe(1);
    await store.append([storedBlock(3)]);
    expect(store.size).toBe(2);
  });

  test('that is closed rejects reads, and can be opened again', async () => {
    await store.open(identity);
    await store.close();
    await expect(store.read(storedBlock(1).hash)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
    await store.open(identity);
  });
});

describe('A store with less free space than minFreeBytes', () => {
  test('refuses blocks, but can still be pruned, read and closed', async () => {
    const { availableBytes } = await openedUsage();
    store = new SqliteStore(directory.path, { minFreeBytes: 2 * availableBytes });
    await store.open(identity);
    await expect(store.admit(1000)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_FULL',
      minFreeBytes: 2 * availableBytes,
      message: expect.stringContaining('--min-free-bytes'),
    });
    expect((await store.read(storedBlock(1).hash))?.body).toHaveLength(50);
    await store.prune({ dropped: [storedBlock(1).hash], trusted: [], state: Buffer.of(1), archive: false });
    expect(await store.read(storedBlock(1).hash)).toBeUndefined();
  });

  test('accepts blocks if the check is disabled', async () => {
    store = new SqliteStore(directory.path, { minFreeBytes: 0 });
    await store.open(identity);
    await expect(store.admit(2 ** 52)).resolves.toBeUndefined();
  });

  test('measures the free space again only if it has not been known for 250 ms', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(1000);
    try {
      store = new SqliteStore(directory.path, { minFreeBytes: 1 });
      await store.open(identity);
      now.mockReturnValue(2000);
      await store.append([storedBlock(1)]);
      now.mockReturnValue(2249);
      expect(store.admit(1000)).toBeUndefined();
      now.mockReturnValue(2250);
      await expect(store.admit(1000)).resolves.toBeUndefined();
    } finally {
      now.mockRestore();
    }
  });

  async function openedUsage() {
    await store.open(identity);
    await store.append([storedBlock(1), storedBlock(2)]);
    const usage = await store.usage();
    await store.close();
    return usage;
  }
});
