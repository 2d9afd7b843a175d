import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { QantoDag } from '../../../ts/dag/index.ts';
import { StratumServer } from '../../../ts/stratum/index.ts';
import { Metrics } from '../../../ts/telemetry/index.ts';
import { openTestDag } from '../../../ts/testing.ts';
import { search, TestMiner } from '../../stratum/support.ts';

const ADDRESS = 'ab'.repeat(32);
let dag: QantoDag;
let server: StratumServer;
let metrics: Metrics;
let miner: TestMiner;

beforeEach(async () => {
  dag = await openTestDag({ network: 'regtest' });
  server = await StratumServer.listen(dag, { port: 0 });
  metrics = new Metrics({ stratum: server });
  miner = new TestMiner(server.port);
});

afterEach(async () => {
  await miner.close();
  metrics.close();
  await server.close();
  await dag.close();
});

/** Finds a block and submits it twice. On regtest every second hash is a block. */
async function submitTwice(user: string): Promise<void> {
  const job = await miner.logIn(user);
  const { extraNonce2, time, nonce } = search(job, miner, (value) => value < 1n << 254n);
  const params = [user, job.id, extraNonce2, time, nonce];
  await miner.request('mining.submit', ...params);
  await miner.request('mining.submit', ...params);
}

test('The metrics of a Stratum server count connections, sessions, shares by outcome, jobs and blocks', async () => {
  await submitTwice(`${ADDRESS}.rig`);
  expect(metrics.value('qanto_stratum_connections')).toBe(1);
  expect(metrics.value('qanto_stratum_sessions', { state: 'connected' })).toBe(1);
  expect(metrics.value('qanto_stratum_shares_total', { outcome: 'accepted' })).toBe(1);
  expect(metrics.value('qanto_stratum_shares_total', { outcome: 'duplicate' })).toBe(1);
  expect(metrics.value('qanto_stratum_shares_total', { outcome: 'stale-job' })).toBe(0);
  expect(metrics.value('qanto_stratum_found_total', { outcome: 'accepted' })).toBe(1);
  expect(metrics.value('qanto_stratum_found_total', { outcome: 'red' })).toBe(0);
  expect(metrics.value('qanto_stratum_bans_total')).toBe(0);
  expect(metrics.value('qanto_stratum_jobs_total')).toBeGreaterThanOrEqual(1);
  expect(metrics.value('qanto_stratum_sent_jobs_total')).toBeGreaterThanOrEqual(1);
});

test('The metrics of a worker are its shares, hash rates, last share and best share', async () => {
  const worker = `${ADDRESS}.rig`;
  await submitTwice(worker);
  expect(metrics.value('qanto_stratum_worker_shares_total', { worker, outcome: 'accepted' })).toBe(1);
  expect(metrics.value('qanto_stratum_worker_shares_total', { worker, outcome: 'duplicate' })).toBe(1);
  for (const window of ['1m', '5m', '1h']) {
    expect(metrics.value('qanto_stratum_worker_hashes_per_second', { worker, window })).toBeGreaterThan(0);
  }
  expect(metrics.value('qanto_stratum_worker_last_share_age_seconds', { worker })).toBeGreaterThanOrEqual(0);
  expect(metrics.value('qanto_stratum_worker_best_share_difficulty', { worker })).toBeGreaterThan(0);
});

test('The name of a worker with quotation marks and backslashes is escaped in a scrape', async () => {
  await submitTwice(`${ADDRESS}.a"b\\n}c`);
  const { text } = await metrics.scrape();
  expect(text).toContain(`worker="${ADDRESS}.a\\"b\\\\n}c",outcome="accepted"} 1`);
});

test('A worker that never found a share has no series, whatever it submits', async () => {
  await miner.logIn(`${ADDRESS}.hostile`);
  await miner.request('mining.submit', `${ADDRESS}.hostile`, 'nonsense', '', '', '');
  const { text } = await metrics.scrape();
  expect(text).not.toContain('hostile');
  expect(metrics.value('qanto_stratum_worker_shares_total', { worker: 'other', outcome: 'stale-job' })).toBe(
    1,
  );
});

test('The time until a job is sent is measured for each job that some miner gets', async () => {
  const count = async () => Number(/job_sending_seconds_count (\d+)/.exec((await metrics.scrape()).text)![1]);
  expect(await count()).toBe(0);
  await submitTwice(ADDRESS);
  // The block changes the DAG, which leads to another job.
  const next = miner.messages.findLastIndex(({ method }) => method === 'mining.notify') + 1;
  await miner.job(next);
  while ((await count()) === 0) await new Promise(setImmediate);
  expect(await count()).toBe(1);
});
