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

describe("'block-answered'", () => {
  test('tells of every block offered what became of it', async () => {
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

  test('tells of bytes that are no block', async () => {
    const answers: BlockAnswer[] = [];
    dag.on('block-answered', (answer) => answers.push(answer));
    await expect(dag.addBlock(new Uint8Array(3))).rejects.toThrow();
    expect(answers).toEqual([{ status: 'rejected', code: 'ERR_QANTO_MALFORMED' }]);
  });

  test('is not emitted for what is no answer: a closed DAG, a disk that refuses', async () => {
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

describe("'store-commit'", () => {
  test('tells of each transaction how many blocks and bytes it held, and how long it took', async () => {
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

describe('the usage of the store', () => {
  test('is not known of a store in memory', async () => {
    expect(await dag.storeUsage()).toBeUndefined();
  });

  test('of a store on disk is its file and the file system it is on', async () => {
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

  test('of a store whose file is gone is an error of the store', async () => {
    const directory = temporaryDirectory();
    const stored = await QantoDag.open({ network: regtest, dataDir: directory.path });
    directory.remove();
    await expect(stored.storeUsage()).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
    await stored.close();
  });
});
