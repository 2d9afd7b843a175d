import { afterEach, expect, test } from '@jest/globals';
import { seededEnvironment } from '../../ts/environment.ts';
import type { Logger } from '../../ts/logger.ts';
import { openNode } from '../../ts/node/control/source.ts';
import { type NodeConfig, QantoNode } from '../../ts/node/index.ts';
import { stratumUrl } from '../../ts/node/stratum.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';
import { search, TestMiner } from '../stratum/support.ts';
import { temporaryDirectory } from './control/support.ts';

const ADDRESS = 'cd'.repeat(32);
let node: QantoNode | undefined;
let miner: TestMiner | undefined;

afterEach(async () => {
  await miner?.close();
  await node?.stop();
  miner = undefined;
  node = undefined;
});

async function open(config: Partial<NodeConfig> = {}, logger?: Logger): Promise<QantoNode> {
  node = await QantoNode.open(
    { network: 'regtest', miner: { address: TEST_ADDRESS, threads: 1 }, ...config },
    { environment: seededEnvironment(7), ...(logger && { logger }) },
  );
  return node;
}

test('A node gives work to miners, adds their blocks, and reports them on its control socket', async () => {
  const dataDir = `${temporaryDirectory()}/chain`;
  await open({ dataDir, control: {}, stratum: { enabled: true, port: 0 } });
  const { port } = new URL(node!.stratumUrl!);
  miner = new TestMiner(Number(port));
  const job = await miner.logIn(`${ADDRESS}.rig`);
  const work = search(job, miner, (value) => value < 1n << 255n);
  const { extraNonce2, time, nonce } = work;
  const answer = await miner.request('mining.submit', `${ADDRESS}.rig`, job.id, extraNonce2, time, nonce);
  expect(answer).toMatchObject({ result: true });
  expect((await node!.dag.getBlock(node!.dag.sink()))!.coinbase.address).toBe(ADDRESS);

  const source = await openNode({ network: 'regtest', dataDir });
  expect(await source.call('stratum.status', {})).toMatchObject({
    connections: 1,
    blocks: { accepted: 1, refused: 0 },
    workers: [{ name: `${ADDRESS}.rig`, accepted: 1, blocks: 1 }],
  });
  await expect(source.call('stratum.status', { count: 0 })).resolves.toMatchObject({
    workerCount: 1,
    workers: [],
  });
  await expect(source.call('stratum.status', { from: 1 })).resolves.toMatchObject({ workers: [] });
  await expect(source.call('stratum.status', { count: 1001 })).rejects.toMatchObject({
    code: 'ERR_QANTO_INVALID_ARGUMENT',
  });
  await source.close();
  await node!.stop();
  await miner.closed;
});

test('A node has no Stratum server by default', async () => {
  await open({ stratum: {} });
  expect(node!.stratumUrl).toBeUndefined();
});

test('A node whose Stratum server cannot listen does not open', async () => {
  await open({ stratum: { enabled: true, port: 0 } });
  const port = Number(new URL(node!.stratumUrl!).port);
  const other = QantoNode.open({
    network: 'regtest',
    miner: { address: TEST_ADDRESS },
    stratum: { enabled: true, port },
  });
  await expect(other).rejects.toMatchObject({ code: 'ERR_QANTO_ADDRESS_IN_USE', port });
});

test('A node warns if other machines can reach its Stratum server', async () => {
  const warnings: string[] = [];
  const ignore = () => {};
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (text: string) => warnings.push(text) };
  await open({ stratum: { enabled: true, host: '0.0.0.0', port: 0 } }, logger);
  expect(warnings).toEqual(['other machines can reach the Stratum server, which has no authentication']);
});

test.each([{ enabled: 'yes' }, { enabled: true, port: -1 }, { prot: 1 }])(
  'A node refuses the Stratum configuration %j',
  async (stratum) => {
    await expect(open({ stratum: stratum as never })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
    });
  },
);

test('The address of an IPv6 server has brackets', () => {
  expect(stratumUrl({ host: '::1', port: 3333 })).toBe('stratum+tcp://[::1]:3333');
});
