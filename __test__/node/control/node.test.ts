import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryStore, storeIdentity } from '../../../ts/dag/index.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { type Logger, silentLogger } from '../../../ts/logger.ts';
import { openNode, openSource, type Source } from '../../../ts/node/control/source.ts';
import { pagesOf } from '../../../ts/node/control/store-blocks.ts';
import { type NodeConfig, type NodeOptions, QantoNode } from '../../../ts/node/index.ts';
import { TEST_ADDRESS } from '../../../ts/testing.ts';
import { temporaryDirectory } from './support.ts';

let dataDir: string;
let node: QantoNode | undefined;
let source: Source | undefined;

beforeEach(() => {
  dataDir = path.join(temporaryDirectory(), 'chain');
});

afterEach(async () => {
  await source?.close();
  await node?.stop();
  source = undefined;
  node = undefined;
});

async function open(config: Partial<NodeConfig> = {}, options: NodeOptions = {}): Promise<QantoNode> {
  node = await QantoNode.open(
    { network: 'regtest', dataDir, control: {}, miner: { address: TEST_ADDRESS, threads: 1 }, ...config },
    { environment: seededEnvironment(42), ...options },
  );
  return node;
}

async function mine(blocks: number): Promise<void> {
  await open({ node: { blocks } });
  node!.start();
  await node!.stopped;
}

const ask = async (method: string, params: object = {}, needs: 'dag' | 'store' = 'dag') => {
  source = await openSource({ network: 'regtest', dataDir }, needs);
  return (await source.call(method, params)) as Record<string, unknown>;
};

describe('A node with a control socket', () => {
  test('answers about its DAG, and removes the socket when it stops', async () => {
    await open();
    expect(node!.controlPath).toBe(path.join(dataDir, 'control.sock'));
    expect(await ask('dag.info')).toEqual(JSON.parse(JSON.stringify(node!.dag.info())));
    expect(source!.pid).toBe(process.pid);
    await source!.close();
    await node!.stop();
    expect(existsSync(path.join(dataDir, 'control.sock'))).toBe(false);
  });

  test('pauses its miner, lets it continue, and changes its number of threads', async () => {
    await open();
    node!.start();
    expect(await ask('miner.pause')).toMatchObject({ state: 'paused', threads: 1, hashesPerSecond: 0 });
    const { hashes } = node!.miner.status();
    expect(await source!.call('miner.setThreads', { threads: 2 })).toMatchObject({
      state: 'paused',
      threads: 2,
    });
    expect(node!.miner.status().hashes).toBe(hashes);
    await source!.call('miner.resume', {});
    await once(node!.miner, 'mined');
    expect(await source!.call('miner.status', {})).toMatchObject({ state: 'mining', threads: 2 });
    const refused = source!.call('miner.setThreads', { threads: 0 });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
    await node!.stop();
  });

  test('is found by a command that needs a running node', async () => {
    await open();
    source = await openNode({ network: 'regtest', dataDir });
    expect(source.pid).toBe(process.pid);
    await source.close();
    await node!.stop();
    await expect(openNode({ network: 'regtest', dataDir })).rejects.toMatchObject({
      code: 'ERR_QANTO_NO_NODE',
      directory: dataDir,
    });
  });

  test('starts without the socket if that cannot be used, and logs the reason', async () => {
    mkdirSync(path.join(dataDir, 'control.sock'), { recursive: true });
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => warnings.push(message, fields) };
    await open({}, { logger });
    expect(node!.controlPath).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringContaining('no control socket'),
      expect.objectContaining({ error: expect.objectContaining({ code: 'ERR_QANTO_CONTROL_UNAVAILABLE' }) }),
    ]);
  });

  test('has none if it is disabled or not configured', async () => {
    await open({ control: { enabled: false } });
    expect(node!.controlPath).toBeUndefined();
    await node!.stop();
    await open({ control: undefined });
    expect(node!.controlPath).toBeUndefined();
  });

  test.each<[string, Partial<NodeConfig>, NodeOptions, string]>([
    ['without a data directory', { dataDir: undefined }, {}, 'control'],
    ['with a store of the program', {}, { store: new MemoryStore() }, 'control'],
    ['that is not an object', { control: true as never }, {}, 'control'],
    ['with an unknown field', { control: { enable: true } as never }, {}, 'control.enable'],
    ['that is enabled by a text', { control: { enabled: 'yes' as never } }, {}, 'control.enabled'],
  ])('is refused %s', async (_, config, options, argument) => {
    await expect(open(config, options)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument,
    });
  });
});

describe.each(['a running node', 'the store alone'])('The methods of %s', (which) => {
  beforeEach(async () => {
    await mine(7);
    if (which === 'a running node') await open();
    else node = undefined;
  });

  test('give the same summary of the DAG', async () => {
    expect(await ask('dag.info')).toMatchObject({ network: 'regtest', blockCount: 8 });
    expect(source!.pid).toBe(which === 'a running node' ? process.pid : undefined);
  });

  test('give tips, order, chain and blocks', async () => {
    const { tips } = (await ask('dag.tips')) as { tips: { hash: string }[] };
    const order = (await source!.call('dag.order', { count: 3 })) as {
      start: number;
      end: number;
      blocks: { position: number; hash: string }[];
    };
    expect(order).toMatchObject({ start: 0, end: 8 });
    expect(order.blocks.map(({ position }) => position)).toEqual([5, 6, 7]);
    expect(order.blocks[2]!.hash).toBe(tips[0]!.hash);
    const first = (await source!.call('dag.order', { from: 0, count: 1 })) as typeof order;
    expect(first.blocks).toMatchObject([{ position: 0, hash: storeIdentity('regtest').genesis }]);
    expect(await source!.call('dag.order', { from: 100, count: 1 })).toMatchObject({ blocks: [] });
    const chain = (await source!.call('dag.chain', { count: 2 })) as { blocks: { hash: string }[] };
    expect(chain.blocks.map(({ hash }) => hash)).toEqual([order.blocks[2]!.hash, order.blocks[1]!.hash]);
    const from = (await source!.call('dag.chain', {
      count: 100,
      from: chain.blocks[1]!.hash,
    })) as typeof chain;
    expect(from.blocks).toHaveLength(7);
    expect(from.blocks[0]).toEqual(chain.blocks[1]);
    expect(await source!.call('dag.block', { hash: chain.blocks[0]!.hash })).toMatchObject({
      hash: chain.blocks[0]!.hash,
      parents: [chain.blocks[1]!.hash],
      consensus: { selectedParent: chain.blocks[1]!.hash, mergeSetReds: [] },
      contents: { address: TEST_ADDRESS, payloads: 0 },
    });
  });

  test.each([
    ['dag.block', { hash: '00'.repeat(32) }, 'ERR_QANTO_BLOCK_NOT_FOUND'],
    ['dag.chain', { from: '00'.repeat(32), count: 1 }, 'ERR_QANTO_BLOCK_NOT_FOUND'],
    ['dag.block', { hash: 'AB'.repeat(32) }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['dag.order', { count: 0 }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['dag.order', { count: 10_001 }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['dag.order', { from: -1, count: 1 }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['dag.import', { blocks: ['?'] }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['dag.import', { blocks: ['AAAA'] }, 'ERR_QANTO_MALFORMED'],
    ['store.backup', { target: 'relative' }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['store.blocks', { from: -1 }, 'ERR_QANTO_INVALID_ARGUMENT'],
    ['store.drop', {}, 'ERR_QANTO_CONTROL_UNKNOWN_METHOD'],
  ])('refuse %s with the parameters %j', async (method, params, code) => {
    await expect(ask(method, params)).rejects.toMatchObject({ code });
  });

  test('make a backup', async () => {
    const target = `${dataDir}-backup`;
    expect(await ask('store.backup', { target }, 'store')).toMatchObject({ appendedBlocks: 7 });
    expect(existsSync(path.join(target, 'blocks.db'))).toBe(true);
  });

  test('read every block', async () => {
    source = await openSource({ network: 'regtest', dataDir }, 'store');
    const hashes: string[] = [];
    for await (const page of pagesOf(source, new AbortController().signal)) {
      expect(page).toMatchObject({ appended: 7, isComplete: true });
      hashes.push(...page.blocks.map(({ hash }) => hash));
    }
    expect(new Set(hashes).size).toBe(7);
  });
});

describe('A command is told what is wrong', () => {
  test.each([
    ['does not exist', () => {}],
    ['has no file blocks.db', () => mkdirSync(dataDir)],
    ['is not a directory', () => writeFileSync(dataDir, '')],
  ])('if the data directory %s', async (problem, make) => {
    make();
    await expect(ask('dag.info')).rejects.toMatchObject({
      code: 'ERR_QANTO_NO_STORE',
      directory: dataDir,
      message: expect.stringContaining(problem),
    });
  });

  test('if the node is on another network', async () => {
    await open();
    await expect(openSource({ network: 'devnet', dataDir }, 'dag')).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_WRONG_NETWORK',
      found: expect.stringContaining('"regtest"'),
      expected: expect.stringContaining('"devnet"'),
    });
  });

  test.each(['dag', 'store'] as const)('if a node without a control socket uses the %s', async (needs) => {
    await open({ control: undefined });
    await expect(openSource({ network: 'regtest', dataDir }, needs)).rejects.toMatchObject({
      code: 'ERR_QANTO_CONTROL_UNREACHABLE',
      message: expect.stringMatching(/control\.sock does not exist.*\(process \d+\)/),
    });
  });
});
