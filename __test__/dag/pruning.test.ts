import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

/** Mines forks and merges until so many prunings have been made. */
async function mineUntilPruned(prunings: number): Promise<void> {
  while (reports.length < prunings) {
    await Promise.all(mineSiblings(dag, 2).map((block) => dag.addBlock(block)));
    await mineAndAdd(dag, 2);
    await settled();
  }
}

/** Lets a rebuild that is under way come to its end; nothing is offered meanwhile. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

const stateOf = (of: QantoDag) => ({ info: of.info(), tips: of.tips(), order: [...of.order()] });

describe('a DAG that is pruned', () => {
  test('holds as many blocks after thirty prunings as after three', async () => {
    await mineUntilPruned(3);
    await mineUntilPruned(30);
    const kept = reports.map(({ keptBlocks }) => keptBlocks);
    const bound = Math.max(...kept.slice(0, 3)) + FINALITY;
    expect(Math.max(...kept)).toBeLessThanOrEqual(bound);
    expect(dag.info().blockCount).toBeGreaterThan(3 * bound);
    expect(await headsOf(store)).toHaveLength(dag.info().keptBlockCount - 1);
  });

  test('goes on with the order where it was, and its events follow on', async () => {
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

  test('says of each block whether it is there, only its head, or nothing', async () => {
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

  test('refuses what it dropped when it is offered again', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await dag.addBlock(block);
    await mineUntilPruned(2);
    await expect(dag.addBlock(block)).rejects.toMatchObject({ code: 'ERR_QANTO_BELOW_PRUNING_POINT' });
  });

  test('gives up orphans that the pruning point has passed by, and those that wait for them', async () => {
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

  test('reports what it dropped and kept', async () => {
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

  test('takes blocks that are offered while the store drops what it must', async () => {
    const added: Promise<unknown>[] = [];
    const prune = store.prune.bind(store);
    store.prune = async (pruning) => {
      added.push(dag.addBlock(mine(dag.buildTemplate({ address: ADDRESS }))));
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

describe('opened again, a pruned DAG', () => {
  const directory = temporaryDirectory();
  afterEach(() => directory.remove());

  test.each([
    ['in memory', () => ({ store })],
    ['on disk', () => ({ dataDir: directory.path })],
  ])('%s is what it was, and goes on', async (_, where) => {
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

  test('still holds to a finality that only the order of arrival explains', async () => {
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

  test('is pruned at last when it was closed before it could be', async () => {
    await dag.close();
    await openOn({ store });
    // No turn of the event loop is left for a rebuild.
    while (dag.info().pruningPoint === dag.genesis) await mineAndAdd(dag, 1);
    await dag.close();
    expect(reports).toEqual([]);
    dag = await QantoDag.open({ network, environment: seededEnvironment(1), store });
    const [report] = await new Promise<PruningReport[]>((resolve) => dag.once('pruned', (r) => resolve([r])));
    expect(report!.pruningPoint).toBe(dag.info().pruningPoint);
  });
});

describe('an archive', () => {
  const directory = temporaryDirectory();
  afterEach(() => directory.remove());

  test.each([
    ['in memory', () => ({ store })],
    ['on disk', () => ({ dataDir: directory.path })],
  ])('%s reads every block there ever was, and holds no more in memory', async (_, where) => {
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

describe('when the store refuses to prune', () => {
  test('nothing more is accepted, and all is there when it is opened again', async () => {
    store.prune = () => Promise.reject(new Error('no space left on device'));
    await expect(
      (async () => {
        for (;;) {
          await mineAndAdd(dag, 1);
          await settled();
        }
      })(),
    ).rejects.toThrow('no space left on device');
    const { info, tips, order } = stateOf(dag);
    delete (store as Partial<MemoryStore>).prune;
    await reopen({ store });
    expect(dag.tips()).toEqual(tips);
    expect([...dag.order()].slice(-20)).toEqual(order.slice(-20));
    expect(dag.info().blockCount).toBe(info.blockCount);
  });
});

describe('a block file that is pruned', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'blocks.db');
  afterEach(() => directory.remove());

  beforeEach(async () => {
    await dag.close();
    await openOn({ dataDir: directory.path });
    await mineUntilPruned(2);
  });

  test('stops growing: the pages of what was dropped are used again', async () => {
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
    // Pages that are not in use any more may hold it, too.
    let found = 0;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
      bytes[at + 2]! ^= 1;
      found += 1;
    }
    expect(found).toBeGreaterThan(0);
    writeFileSync(file, bytes);
    await expect(QantoDag.open({ network, dataDir: directory.path })).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_DAMAGED',
      location: file,
    });
  });

  test('opens from a copy made at any time', async () => {
    const copy = temporaryDirectory();
    await dag.close();
    copyFileSync(file, join(copy.path, 'blocks.db'));
    dag = await QantoDag.open({ network, dataDir: copy.path });
    expect(dag.info().orderStart).toBeGreaterThan(0);
    await dag.close();
    copy.remove();
  });
});
