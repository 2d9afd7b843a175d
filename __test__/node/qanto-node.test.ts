import { afterEach, describe, expect, test } from '@jest/globals';
import { DagClosedError, MemoryStore, StoreFailedError } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { type Logger, silentLogger } from '../../ts/logger.ts';
import { type NodeConfig, QantoNode } from '../../ts/node/index.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';

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
      code: 'INVALID_ARGUMENT',
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
    ).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
