import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  type BlockStore,
  MemoryStore,
  type QantoDag,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  type StoreSpace,
  type StoreSpaceChange,
} from '../../ts/dag/index.ts';
import { until } from '../until.ts';
import { ADDRESS, hashOf, mine, mineAndAdd, mineSiblings, openDag, PRUNED_NETWORK } from './support.ts';

/** A memory store whose free space the test sets. */
class BoundedStore extends MemoryStore implements BlockStore {
  space: StoreSpace | undefined;
  isFull = false;

  admit(): Promise<void> | undefined {
    if (!this.isFull) return undefined;
    return Promise.reject(new StoreFullError(this.location, 5, 1000));
  }
}

const full = expect.objectContaining({ code: 'ERR_QANTO_STORE_FULL', availableBytes: 5, minFreeBytes: 1000 });

let store: BoundedStore;
let dag: QantoDag;
let changes: StoreSpaceChange[];

async function open(options: Parameters<typeof openDag>[0] = {}): Promise<void> {
  dag = await openDag(options);
  changes = [];
  dag.on('store-space', (change) => changes.push(change));
}

beforeEach(async () => {
  store = new BoundedStore();
  await open({ store });
});

afterEach(() => dag.close());

describe('A store without room', () => {
  test('refuses every offered block, and these blocks are not remembered as refused', async () => {
    store.isFull = true;
    const siblings = mineSiblings(dag, 3);
    const results = await Promise.allSettled(siblings.map((block) => dag.addBlock(block)));
    expect(results).toEqual(Array(3).fill({ status: 'rejected', reason: full }));
    expect(dag.info()).toMatchObject({ blockCount: 1, keptBlockCount: 1, orphanCount: 0, writable: true });
    await expect(dag.getStatus(hashOf(siblings[0]!))).resolves.toBe('unknown');
  });

  test('accepts the same blocks once it has room again', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    store.isFull = true;
    await expect(dag.addBlock(block)).rejects.toEqual(full);
    await expect(dag.addBlock(block)).rejects.toEqual(full);
    store.isFull = false;
    await expect(dag.addBlock(block)).resolves.toMatchObject({ status: 'accepted' });
    await mineAndAdd(dag, 2);
    expect(dag.info()).toMatchObject({ blockCount: 4, writable: true });
  });

  test('can be pruned', async () => {
    await dag.close();
    store = new BoundedStore();
    await open({ store, network: PRUNED_NETWORK });
    while (dag.info().pruningPoint === dag.genesis) await mineAndAdd(dag, 1);
    store.isFull = true;
    const pruned = once(dag, 'pruned');
    await expect(dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS })))).rejects.toEqual(full);
    await expect(pruned).resolves.toEqual([
      expect.objectContaining({ pruningPoint: dag.info().pruningPoint }),
    ]);
  });

  test('may return a promise from admit() and resolve it if it has room', async () => {
    store.admit = () => nextTurn(undefined);
    await expect(mineAndAdd(dag, 2)).resolves.toHaveLength(2);
  });

  test('may throw from admit() instead of rejecting', async () => {
    store.admit = () => {
      throw new StoreFullError(store.location, 5, 1000);
    };
    await expect(mineAndAdd(dag, 1)).rejects.toEqual(full);
    expect(dag.info().writable).toBe(true);
  });
});

describe('The event store-space', () => {
  const withRoom = async (availableBytes: number) => {
    store.space = { availableBytes, minFreeBytes: 1000 };
    await mineAndAdd(dag, 1);
  };

  test('is emitted if the free space reaches another level, and not if the level stays the same', async () => {
    for (const availableBytes of [9000, 2000, 1999, 1500, 1000, 999, 10, 1200, 2000, 8000]) {
      await withRoom(availableBytes);
    }
    expect(changes).toEqual([
      { level: 'low', availableBytes: 1999, minFreeBytes: 1000 },
      { level: 'full', availableBytes: 999, minFreeBytes: 1000 },
      { level: 'low', availableBytes: 1200, minFreeBytes: 1000 },
      { level: 'ok', availableBytes: 2000, minFreeBytes: 1000 },
    ]);
  });

  test('reports once that blocks are refused, and later that there is room again', async () => {
    store.isFull = true;
    await expect(mineAndAdd(dag, 1)).rejects.toEqual(full);
    await expect(mineAndAdd(dag, 1)).rejects.toEqual(full);
    store.isFull = false;
    await withRoom(5000);
    expect(changes).toEqual([
      { level: 'full', availableBytes: 5, minFreeBytes: 1000 },
      { level: 'ok', availableBytes: 5000, minFreeBytes: 1000 },
    ]);
  });

  test('is not emitted if no space must stay free or the store does not report its space', async () => {
    store.space = { availableBytes: 0, minFreeBytes: 0 };
    await mineAndAdd(dag, 1);
    store.space = undefined;
    await mineAndAdd(dag, 1);
    expect(changes).toEqual([]);
  });

  test('reports the space that pruning has freed', async () => {
    await dag.close();
    store = new BoundedStore();
    await open({ store, network: PRUNED_NETWORK });
    await withRoom(10);
    const pruned = once(dag, 'pruned');
    while (dag.info().pruningPoint === dag.genesis) await mineAndAdd(dag, 1);
    store.space = { availableBytes: 4000, minFreeBytes: 1000 };
    await pruned;
    expect(changes.map(({ level }) => level)).toEqual(['full', 'ok']);
  });
});

describe('The event store-failed', () => {
  test('is emitted once if a write fails, before the blocks are refused', async () => {
    const failure = new StoreFailedError('memory', 'it is gone');
    const told: unknown[] = [];
    dag.on('store-failed', (error) => told.push(error));
    store.append = () => Promise.reject(failure);
    const add = () => mineAndAdd(dag, 1).catch((error) => told.push(['refused', error]));
    await add();
    await add();
    expect(told).toEqual([failure, ['refused', failure], ['refused', failure]]);
  });

  test('is emitted if a pruning cannot be written', async () => {
    await dag.close();
    store = new BoundedStore();
    await open({ store, network: PRUNED_NETWORK });
    store.prune = () => Promise.reject(new Error('no space left on device'));
    const failed = once(dag, 'store-failed');
    while (dag.info().pruningPoint === dag.genesis) await mineAndAdd(dag, 1);
    await expect(failed).resolves.toEqual([new Error('no space left on device')]);
  });

  test('has an Error even if the store rejects with another value', async () => {
    const failed = once(dag, 'store-failed');
    store.append = () => Promise.reject(undefined);
    await expect(mineAndAdd(dag, 1)).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_FAILED' });
    await expect(failed).resolves.toEqual([expect.objectContaining({ code: 'ERR_QANTO_STORE_FAILED' })]);
    expect(dag.info().writable).toBe(false);
  });
});

describe('The event store-damaged', () => {
  const damage = new StoreDamagedError('memory', 'record 3 has a wrong checksum');
  let warned: jest.SpiedFunction<typeof process.emitWarning>;

  beforeEach(async () => {
    warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await dag.close();
  });

  afterEach(() => warned.mockRestore());

  const openDamaged = () => open({ store: Object.assign(store, { verify: () => Promise.reject(damage) }) });

  test('reports damage that was found in the background, and the DAG still works', async () => {
    await openDamaged();
    await expect(once(dag, 'store-damaged')).resolves.toEqual([damage]);
    await mineAndAdd(dag, 1);
    expect(warned).not.toHaveBeenCalled();
  });

  test('becomes a process warning if it has no listener', async () => {
    await openDamaged();
    await until(() => warned.mock.calls.length > 0);
    expect(warned.mock.calls).toEqual([[damage]]);
  });

  test('is not emitted for an undamaged store', async () => {
    const verify = jest.fn(async () => {});
    await open({ store: Object.assign(store, { verify }) });
    const told = jest.fn();
    dag.on('store-damaged', told);
    await verify.mock.results[0]?.value;
    // Damage is reported in the turn after verify() has rejected.
    await nextTurn();
    expect(verify).toHaveBeenCalledTimes(1);
    expect(told).not.toHaveBeenCalled();
    expect(warned).not.toHaveBeenCalled();
  });

  test('does not delay closing or adding blocks while the store is verified', async () => {
    await open({ store: Object.assign(store, { verify: () => new Promise<void>(() => {}) }) });
    await mineAndAdd(dag, 1);
    await dag.close();
  });
});
