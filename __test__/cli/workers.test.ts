import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workersOf } from '../../ts/cli/workers-run.ts';
import { workersText } from '../../ts/cli/workers-text.ts';
import { QantoNode } from '../../ts/node/index.ts';
import type { StratumStatus, WorkerStatus } from '../../ts/stratum/index.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';
import { search, TestMiner } from '../stratum/support.ts';
import { runHere } from './in-process.ts';

const ADDRESS = `${'abcdef'.repeat(10)}0123`;

const worker = (name: string, fields: Partial<WorkerStatus> = {}): WorkerStatus => ({
  name,
  connections: 1,
  accepted: 0,
  refused: {
    other: 0,
    'stale-job': 0,
    duplicate: 0,
    'low-difficulty': 0,
    unauthorized: 0,
    'not-subscribed': 0,
  },
  work: 0,
  blocks: 0,
  hashesPerSecond: { minute: 0, fiveMinutes: 0, hour: 0 },
  lastShareAgeMs: undefined,
  bestShare: 0,
  ...fields,
});

const busy = worker(`${ADDRESS}.rig1`, {
  accepted: 12_345,
  refused: {
    other: 1,
    'stale-job': 4,
    duplicate: 2,
    'low-difficulty': 0,
    unauthorized: 0,
    'not-subscribed': 0,
  },
  hashesPerSecond: { minute: 12_300_000, fiveMinutes: 12_100_000, hour: 9_870_000 },
  lastShareAgeMs: 4200,
  bestShare: 123.456,
});

const status = (workers: readonly WorkerStatus[], workerCount = workers.length) =>
  ({ workers, workerCount }) as StratumStatus;
const text = (columns: number, workers = [busy, worker(ADDRESS)], count = workers.length) =>
  workersText(status(workers, count), columns, '…');

describe('The workers of a server are shown', () => {
  test('as a table with whole addresses, if it fits', () => {
    const lines = text(200).split('\n');
    expect(lines[0]).toMatch(
      /^worker +accepted {2}rejected {2}stale +1 min +5 min +60 min +last share {2}best share$/,
    );
    expect(lines[1]!.split(/ {2,}/)).toEqual([
      `${ADDRESS}.rig1`,
      ...['12,345', '3', '4', '12.3 MH/s', '12.1 MH/s', '9.87 MH/s', '4.2 s ago', '123'],
    ]);
    expect(lines[2]!.split(/ {2,}/)).toEqual([
      ADDRESS,
      '0',
      '0',
      '0',
      '0 H/s',
      '0 H/s',
      '0 H/s',
      'never',
      '0',
    ]);
  });

  test('with shortened addresses on a narrower terminal', () => {
    const lines = text(110).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^abcdef…ef0123\.rig1 /);
  });

  test.each([79, 40, 24])(
    'one below the other on a terminal of %p columns, in which every line fits',
    (columns) => {
      const lines = text(columns).split('\n');
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      expect(lines).toContain('  rejected    3');
      expect(lines).toContain('  stale       4');
      expect(lines.filter((line) => line === '')).toHaveLength(1);
    },
  );

  test('with the number of those that are left out', () => {
    expect(text(200, [busy], 4321).split('\n').at(-1)).toBe('4,320 more; --count shows them');
  });

  test('as a sentence if there are none', () => {
    expect(text(200, [])).toBe('No worker has logged in yet.');
  });
});

test.each([
  [100, 5000, [[0, 100]]],
  [
    2500,
    5000,
    [
      [0, 1000],
      [1000, 1000],
      [2000, 500],
    ],
  ],
  [
    5000,
    1500,
    [
      [0, 1000],
      [1000, 1000],
    ],
  ],
])('%p of %p workers are read in pages', async (count, workerCount, expected) => {
  const all = Array.from({ length: workerCount }, (_, n) => worker(String(n)));
  const calls: number[][] = [];
  const node = {
    async call(_method: string, params: object) {
      const { from, count } = params as { from: number; count: number };
      calls.push([from, count]);
      return status(all.slice(from, from + count), workerCount);
    },
  };
  expect((await workersOf(node, count)).workers).toEqual(all.slice(0, count));
  expect(calls).toEqual(expected);
});

describe('qanto workers', () => {
  let directory: string;
  let node: QantoNode;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'qanto-workers-'));
  });
  afterEach(async () => {
    await node.stop();
    rmSync(directory, { recursive: true });
  });

  const open = async (stratum: { enabled: boolean; port: number }) => {
    const miner = { address: TEST_ADDRESS, threads: 1 };
    node = await QantoNode.open({ network: 'regtest', dataDir: directory, control: {}, miner, stratum });
  };
  const workers = (...args: string[]) =>
    runHere('workers', '--network', 'regtest', '--data-dir', directory, ...args);

  test('shows the worker of a running node, as a table and as JSON', async () => {
    await open({ enabled: true, port: 0 });
    expect(await workers()).toMatchObject({ code: 0, stdout: 'No worker has logged in yet.\n' });
    const miner = new TestMiner(Number(new URL(node.stratumUrl!).port));
    const user = `${ADDRESS}.rig1`;
    const job = await miner.logIn(user);
    const { extraNonce2, time, nonce } = search(job, miner, (value) => value < 1n << 255n);
    await miner.request('mining.submit', user, job.id, extraNonce2, time, nonce);
    await miner.request('mining.submit', user, 'ffff', extraNonce2, time, nonce);
    const { code, stdout } = await workers();
    expect(code).toBe(0);
    expect(stdout).toMatch(/rig1 +1 +0 +1 |\.rig1\n {2}accepted {4}1\n {2}rejected {4}0\n {2}stale {7}1\n/);
    const parsed = JSON.parse((await workers('--json')).stdout);
    expect(parsed).toMatchObject({
      workerCount: 1,
      connections: 1,
      workers: [{ name: user, accepted: 1, refused: { 'stale-job': 1 }, blocks: 1 }],
    });
    await miner.close();
  });

  test('says how a node gets a Stratum server', async () => {
    await open({ enabled: false, port: 0 });
    expect(await workers()).toMatchObject({
      code: 2,
      error: { code: 'ERR_QANTO_UNSUPPORTED', message: expect.stringContaining('--stratum') },
    });
  });

  test.each(['0', '5001', 'x'])('refuses the count %p', async (count) => {
    await open({ enabled: true, port: 0 });
    const { code, error } = await workers('--count', count);
    expect({ code, error }).toMatchObject({
      code: 2,
      error: expect.objectContaining({ message: expect.stringContaining('--count') }),
    });
  });
});
