import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { encodeHeader, HEADER_VERSION, MemoryStore, QantoDag, regtest } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import type { MinedReport } from '../../ts/miner/index.ts';
import { blockHeader, rolledVersion, solvePow, verifyPow } from '../../ts/pow/index.ts';
import { mineBlocks } from '../../ts/testing.ts';
import { MinerRig } from './rig.ts';
import { searchAtOnce } from './support.ts';

let rig: MinerRig;

beforeEach(async () => {
  rig = await MinerRig.open();
});

afterEach(() => rig.close());

describe('A block that is found', () => {
  test('is added to the DAG and reported', async () => {
    rig.miner.start();
    const search = await rig.solver.next();
    const mined = rig.next('mined');
    search.find();
    const { hash, template, hashes } = await mined;
    expect(rig.dag.sink()).toBe(hash);
    expect(template.parents).toEqual([rig.dag.genesis]);
    expect(hashes).toBeGreaterThan(0);
    expect(rig.miner.status().counts).toMatchObject({ mined: 1, failed: 0 });
  });

  test('has the first version for which its nonce is a hit', async () => {
    const mined: MinedReport[] = [];
    rig.make({ threads: 1, solve: solvePow });
    rig.miner.on('mined', (report) => mined.push(report));
    rig.miner.start();
    while (mined.length < 5) await rig.next('mined');
    await rig.miner.stop();
    for (const { hash, nonce, variant } of mined) {
      const { header } = (await rig.dag.getBlock(hash))!;
      expect(header).toMatchObject({ nonce, version: rolledVersion(HEADER_VERSION, variant) });
      const earlier = Array.from({ length: variant }, (_, before) => rolledVersion(HEADER_VERSION, before));
      for (const version of earlier) {
        expect(verifyPow(blockHeader(encodeHeader({ ...header, version })), nonce)).toBe(false);
      }
    }
    expect(new Set(mined.map(({ variant }) => variant)).size).toBeGreaterThan(1);
  });

  test('is the selected parent of the next template', async () => {
    rig.miner.start();
    (await rig.solver.next()).find();
    const { hash } = await rig.next('mined');
    (await rig.solver.next()).find();
    expect((await rig.next('mined')).template.selectedParent).toBe(hash);
  });

  test('was reported as a template before its search', async () => {
    const announced = rig.next('template');
    rig.miner.start();
    const search = await rig.solver.next();
    const mined = rig.next('mined');
    search.find();
    expect(await announced).toEqual((await mined).template);
  });

  test('has the target that the DAG requires, even after timeouts', async () => {
    rig.make({ solveTimeoutMs: 1000 });
    rig.miner.start();
    const targets: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      const search = await rig.solver.next();
      targets.push(search.template.target);
      search.timeOut();
      (await rig.timers.next()).elapse();
    }
    (await rig.solver.next()).find();
    await rig.next('mined');
    expect(new Set(targets).size).toBe(1);
    expect(rig.miner.status().counts.mined).toBe(1);
  });
});

test.each([
  ['sha256d', 16],
  ['blake3', undefined],
] as const)(
  'A search on a network of %s tries %p versions with each nonce',
  async (powAlgorithm, versions) => {
    const network = { ...regtest, name: 'other', powAlgorithm };
    const other = await QantoDag.open({
      network,
      store: new MemoryStore(),
      environment: seededEnvironment(1),
    });
    rig.make({}, other);
    rig.miner.start();
    expect((await rig.solver.next()).template.versionRolling).toBe(versions);
    await rig.miner.stop();
    await other.close();
  },
);

describe('A change of the DAG', () => {
  test('ends the search as stale and starts one on the new sink, without a wait', async () => {
    rig.miner.start();
    const search = await rig.solver.next();
    const stale = rig.next('stale');
    const [hash] = await mineBlocks(rig.dag, 1, { solve: searchAtOnce, environment: seededEnvironment(7) });
    expect(search.options.signal?.aborted).toBe(true);
    expect((await stale).template.parents).not.toContain(hash);
    (await rig.solver.next()).find();
    expect((await rig.next('mined')).template.selectedParent).toBe(hash);
    expect(rig.miner.status().counts).toMatchObject({ stale: 1, mined: 1, cancelled: 0, failed: 0 });
  });
});

test('A search that has ended leaves no listener on the DAG', async () => {
  const before = rig.dag.listenerCount('virtual-changed');
  rig.miner.start();
  for (let n = 0; n < 3; n += 1) (await rig.solver.next()).find();
  await rig.solver.next();
  expect(rig.dag.listenerCount('virtual-changed')).toBe(before + 1);
  await rig.miner.stop();
  expect(rig.dag.listenerCount('virtual-changed')).toBe(before);
});

describe('A listener that throws', () => {
  test('causes an uncaught exception and does not stop mining', async () => {
    const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    const bug = new Error('bug in a listener');
    rig.miner.once('mined', () => {
      throw bug;
    });
    rig.miner.start();
    (await rig.solver.next()).find();
    (await rig.solver.next()).find();
    await rig.solver.next();
    const thrown = later.mock.calls.map(([callback]) => callback);
    later.mockRestore();
    expect(rig.miner.status().counts.mined).toBe(2);
    expect(thrown).toHaveLength(1);
    expect(thrown[0]).toThrow(bug);
  });
});

describe('The method stop()', () => {
  test('cancels the search and resolves when it has ended', async () => {
    rig.miner.start();
    await rig.solver.next();
    await rig.miner.stop();
    expect(rig.solver.running).toBe(0);
    expect(rig.miner.state).toBe('stopped');
    expect(rig.events).toEqual(['cancelled']);
    expect(rig.miner.status().counts).toMatchObject({ cancelled: 1, stale: 0, failed: 0, timedOut: 0 });
  });

  test('waits for a block that is being submitted', async () => {
    let submitted = () => {};
    const held = new Promise<void>((resolve) => {
      submitted = resolve;
    });
    rig.make({}, rig.dagWith({ addBlock: (block) => held.then(() => rig.dag.addBlock(block)) }));
    rig.miner.start();
    (await rig.solver.next()).find();
    const stopped = rig.miner.stop();
    submitted();
    await stopped;
    expect(rig.events).toEqual(['mined']);
    expect(rig.dag.info().blockCount).toBe(2);
  });

  test('ends a wait at once', async () => {
    rig.make({ solveTimeoutMs: 1000 });
    rig.miner.start();
    (await rig.solver.next()).timeOut();
    await rig.timers.next();
    await rig.miner.stop();
    expect(rig.miner.state).toBe('stopped');
  });

  test('in a listener of the event mined prevents another search', async () => {
    rig.miner.on('mined', () => void rig.miner.stop());
    rig.miner.start();
    (await rig.solver.next()).find();
    await rig.next('mined');
    await rig.miner.stop();
    expect(rig.solver.waiting).toBe(0);
  });

  test('has no effect before the first start()', async () => {
    await rig.miner.stop();
    expect(rig.events).toEqual([]);
  });
});

describe('The method start()', () => {
  test('starts one search if it is called twice', async () => {
    rig.miner.start();
    rig.miner.start();
    await rig.solver.next();
    expect(rig.solver.running).toBe(1);
  });

  test('resumes mining if it is called during a stop()', async () => {
    rig.miner.start();
    await rig.solver.next();
    void rig.miner.stop();
    rig.miner.start();
    (await rig.solver.next()).find();
    await rig.next('mined');
    expect(rig.events).toEqual(['cancelled', 'mined']);
  });
});

describe('The hash rate of a miner', () => {
  test('is undefined at first, then as the search reports, and 0 when the miner is not hashing', async () => {
    rig.make({ solveTimeoutMs: 1000 });
    expect(rig.miner.status().hashesPerSecond).toBe(0);
    rig.miner.start();
    const search = await rig.solver.next();
    expect(rig.miner.status().hashesPerSecond).toBeUndefined();
    rig.timers.advance(100);
    search.options.onProgress?.({ hashes: 5000, elapsedMs: 100, hashesPerSecond: 50_000 });
    expect(rig.miner.status()).toMatchObject({ hashes: 5000, hashesPerSecond: 50_000 });
    search.timeOut();
    await rig.timers.next();
    expect(rig.miner.status().hashesPerSecond).toBe(0);
  });
});

test('The events and the callbacks of a miner run in the async context of the call of start', async () => {
  const caller = new AsyncLocalStorage<string>();
  const seen = new Set<unknown>();
  const note = () => seen.add(caller.getStore());
  const payloads = () => {
    note();
    return [];
  };
  const miner = caller.run('constructor', () => rig.make({ payloads, solve: solvePow }));
  for (const event of ['template', 'mined', 'state'] as const) miner.on(event, note);
  const mined = rig.next('mined');
  caller.run('starter', () => miner.start());
  await mined;
  expect([...seen]).toEqual(['starter']);
});
