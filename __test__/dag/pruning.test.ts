import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  MemoryStore,
  type PruningReport,
  QantoDag,
  type QantoDagOptions,
  type VirtualChange,
} from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { until } from '../until.ts';
import { headsOf, temporaryDirectory } from './store/support.ts';
import {
  ADDRESS,
  forge,
  hashOf,
  mine,
  mineAndAdd,
  mineOn,
  mineSiblings,
  openDag,
  PRUNED_NETWORK,
} from './support.ts';

const network = PRUNED_NETWORK;
const FINALITY = network.pruning.finalityDepth;

let store: MemoryStore;
let dag: QantoDag;
let reports: PruningReport[];

beforeEach(async () => {
  store = new MemoryStore();
  await openOn({ store });
});

afterEach(() => dag.close());

async function openOn(options: Partial<QantoDagOptions>): Promise<void> {
  dag = await openDag({ network, ...options });
  reports = [];
  dag.on('pruned', (report) => reports.push(report));
}

async function reopen(options: Partial<QantoDagOptions>): Promise<void> {
  await dag.close();
  dag = await QantoDag.open({ network, environment: seededEnvironment(1), ...options });
}

/** Mines forks and merges until this number of prunings was made. */
async function mineUntilPruned(prunings: number): Promise<void> {
  while (reports.length < prunings) {
    await Promise.all(mineSiblings(dag, 2).map((block) => dag.addBlock(block)));
    await mineAndAdd(dag, 2);
    await until(isPruned);
  }
}

/** Whether the DAG has been pruned up to its pruning point. */
function isPruned(): boolean {
  return dag.info().pruningPoint === (reports.at(-1)?.pruningPoint ?? dag.genesis);
}

const stateOf = (of: QantoDag) => ({ info: of.info(), tips: of.tips(), order: [...of.order()] });

describe('A pruned DAG', () => {
  test('holds no more blocks after thirty prunings than after three', async () => {
    await mineUntilPruned(3);
    await mineUntilPruned(30);
    const kept = reports.map(({ keptBlocks }) => keptBlocks);
    const bound = Math.max(...kept.slice(0, 3)) + FINALITY;
    expect(Math.max(...kept)).toBeLessThanOrEqual(bound);
    expect(dag.info().blockCount).toBeGreaterThan(3 * bound);
    expect(await headsOf(store)).toHaveLength(dag.info().keptBlockCount - 1);
  });

  test('continues the total order and its events from before the pruning', async () => {
    const replica = [...dag.order()];
    dag.on('virtual-changed', ({ removed, added }: VirtualChange) => {
      expect(replica.splice(replica.length - removed.length)).toEqual(removed);
      replica.push(...added);
    });
    await mineUntilPruned(4);
    const { orderStart, blockCount } = dag.info();
    expect(orderStart).toBeGreaterThan(FINALITY);
    expect([...dag.order()]).toEqual(replica.slice(orderStart));
    expect(replica).toHaveLength(blockCount);
  });

  test('reports for each block whether all of it, only its head, or nothing is held', async () => {
    const mined: string[] = [];
    dag.on('block-added', ({ hash }) => mined.push(hash));
    await mineUntilPruned(3);
    const statuses = await Promise.all(mined.map((hash) => dag.getStatus(hash)));
    expect(new Set(statuses)).toEqual(new Set(['unknown', 'pruned', 'accepted']));
    for (const [index, hash] of mined.entries()) {
      if (statuses[index] === 'accepted') expect(hashOf((await dag.getBlock(hash))!)).toBe(hash);
      if (statuses[index] === 'unknown') expect(await dag.getBlock(hash)).toBeUndefined();
      if (statuses[index] !== 'pruned') continue;
      await expect(dag.getBlock(hash)).rejects.toMatchObject({ code: 'ERR_QANTO_BLOCK_PRUNED', hash });
      expect(dag.getView(hash)!.hash).toBe(hash);
    }
    await expect(dag.getStatus(dag.info().pruningPoint)).resolves.toBe('accepted');
  });

  test('refuses a dropped block that is offered again', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await dag.addBlock(block);
    await mineUntilPruned(2);
    await expect(dag.addBlock(block)).rejects.toMatchObject({ code: 'ERR_QANTO_BELOW_PRUNING_POINT' });
  });

  test('refuses orphans that are not above the pruning point, and orphans that build on them', async () => {
    const rejected: string[] = [];
    dag.on('orphan-rejected', ({ hash, code }) => rejected.push(`${hash} ${code}`));
    const valid = mine(dag.buildTemplate({ address: ADDRESS }));
    const orphan = forge(valid, { context: { parents: ['11'.repeat(32)] } });
    const child = forge(valid, { context: { parents: [hashOf(orphan)], blueScore: 1000 } });
    for (const block of [orphan, child]) {
      await expect(dag.addBlock(block)).resolves.toMatchObject({ status: 'orphan' });
    }
    await mineUntilPruned(1);
    expect(rejected).toEqual([
      `${hashOf(orphan)} ERR_QANTO_BELOW_PRUNING_POINT`,
      `${hashOf(child)} ERR_QANTO_PARENT_REJECTED`,
    ]);
    expect(dag.info().orphanCount).toBe(0);
  });

  test('keeps an orphan waiting for a parent that was dropped, and still settles what waits with it', async () => {
    await mineAndAdd(dag, 10);
    const side = mineOn(dag, [dag.genesis], { extraNonce: 1 });
    await dag.addBlock(side);
    await mineAndAdd(dag, 20);
    const late = mine(dag.buildTemplate({ address: ADDRESS, extraNonce: 99 }));
    const parents = [hashOf(side), hashOf(late)].sort();
    const orphan = forge(late, { context: { parents, blueScore: 1000 } });
    const other = forge(late, { context: { parents: [hashOf(late)], blueScore: 1001 } });
    for (const block of [orphan, other]) await dag.addBlock(block);
    await mineUntilPruned(1);
    expect(dag.getView(hashOf(side))).toBeUndefined();

    const rejected: (string | undefined)[] = [];
    dag.on('orphan-rejected', ({ hash }) => rejected.push(hash));
    await expect(dag.addBlock(late)).resolves.toMatchObject({ status: 'accepted' });
    await expect(dag.getStatus(hashOf(orphan))).resolves.toBe('orphan');
    expect(rejected).toEqual([hashOf(other)]);
  });

  test('reports the numbers of dropped and kept blocks', async () => {
    await mineUntilPruned(2);
    const [first, second] = reports as [PruningReport, PruningReport];
    expect(first.pruningPoint).not.toBe(second.pruningPoint);
    expect(second.pruningPoint).toBe(dag.info().pruningPoint);
    expect(second.droppedBlocks).toBeGreaterThan(0);
    expect(first.droppedBlocks + second.droppedBlocks + dag.info().keptBlockCount).toBe(
      dag.info().blockCount,
    );
    expect(second.durationMs).toBeGreaterThan(0);
  });

  test('accepts blocks that are offered while the store is being pruned', async () => {
    const added: Promise<unknown>[] = [];
    const prune = store.prune.bind(store);
    store.prune = async (pruning) => {
      added.push(dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS }))));
      // In this turn, the DAG would write the block if it did not wait for the pruning.
      await new Promise(setImmediate);
      await prune(pruning);
    };
    await mineUntilPruned(3);
    await expect(Promise.all(added)).resolves.toEqual(
      Array(3).fill(expect.objectContaining({ status: 'accepted' })),
    );
    const before = stateOf(dag);
    await reopen({ store });
    expect(stateOf(dag)).toEqual(before);
  });
});

describe('A pruned DAG that is opened again', () => {
  const directory = temporaryDirectory();
  afterEach(async () => {
    await dag.close();
    directory.remove();
  });

  test.each([
    ['in memory', () => ({ store })],
    ['on disk', () => ({ dataDir: directory.path })],
  ])('%s has the same state as before, and is pruned further', async (_, where) => {
    await dag.close();
    await openOn(where());
    await mineUntilPruned(3);
    await mineAndAdd(dag, 3);
    const before = stateOf(dag);
    const template = dag.buildTemplate({ address: ADDRESS });
    await reopen(where());
    expect(stateOf(dag)).toEqual(before);
    expect(dag.buildTemplate({ address: ADDRESS }).header).toEqual(template.header);
    const pruned = new Promise((resolve) => dag.once('pruned', resolve));
    await mineAndAdd(dag, 2 * FINALITY);
    await pruned;
    expect(dag.info().orderStart).toBeGreaterThan(before.info.orderStart);
  });

  test('keeps a finality point that depends on the order of arrival', async () => {
    const fork = (await mineAndAdd(dag, 1))[0]!;
    await mineAndAdd(dag, 15);
    const sink = dag.sink();
    let side = fork;
    for (let length = 0; length < 20; length++) {
      side = (await dag.addBlock(mineOn(dag, [side], { extraNonce: 1 }))).hash;
    }
    expect(dag.sink()).toBe(sink);
    const before = stateOf(dag);
    await reopen({ store });
    expect(stateOf(dag)).toEqual(before);
    expect(dag.tips()).toContain(side);
  });

  test('is pruned if it was closed before pruning could run', async () => {
    await dag.close();
    await openOn({ store });
    // The event loop has no turn for a rebuild.
    while (dag.info().pruningPoint === dag.genesis) await mineAndAdd(dag, 1);
    await dag.close();
    expect(reports).toEqual([]);
    dag = await QantoDag.open({ network, environment: seededEnvironment(1), store });
    const [report] = await new Promise<PruningReport[]>((resolve) => dag.once('pruned', (r) => resolve([r])));
    expect(report!.pruningPoint).toBe(dag.info().pruningPoint);
  });
});

describe('An archive', () => {
  const directory = temporaryDirectory();
  afterEach(async () => {
    await dag.close();
    directory.remove();
  });

  test.each([
    ['in memory', () => ({ store })],
    ['on disk', () => ({ dataDir: directory.path })],
  ])('%s reads every block that was ever accepted, and holds no more blocks in memory', async (_, where) => {
    await dag.close();
    await openOn({ ...where(), archive: true });
    const mined: string[] = [];
    dag.on('block-added', ({ hash }) => mined.push(hash));
    await mineUntilPruned(4);
    const { keptBlockCount } = dag.info();
    expect(keptBlockCount).toBeLessThan(mined.length);
    await reopen({ ...where(), archive: true });
    expect(dag.info().keptBlockCount).toBe(keptBlockCount);
    for (const hash of mined) {
      await expect(dag.getStatus(hash)).resolves.toBe('accepted');
      expect(hashOf((await dag.getBlock(hash))!)).toBe(hash);
    }
  });
});

describe('A DAG whose store refuses to prune', () => {
  test('accepts no more blocks, and is complete when it is opened again', async () => {
    store.prune = () => Promise.reject(new Error('no space left on device'));
    const failed = once(dag, 'store-failed');
    while (dag.info().pruningPoint === dag.genesis) await mineAndAdd(dag, 1);
    await failed;
    await expect(mineAndAdd(dag, 1)).rejects.toThrow('no space left on device');
    const { info, tips, order } = stateOf(dag);
    delete (store as Partial<MemoryStore>).prune;
    await reopen({ store });
    expect(dag.tips()).toEqual(tips);
    expect([...dag.order()].slice(-20)).toEqual(order.slice(-20));
    expect(dag.info().blockCount).toBe(info.blockCount);
  });
});

describe('The database file of a pruned DAG', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'blocks.db');
  afterEach(async () => {
    await dag.close();
    directory.remove();
  });

  beforeEach(async () => {
    await dag.close();
    await openOn({ dataDir: directory.path });
    await mineUntilPruned(2);
  });

  test('stops growing, since the pages of dropped blocks are used again', async () => {
    await mineUntilPruned(6);
    const early = statSync(file).size;
    await mineUntilPruned(40);
    expect(statSync(file).size).toBeLessThan(1.5 * early);
  });

  test.each([
    ['a pruning record', '"selectedParent"'],
    ['the state of the chain', '"finalityPoint"'],
  ])('with a byte of %s changed is refused when it is opened', async (_, text) => {
    await dag.close();
    const bytes = readFileSync(file);
    // Unused pages may contain the text too.
    let found = 0;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
      bytes[at + 2]! ^= 1;
      found += 1;
    }
    expect(found).toBeGreaterThan(0);
    writeFileSync(file, bytes);
    rmSync(join(directory.path, 'engine.checkpoint'));
    await expect(QantoDag.open({ network, dataDir: directory.path })).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_DAMAGED',
      location: file,
    });
  });

  test('with a byte of a pruning record changed is reported as damaged if it is opened from a checkpoint', async () => {
    await dag.close();
    const bytes = readFileSync(file);
    const text = '"selectedParent"';
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) bytes[at + 2]! ^= 1;
    writeFileSync(file, bytes);
    dag = await QantoDag.open({ network, dataDir: directory.path });
    const [found] = await once(dag, 'store-damaged');
    expect(found).toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED', location: file });
  });

  test('can be opened as a copy that was made at any time', async () => {
    const copy = temporaryDirectory();
    await dag.close();
    copyFileSync(file, join(copy.path, 'blocks.db'));
    dag = await QantoDag.open({ network, dataDir: copy.path });
    expect(dag.info().orderStart).toBeGreaterThan(0);
    await dag.close();
    copy.remove();
  });
});
