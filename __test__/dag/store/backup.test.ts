import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SqliteStore, type StoredBlock, storeIdentity, type WholeBlock } from '../../../ts/dag/index.ts';
import { headsOf, storedBlock, temporaryDirectory } from './support.ts';

const IDENTITY = storeIdentity('regtest');

let directory: ReturnType<typeof temporaryDirectory>;
let store: SqliteStore;
let target: string;

beforeEach(async () => {
  directory = temporaryDirectory();
  target = join(directory.path, 'backup');
  store = new SqliteStore(join(directory.path, 'store'));
  await store.open(IDENTITY);
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

const blocks = (from: number, to: number): StoredBlock[] =>
  Array.from({ length: to - from }, (_, index) => storedBlock(from + index, 500));

async function contentOf(path: string): Promise<WholeBlock[]> {
  const copy = new SqliteStore(path);
  await copy.open(IDENTITY);
  const content = await everyBlock(copy);
  await copy.close();
  return content;
}

async function everyBlock(of: SqliteStore): Promise<WholeBlock[]> {
  const found: WholeBlock[] = [];
  let next: number | undefined = 0;
  while (next !== undefined) {
    const page = await of.readBlocks(next);
    found.push(...page.blocks);
    next = page.next;
  }
  return found;
}

/** Blocks as texts, which are compared much faster than arrays of bytes. */
const texts = (of: readonly (StoredBlock & { readonly isHeld?: boolean })[]) =>
  of.map(({ hash, head, body, isHeld = true }) =>
    [hash, isHeld, Buffer.from(head).toString('base64'), Buffer.from(body).toString('base64')].join(),
  );

describe('A backup', () => {
  test('is a store with the same blocks and the same state', async () => {
    await store.append(blocks(0, 2000), Uint8Array.of(1, 2));
    const report = await store.backup(target);
    expect(report).toMatchObject({ appendedBlocks: 2000, heldBlocks: 2000 });
    expect(report.sizeBytes).toBeGreaterThan(2000 * 670);
    expect(readdirSync(directory.path)).toEqual(['backup', 'store']);
    const copy = new SqliteStore(target);
    await copy.open(IDENTITY);
    expect(copy.state).toEqual(Uint8Array.of(1, 2));
    expect(texts(await everyBlock(copy))).toEqual(texts(await everyBlock(store)));
    expect((await headsOf(copy)).length).toBe(2000);
    await copy.close();
  });

  test('of an empty store is an empty store', async () => {
    expect(await store.backup(target)).toMatchObject({ appendedBlocks: 0, heldBlocks: 0 });
    expect(await contentOf(target)).toEqual([]);
  });

  test('does not delay the blocks that are appended meanwhile, of which it has the first ones', async () => {
    await store.append(blocks(0, 5000));
    const backup = store.backup(target);
    for (let number = 5000; number < 5040; number += 2) await store.append(blocks(number, number + 2));
    const { appendedBlocks } = await backup;
    const all = await everyBlock(store);
    expect(all).toHaveLength(5040);
    expect(texts(await contentOf(target))).toEqual(texts(all.slice(0, appendedBlocks)));
  });

  test('reports its progress', async () => {
    await store.append(blocks(0, 20_000));
    const seen: number[] = [];
    await store.backup(target, { onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.every((done) => done >= 0 && done <= 1)).toBe(true);
  });

  test.each(['before it starts', 'while it runs'])('that is aborted %s leaves nothing', async (when) => {
    await store.append(blocks(0, 5000));
    const abort = new AbortController();
    if (when === 'before it starts') abort.abort('enough');
    const backup = store.backup(target, { signal: abort.signal });
    abort.abort('enough');
    await expect(backup).rejects.toMatchObject({ code: 'ABORT_ERR', cause: 'enough' });
    expect(readdirSync(directory.path)).toEqual(['store']);
    // The store still works.
    await store.append(blocks(5000, 5001));
    await store.backup(target);
  });

  test('is refused while another one is running', async () => {
    await store.append(blocks(0, 2000));
    const first = store.backup(target);
    await expect(store.backup(`${target}2`)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_FAILED',
      message: expect.stringContaining('already running'),
    });
    await first;
    await store.backup(`${target}2`);
  });

  test.each(['file', 'directory'])('is refused if its target is an existing %s', async (kind) => {
    if (kind === 'file') writeFileSync(target, '');
    else mkdirSync(target);
    await expect(store.backup(target)).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_TARGET_EXISTS',
      target,
    });
  });

  test('is refused with the cause where nothing can be created', async () => {
    writeFileSync(join(directory.path, 'file'), '');
    await expect(store.backup(join(directory.path, 'file', 'backup'))).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_FAILED',
      location: join(directory.path, 'file', 'backup'),
    });
  });

  test('of a store that is not open is refused', async () => {
    await store.close();
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
  });

  test.each([
    [[''], 'target'],
    [['a\0b'], 'target'],
    [[5], 'target'],
    [['x', { signal: 1 }], 'options.signal'],
    [['x', { onProgress: 1 }], 'options.onProgress'],
    [['x', { progress: 1 }], 'options.progress'],
  ])('with the arguments %j is refused', async (args, argument) => {
    const call = store.backup.bind(store) as (...args: unknown[]) => Promise<unknown>;
    await expect(call(...args)).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument });
  });
});

describe('The method readBlocks()', () => {
  test('returns the appended blocks in batches', async () => {
    const appended = blocks(0, 2000);
    await store.append(appended);
    const found = await everyBlock(store);
    expect(texts(found)).toEqual(texts(appended));
    expect((await store.readBlocks(0)).next).toBeLessThan(2000);
    expect(await store.readBlocks(5000)).toEqual({
      ...{ blocks: [], next: undefined, isComplete: true, prunings: 0 },
    });
  });

  test.each([false, true])('says what pruning has left of each block, with archive: %j', async (archive) => {
    await store.append(blocks(0, 10));
    const [zero, one, two] = blocks(0, 3).map(({ hash }) => hash);
    await store.prune({
      dropped: [zero!, one!],
      trusted: [{ hash: two!, record: Uint8Array.of(7), isSettled: true }],
      state: Uint8Array.of(1),
      archive,
    });
    const { blocks: found, isComplete, prunings } = await store.readBlocks(0);
    expect({ isComplete, prunings }).toEqual({ isComplete: archive, prunings: 1 });
    expect(found.map(({ hash, isHeld }) => [hash, isHeld]).slice(0, 3)).toEqual(
      archive
        ? [
            [zero, false],
            [one, false],
            [two, true],
          ]
        : [
            [two, true],
            [storedBlock(3).hash, true],
            [storedBlock(4).hash, true],
          ],
    );
    const trusted = found.find(({ hash }) => hash === two)!;
    expect(trusted.trusted).toEqual(Uint8Array.of(7));
    expect(trusted.body.length).toBe(archive ? 500 : 0);
  });

  test.each([-1, 0.5, 2 ** 60, '0'])('refuses the number %j', async (from) => {
    await expect(store.readBlocks(from as number)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
    });
  });
});
