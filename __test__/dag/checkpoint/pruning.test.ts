import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { QantoDag, StorePruning } from '../../../ts/dag/index.ts';
import { temporaryDirectory } from '../store/support.ts';
import { mineAndAdd, PRUNED_NETWORK } from '../support.ts';
import { checkpointOf, countingStore, grow, open, stateOf } from './support.ts';

const root = temporaryDirectory();
const directory = join(root.path, 'store');
const copyOf = (name: string) => join(root.path, name);

afterAll(() => root.remove());

/** Opens the DAG in a directory, and returns its state and the number of heads that were read for it. */
async function opened(from: string): Promise<{ state: object; headsRead: number }> {
  const { store, headsRead } = countingStore(from);
  const dag = await open(PRUNED_NETWORK, store);
  try {
    return { headsRead: headsRead(), state: await stateOf(dag) };
  } finally {
    await dag.close();
  }
}

/** Opens the DAG, and copies its directory before and after it prunes the store, as a kill would leave it. */
async function openCopying(): Promise<QantoDag> {
  const { store } = countingStore(directory);
  const prune = store.prune.bind(store);
  Object.assign(store, {
    async prune(pruning: StorePruning) {
      cpSync(directory, copyOf('before'), { recursive: true });
      await prune(pruning);
      cpSync(directory, copyOf('after'), { recursive: true });
    },
  });
  return open(PRUNED_NETWORK, store);
}

/** Mines until the DAG has been pruned. Returns the number of blocks. */
async function mineUntilPruned(dag: QantoDag): Promise<number> {
  let isPruned = false;
  dag.once('pruned', () => {
    isPruned = true;
  });
  let mined = 0;
  for (; !isPruned; mined++) await mineAndAdd(dag, 1);
  return mined;
}

describe('The checkpoint of a DAG that is pruned', () => {
  let dag: QantoDag;

  beforeEach(async () => {
    for (const path of [directory, copyOf('before'), copyOf('after')])
      rmSync(path, { recursive: true, force: true });
    dag = await open(PRUNED_NETWORK, countingStore(directory).store);
    await grow(dag, 10);
    await dag.close();
    dag = await openCopying();
  });

  test('has all blocks that are left as soon as the store has been pruned', async () => {
    await mineUntilPruned(dag);
    await dag.close();
    const after = copyOf('after');
    cpSync(after, copyOf('without'), { recursive: true });
    rmSync(checkpointOf(copyOf('without')));
    rmSync(`${checkpointOf(copyOf('without'))}.pruned`);
    const { state, headsRead } = await opened(after);
    expect(headsRead).toBe(1);
    const expected = await opened(copyOf('without'));
    expect(expected.headsRead).toBeGreaterThan(10);
    expect(state).toEqual(expected.state);
    // The file has got the name of the checkpoint.
    expect(existsSync(`${checkpointOf(after)}.pruned`)).toBe(false);
    expect((await opened(after)).headsRead).toBe(1);
  });

  test('is the old one until the store has been pruned', async () => {
    const mined = await mineUntilPruned(dag);
    await dag.close();
    const { headsRead } = await opened(copyOf('before'));
    expect(headsRead).toBeGreaterThan(1);
    expect(headsRead).toBeLessThanOrEqual(1 + mined);
    expect(existsSync(`${checkpointOf(copyOf('before'))}.pruned`)).toBe(false);
  });

  test('is reported if it cannot be written, and the store is pruned all the same', async () => {
    // A directory in its place makes every write fail.
    mkdirSync(`${checkpointOf(directory)}.pruned`);
    const failures: Error[] = [];
    dag.on('checkpoint-failed', (error) => failures.push(error));
    await mineUntilPruned(dag);
    expect(failures).toMatchObject([{ code: 'ERR_QANTO_CHECKPOINT_FAILED' }]);
    const state = await stateOf(dag);
    await dag.close();
    expect(await opened(directory)).toEqual({ state, headsRead: 1 });
  });
});
