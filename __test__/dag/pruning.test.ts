import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { open } from 'lmdb';
import {
  LmdbStore,
  MemoryStore,
  type PruningReport,
  QantoDag,
  type QantoDagOptions,
  regtest,
  type VirtualChange,
} from '../../ts/dag/index.ts';
import { FILE_OPTIONS } from '../../ts/dag/store/lmdb-file.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { sha256d } from '../../ts/pow/index.ts';
import { temporaryDirectory } from './store/support.ts';
import { ADDRESS, forge, hashOf, mine, mineAndAdd, mineOn, mineSiblings, openDag } from './support.ts';

const FINALITY = 10;
const network = {
  ...regtest,
  name: 'pruned',
  ghostdagK: 1,
  mergeSetLimit: 3,
  difficultyWindow: 5,
  minDifficultyWindow: 6,
  pastMedianTimeWindow: 5,
  pruning: { finalityDepth: FINALITY, mergeDepth: 3, pruningDepth: 32 },
};

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
    expect([...store.heads()]).toHaveLength(dag.info().keptBlockCount - 1);
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
    const statuses = mined.map((hash) => dag.getStatus(hash));
    expect(new Set(statuses)).toEqual(new Set(['unknown', 'pruned', 'accepted']));
    for (const [index, hash] of mined.entries()) {
      if (statuses[index] === 'accepted') expect(hashOf(dag.getBlock(hash)!)).toBe(hash);
      if (statuses[index] === 'unknown') expect(dag.getBlock(hash)).toBeUndefined();
      if (statuses[index] !== 'pruned') continue;
      expect(() => dag.getBlock(hash)).toThrow(expect.objectContaining({ code: 'BLOCK_PRUNED', hash }));
      expect(dag.getView(hash)!.hash).toBe(hash);
    }
    expect(dag.getStatus(dag.info().pruningPoint)).toBe('accepted');
  });

  test('refuses what it dropped when it is offered again', async () => {
    const block = mine(dag.buildTemplate({ address: ADDRESS }));
    await dag.addBlock(block);
    await mineUntilPruned(2);
    await expect(dag.addBlock(block)).rejects.toMatchObject({ code: 'BELOW_PRUNING_POINT' });
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
    expect(rejected).toEqual([`${hashOf(orphan)} BELOW_PRUNING_POINT`, `${hashOf(child)} PARENT_REJECTED`]);
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
      expect(dag.getStatus(hash)).toBe('accepted');
      expect(hashOf(dag.getBlock(hash)!)).toBe(hash);
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
  const file = join(directory.path, 'blocks.mdb');
  afterEach(() => directory.remove());

  const openFile = () =>
    open<Buffer, Buffer>({ ...FILE_OPTIONS, path: file, encoding: 'binary', keyEncoding: 'binary' });

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

  const damaged = (value: Buffer) => Buffer.concat([value.subarray(0, -1), Buffer.of(33)]);

  test.each([
    ['a byte of a record changed', 6, damaged],
    ['a record missing', 6, () => undefined],
    ['a byte of the state changed', 5, damaged],
    ['the state missing', 5, () => undefined],
  ])('with %s is refused when it is opened', async (_, kind, change) => {
    await dag.close();
    const database = openFile();
    const [key] = database.getKeys({ start: Buffer.of(kind), end: Buffer.of(kind + 1), limit: 1 });
    const changed = change(database.get(key!)!);
    if (changed) await database.put(key!, changed);
    else await database.remove(key!);
    await database.close();
    await expect(QantoDag.open({ network, dataDir: directory.path })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      location: file,
    });
  });

  test('opens from a copy made at any time', async () => {
    const copy = temporaryDirectory();
    await dag.close();
    copyFileSync(file, join(copy.path, 'blocks.mdb'));
    dag = await QantoDag.open({ network, dataDir: copy.path });
    expect(dag.info().orderStart).toBeGreaterThan(0);
    await dag.close();
    copy.remove();
  });
});

test('a store of the schema before pruning is taken over', async () => {
  const directory = temporaryDirectory();
  const old = await openDag({ network, dataDir: directory.path });
  const mined = await mineAndAdd(old, 20);
  await old.close();
  const file = join(directory.path, 'blocks.mdb');
  const database = open<Buffer, Buffer>({
    ...FILE_OPTIONS,
    path: file,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const identity = { ...JSON.parse(database.get(Buffer.of(0))!.subarray(4).toString()), schema: 1 };
  const json = Buffer.from(JSON.stringify(identity));
  await database.batch(() => {
    database.put(Buffer.of(0), Buffer.concat([sha256d(json).subarray(0, 4), json]));
    database.put(Buffer.of(1), database.get(Buffer.of(1))!.subarray(0, 4));
    database.remove(Buffer.of(5));
  });
  await database.close();

  for (let time = 0; time < 2; time++) {
    const taken = await QantoDag.open({ network, store: new LmdbStore(directory.path) });
    expect([...taken.order()]).toEqual([taken.genesis, ...mined]);
    await taken.close();
  }
  directory.remove();
});
