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
import { DAY, environmentOf, FakeClock, MINUTE, START_MS } from '../dag/clock-support.ts';
import { until } from '../until.ts';

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

describe('A node with a number of blocks', () => {
  test('mines exactly this number of blocks and stops', async () => {
    await open({ node: { blocks: 5 } });
    node!.start();
    await node!.stopped;
    const { blocks, miner } = node!.status();
    expect(blocks).toBe(6);
    expect(miner.counts).toEqual({ mined: 5, stale: 0, timedOut: 0, exhausted: 0, cancelled: 0, failed: 0 });
  });

  test.each([0, -1, 1.5])('rejects the number %d', async (blocks) => {
    await expect(open({ node: { blocks } })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'node.blocks',
    });
  });
});

describe('The method start()', () => {
  test('logs the start of mining once, even if it is called several times', async () => {
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

  test('throws DagClosedError after stop() was called', async () => {
    await open();
    const stopped = node!.stop();
    expect(() => node!.start()).toThrow(DagClosedError);
    await stopped;
    expect(() => node!.start()).toThrow(DagClosedError);
  });
});

describe('The method stop()', () => {
  test('may be called several times, and before start()', async () => {
    await open();
    await Promise.all([node!.stop(), node!.stop(), node!.stopped]);
    await node!.stop();
    expect(node!.status().miner.state).toBe('stopped');
  });
});

describe('The status', () => {
  test('of a new node has only the genesis block', async () => {
    await open();
    expect(node!.status()).toMatchObject({
      network: 'regtest',
      blocks: 1,
      tips: 1,
      lastBlockAgeMs: undefined,
      miner: { state: 'stopped', hashesPerSecond: 0 },
    });
  });

  test('of a stopped node is its last status', async () => {
    await open({ node: { blocks: 3 } });
    node!.start();
    await node!.stopped;
    const status = node!.status();
    expect(status).toMatchObject({ blocks: 4, sink: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(status.lastBlockAgeMs).toBeGreaterThanOrEqual(0);
    expect(node!.status()).toEqual(status);
  });
});

describe('A node with a logger', () => {
  const damage = new StoreDamagedError('memory', 'record 3 has a wrong checksum');
  let lines: [level: string, message: string, fields: unknown][];

  async function openLogged(
    store: MemoryStore,
    environment = seededEnvironment(42),
    config: Partial<NodeConfig> = {},
  ): Promise<QantoNode> {
    lines = [];
    const at = (level: string) => (message: string, fields?: unknown) => lines.push([level, message, fields]);
    const logger: Logger = { debug: () => {}, info: at('info'), warn: at('warn'), error: at('error') };
    node = await QantoNode.open(
      { network: 'regtest', miner: { address: TEST_ADDRESS, threads: 1 }, ...config },
      { environment, store, logger },
    );
    return node;
  }

  test('logs changes of the free space of the store, each with its level', async () => {
    const space = { availableBytes: 0, minFreeBytes: 1000 };
    const { dag } = await openLogged(Object.assign(new MemoryStore(), { space }));
    for (const availableBytes of [1500, 500, 5000]) {
      space.availableBytes = availableBytes;
      await mineBlocks(dag, 1);
    }
    expect(lines).toEqual([
      ['warn', 'the store has little free space left', expect.objectContaining({ availableBytes: 1500 })],
      [
        'error',
        'the store is full; new blocks are refused',
        expect.objectContaining({ availableBytes: 500 }),
      ],
      ['info', 'the store has enough free space again', expect.objectContaining({ availableBytes: 5000 })],
    ]);
  });

  test('logs how the DAG uses the clock, and the offset of the time that is used', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(START_MS);
    node = await openLogged(store, environmentOf(clock));
    await mineBlocks(node.dag, 2);
    clock.step(DAY);
    await mineBlocks(node.dag, 1);
    expect(node.status().clockOffsetMs).toBe(-DAY);
    clock.pass(10 * MINUTE);
    await mineBlocks(node.dag, 1);
    expect(node.status().clockOffsetMs).toBe(0);
    const used = (ms: number) => expect.objectContaining({ used: new Date(ms).toISOString() });
    expect(lines).toEqual([
      ['warn', expect.stringMatching(/^the clock was set forward/), used(START_MS)],
      ['warn', expect.stringMatching(/for ten minutes; the DAG now uses it, /), used(clock.now())],
    ]);
    expect(lines[0]![2]).toMatchObject({
      clock: new Date(START_MS + DAY).toISOString(),
      lastBlock: new Date(START_MS + 1).toISOString(),
      offsetSeconds: -DAY / 1000,
    });
  });

  test('is not ready while a trusted clock is far behind the recent blocks', async () => {
    node = await openLogged(new MemoryStore(), environmentOf(new FakeClock(0)), { trustClock: true });
    await until(() => lines.length > 0);
    expect(node.readiness().reasons).toEqual([
      {
        code: 'ERR_QANTO_CLOCK_BEHIND',
        message: expect.stringContaining('it shows 1970-01-01T00:00:00.000Z'),
      },
    ]);
    expect(lines).toEqual([
      ['warn', expect.stringMatching(/^the clock is behind/), expect.objectContaining({ offsetSeconds: 0 })],
    ]);
  });

  test('logs that the store failed, and that the store is damaged', async () => {
    const store = Object.assign(new MemoryStore(), { verify: () => Promise.reject(damage) });
    const failure = new StoreFailedError('memory', 'it is gone');
    store.append = () => Promise.reject(failure);
    const { dag } = await openLogged(store);
    await expect(mineBlocks(dag, 1)).rejects.toBe(failure);
    const errors = () => lines.filter(([level]) => level === 'error');
    await until(() => errors().length >= 2);
    expect(errors()).toEqual(
      expect.arrayContaining([
        [
          'error',
          'the store failed; no more blocks can be stored',
          expect.objectContaining({ error: failure }),
        ],
        ['error', 'the store is damaged', expect.objectContaining({ error: damage })],
      ]),
    );
  });

  test('keeps running when the store is full, and mines again when it has free space', async () => {
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

describe('A store that fails', () => {
  test('stops the node, and `stopped` rejects with its error', async () => {
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

describe('An unsupported configuration', () => {
  test('is rejected before a store is created', async () => {
    await expect(
      open({ dataDir: '/proc/nowhere', miner: { address: TEST_ADDRESS, useGpu: true } }),
    ).rejects.toMatchObject({ code: 'ERR_QANTO_UNSUPPORTED' });
  });
});
