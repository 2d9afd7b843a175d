import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  DagClosedError,
  MemoryStore,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
} from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { type Logger, silentLogger } from '../../ts/logger.ts';
import { type NodeConfig, QantoNode } from '../../ts/node/index.ts';
import { mineBlocks, TEST_ADDRESS } from '../../ts/testing.ts';

let node: QantoNode | undefined;

afterEach(async () => {
  await node?.stop();
  node = undefined;
});

async function open(config: Partial<NodeConfig> = {}, store?: MemoryStore): Promise<QantoNode> {
  node = await QantoNode.open(
    { network: 'regtest', miner: { address: TEST_ADDRESS, threads: 1 }, ...config },
    { environment: seededEnvironment(42), ...(store ? { store } : {}) },
  );
  return node;
}

describe('a node told a number of blocks', () => {
  test('mines exactly so many and stops', async () => {
    await open({ node: { blocks: 5 } });
    node!.start();
    await node!.stopped;
    const { blocks, miner } = node!.status();
    expect(blocks).toBe(6);
    expect(miner.counts).toEqual({ mined: 5, stale: 0, timedOut: 0, exhausted: 0, cancelled: 0, failed: 0 });
  });

  test.each([0, -1, 1.5])('refuses %d', async (blocks) => {
    await expect(open({ node: { blocks } })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'node.blocks',
    });
  });
});

describe('start()', () => {
  test('tells once what is mined with, however often it is called', async () => {
    const lines: string[] = [];
    const logger: Logger = { ...silentLogger, info: (message) => lines.push(message) };
    node = await QantoNode.open(
      { network: 'regtest', miner: { address: TEST_ADDRESS, threads: 1 }, node: { blocks: 2 } },
      { environment: seededEnvironment(42), logger },
    );
    node.start();
    node.miner.once('mined', () => node!.start());
    node.start();
    await node.stopped;
    expect(lines.filter((line) => line === 'mining')).toHaveLength(1);
  });

  test('is refused once the node was told to stop', async () => {
    await open();
    const stopped = node!.stop();
    expect(() => node!.start()).toThrow(DagClosedError);
    await stopped;
    expect(() => node!.start()).toThrow(DagClosedError);
  });
});

describe('stop()', () => {
  test('may be called again and again, and before start()', async () => {
    await open();
    await Promise.all([node!.stop(), node!.stop(), node!.stopped]);
    await node!.stop();
    expect(node!.status().miner.state).toBe('stopped');
  });
});

describe('the status', () => {
  test('of a new node is genesis alone', async () => {
    await open();
    expect(node!.status()).toMatchObject({
      network: 'regtest',
      blocks: 1,
      tips: 1,
      lastBlockAgeMs: undefined,
      miner: { state: 'stopped', hashesPerSecond: 0 },
    });
  });

  test('after the stop is what the node had come to', async () => {
    await open({ node: { blocks: 3 } });
    node!.start();
    await node!.stopped;
    const status = node!.status();
    expect(status).toMatchObject({ blocks: 4, sink: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(status.lastBlockAgeMs).toBeGreaterThanOrEqual(0);
    expect(node!.status()).toEqual(status);
  });
});

describe('a node with a logger', () => {
  const damage = new StoreDamagedError('memory', 'record 3 has a wrong checksum');
  let lines: [level: string, message: string, fields: unknown][];

  async function openLogged(store: MemoryStore): Promise<QantoNode> {
    lines = [];
    const at = (level: string) => (message: string, fields?: unknown) => lines.push([level, message, fields]);
    const logger: Logger = { debug: () => {}, info: at('info'), warn: at('warn'), error: at('error') };
    node = await QantoNode.open(
      { network: 'regtest', miner: { address: TEST_ADDRESS, threads: 1 } },
      { environment: seededEnvironment(42), store, logger },
    );
    return node;
  }

  test('tells how much room the store has, each level at its own', async () => {
    const space = { availableBytes: 0, minFreeBytes: 1000 };
    const { dag } = await openLogged(Object.assign(new MemoryStore(), { space }));
    for (const availableBytes of [1500, 500, 5000]) {
      space.availableBytes = availableBytes;
      await mineBlocks(dag, 1);
    }
    expect(lines).toEqual([
      ['warn', 'the store has little room left', expect.objectContaining({ availableBytes: 1500 })],
      ['error', 'the store is full; blocks are refused', expect.objectContaining({ availableBytes: 500 })],
      ['info', 'the store has room again', expect.objectContaining({ availableBytes: 5000 })],
    ]);
  });

  test('tells of a store that fails, and of one that is damaged', async () => {
    const store = Object.assign(new MemoryStore(), { verify: () => Promise.reject(damage) });
    const failure = new StoreFailedError('memory', 'it is gone');
    store.append = () => Promise.reject(failure);
    const { dag } = await openLogged(store);
    await expect(mineBlocks(dag, 1)).rejects.toBe(failure);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(lines.filter(([level]) => level === 'error')).toEqual(
      expect.arrayContaining([
        ['error', 'the store failed; no block can be kept', expect.objectContaining({ error: failure })],
        ['error', 'the store is damaged', expect.objectContaining({ error: damage })],
      ]),
    );
  });

  test('goes on when the store is full, and mines again once it has room', async () => {
    let isFull = true;
    const full = new StoreFullError('memory', 5, 1000);
    const admit = () => (isFull ? Promise.reject(full) : undefined);
    const { miner, dag } = await openLogged(Object.assign(new MemoryStore(), { admit }));
    const failed = once(miner, 'failed');
    node!.start();
    await expect(failed).resolves.toEqual([expect.objectContaining({ error: full })]);
    expect(dag.info().writable).toBe(true);
    isFull = false;
    await once(miner, 'mined');
    await node!.stop();
  });
});

describe('a store that fails', () => {
  test('ends the node, which says so', async () => {
    const store = new MemoryStore();
    const failure = new StoreFailedError('memory', 'it is full');
    store.append = () => Promise.reject(failure);
    await open({}, store);
    node!.start();
    await expect(node!.stopped).rejects.toBe(failure);
    expect(node!.status()).toMatchObject({ blocks: 1, miner: { state: 'stopped', counts: { failed: 1 } } });
    node = undefined;
  });
});

describe('a configuration that cannot be', () => {
  test('is refused before a store is made', async () => {
    await expect(
      open({ dataDir: '/proc/nowhere', miner: { address: TEST_ADDRESS, useGpu: true } }),
    ).rejects.toMatchObject({ code: 'ERR_QANTO_UNSUPPORTED' });
  });
});
