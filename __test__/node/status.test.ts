import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MemoryStore, QantoDag, regtest } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { Miner, type MinerStatus } from '../../ts/miner/index.ts';
import { statusFrom } from '../../ts/node/status.ts';
import { Metrics } from '../../ts/telemetry/metrics/index.ts';
import { mineBlocks, TEST_ADDRESS } from '../../ts/testing.ts';
import { openDag, readBlocks } from '../dag/support.ts';

let dag: QantoDag;
let miner: Miner;
let metrics: Metrics;

/** All numbers are different, so that a mix-up is detected. */
const minerStatus: MinerStatus = {
  state: 'mining',
  threads: 10,
  circuit: 'half-open',
  counts: { mined: 11, stale: 12, timedOut: 13, exhausted: 14, cancelled: 15, failed: 16 },
  hashes: 17,
  hashesPerSecond: 18,
};

beforeEach(async () => {
  dag = await openDag();
  miner = new Miner(dag, { address: TEST_ADDRESS });
  miner.status = () => minerStatus;
  metrics = new Metrics({ dag, miner });
});

afterEach(async () => {
  metrics.close();
  await dag.close();
});

test('The status from the metrics equals the status of the miner', () => {
  expect(statusFrom(metrics, dag, miner).miner).toEqual(minerStatus);
});

test('The status from the metrics equals the information of the DAG', async () => {
  const other = await QantoDag.open({
    network: regtest,
    store: new MemoryStore(),
    environment: seededEnvironment(5),
  });
  const theirs = await readBlocks(other, await mineBlocks(other, 2));
  await other.close();
  await mineBlocks(dag, 3);
  for (const block of theirs) await dag.addBlock(block);
  const { network, blockCount, tipCount, blueScore, difficulty, sink } = dag.info();
  expect(new Set([blockCount, tipCount, blueScore]).size).toBeGreaterThan(1);
  expect(statusFrom(metrics, dag, miner)).toMatchObject({
    network,
    blocks: blockCount,
    tips: tipCount,
    blueScore,
    difficulty,
    sink,
  });
});

test('An unknown hash rate is undefined in the status', () => {
  miner.status = () => ({ ...minerStatus, hashesPerSecond: undefined });
  expect(statusFrom(metrics, dag, miner).miner.hashesPerSecond).toBeUndefined();
});
