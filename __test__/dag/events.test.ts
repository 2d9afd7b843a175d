import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BlockAnswer, MemoryStore, QantoDag, regtest, type StoreCommit } from '../../ts/dag/index.ts';
import { StoreFailedError } from '../../ts/dag/store/errors.ts';
import { temporaryDirectory } from './store/support.ts';
import { forge, mineAndAdd, mineOn, mineSiblings, openDag, readBlocks } from './support.ts';

let dag: QantoDag;

beforeEach(async () => {
  dag = await openDag();
});

afterEach(() => dag.close());

describe('The event block-answered', () => {
  test('reports the outcome of every offered block', async () => {
    const answers: BlockAnswer[] = [];
    dag.on('block-answered', (answer) => answers.push(answer));
    const source = await openDag();
    const [first, second] = await readBlocks(source, await mineAndAdd(source, 2));
    await dag.addBlock(second!);
    await dag.addBlock(first!);
    await dag.addBlock(first!);
    await expect(dag.addBlock(forge(first!, { context: { blueScore: 7 } }))).rejects.toThrow();
    await source.close();
    expect(answers).toEqual([
      { status: 'orphan' },
      { status: 'accepted' },
      { status: 'duplicate' },
      { status: 'rejected', code: 'ERR_QANTO_WRONG_BLUE_SCORE' },
    ]);
  });

  test('reports bytes that are not a block', async () => {
    const answers: BlockAnswer[] = [];
    dag.on('block-answered', (answer) => answers.push(answer));
    await expect(dag.addBlock(new Uint8Array(3))).rejects.toThrow();
    expect(answers).toEqual([{ status: 'rejected', code: 'ERR_QANTO_MALFORMED' }]);
  });

  test('is not emitted if the DAG is closed or a write fails', async () => {
    const store = new MemoryStore();
    const failing = await openDag({ store });
    let answers = 0;
    failing.on('block-answered', () => {
      answers += 1;
    });
    const block = mineOn(failing, [failing.genesis]);
    store.append = () => Promise.reject(new StoreFailedError('memory', 'it is full'));
    expect(failing.info().writable).toBe(true);
    await expect(failing.addBlock(block)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
    expect(failing.info().writable).toBe(false);
    await failing.close();
    await expect(failing.addBlock(block)).rejects.toMatchObject({ code: 'ERR_QANTO_CLOSED' });
    expect(answers).toBe(0);
  });
});

describe('The event store-commit', () => {
  test('reports the blocks, the bytes and the duration of each transaction', async () => {
    const commits: StoreCommit[] = [];
    dag.on('store-commit', (commit) => commits.push(commit));
    const siblings = mineSiblings(dag, 3);
    await Promise.all(siblings.map((block) => dag.addBlock(block)));
    await mineAndAdd(dag, 1);
    expect(commits).toMatchObject([{ blocks: 3 }, { blocks: 1 }]);
    for (const { blocks, bytes, elapsedMs } of commits) {
      expect(bytes).toBeGreaterThan(80 * blocks);
      expect(elapsedMs).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('The disk usage', () => {
  test('of a store in memory is undefined', async () => {
    expect(await dag.storeUsage()).toBeUndefined();
  });

  test('of a store on disk is that of its file and its file system', async () => {
    const directory = temporaryDirectory();
    const stored = await QantoDag.open({ network: regtest, dataDir: directory.path });
    const usage = await stored.storeUsage();
    await stored.close();
    directory.remove();
    expect(usage!.sizeBytes).toBeGreaterThan(0);
    expect(usage!.availableBytes).toBeGreaterThan(0);
    expect(usage!.fileSystemBytes).toBeGreaterThanOrEqual(usage!.availableBytes);
    await expect(stored.storeUsage()).rejects.toMatchObject({ code: 'ERR_QANTO_CLOSED' });
  });

  test('of a store whose file was deleted is an error', async () => {
    const directory = temporaryDirectory();
    const stored = await QantoDag.open({ network: regtest, dataDir: directory.path });
    directory.remove();
    await expect(stored.storeUsage()).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
    await stored.close();
  });
});
