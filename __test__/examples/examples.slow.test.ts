/** Runs the examples unchanged, with the build output. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PoolStatus } from '../../ts/index.ts';
import { execute } from '../package/install.ts';

/** With 26 leading zero bits, the first solution takes this number of hashes, which is seconds of hashing. */
const SLOW_CHALLENGE = Buffer.from('slow 3').toString('hex');
const HASHES_OF_SLOW_CHALLENGE = 225_488_790;

const ROOT = path.resolve(__dirname, '../..');

function run(example: string, ...args: string[]): string {
  const { code, output } = execute(process.execPath, [join('examples', example), ...args], { cwd: ROOT });
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

test('Two copies of the ordered log end in the same order, and no entry is lost', () => {
  const { apart, north, south, reorganisations } = JSON.parse(run('ordered-log.mjs'));
  const written = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name} ${i + 1}`);
  const everything = [...written('north', 7), ...written('south', 6)];
  expect(apart[0]).toEqual(written('north', 7));
  expect(apart[1]).toEqual([...written('north', 3), ...written('south', 6)]);
  expect(north).toEqual(south);
  expect([...north].sort()).toEqual(everything.sort());
  expect(reorganisations.north + reorganisations.south).toBeGreaterThan(0);
});

test('The worker miner stops in order, and continues with the same DAG when it is started again', () => {
  const directory = mkdtempSync(join(tmpdir(), 'qanto-example-'));
  try {
    const scores = () => {
      const { code, mined } = JSON.parse(run('worker-miner.mjs', '3', directory));
      expect(code).toBe(0);
      return mined.map(({ blueScore }: { blueScore: number }) => blueScore);
    };
    expect(scores().slice(0, 3)).toEqual([2, 3, 4]);
    expect(scores()[0]).toBeGreaterThan(4);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('The trace leads from the request to the hashing threads', () => {
  const output = run('trace.mjs');
  const depthOf = (name: string) =>
    new RegExp(`^ *[\\d.]+ +[\\d.]+  ( *)${name}`, 'm').exec(output)?.[1]?.length;
  expect([depthOf('GET'), depthOf('solvePow'), depthOf('mine_cpu')]).toEqual([0, 2, 4]);
});

describe('The solving service', () => {
  let service: ChildProcess;
  let url: string;

  beforeAll(async () => {
    service = fork(join(__dirname, 'service.mjs'));
    [url] = await once(service, 'message');
  });
  afterAll(async () => {
    const ended = once(service, 'exit');
    service.send('close');
    await ended;
  });

  async function poolStatus(): Promise<PoolStatus> {
    const answered = once(service, 'message');
    service.send('status');
    const [status] = await answered;
    return status;
  }

  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const challenge = { challenge: '68656c6c6f', leadingZeroBits: 16 };

  test('verifies the nonce that it found', async () => {
    const { status, body } = await post('/solve', challenge);
    expect(status).toBe(200);
    const { nonce } = body;
    await expect(post('/verify', { ...challenge, nonce })).resolves.toEqual({
      status: 200,
      body: { valid: true },
    });
    const other = { ...challenge, challenge: '00', nonce };
    await expect(post('/verify', other)).resolves.toEqual({ status: 200, body: { valid: false } });
  });

  test('refuses challenges that would take too long, and invalid challenges', async () => {
    await expect(post('/solve', { ...challenge, leadingZeroBits: 40 })).resolves.toMatchObject({
      status: 422,
      body: { code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH' },
    });
    await expect(post('/solve', { ...challenge, challenge: 'xyz' })).resolves.toMatchObject({ status: 400 });
  });

  test('stops hashing when the client disconnects', async () => {
    const hashed = async () => (await poolStatus()).hashes.reduce((total, { hashes }) => total + hashes, 0);
    const jobs = async () => {
      const { runningJobs, queuedJobs } = await poolStatus();
      return runningJobs + queuedJobs;
    };
    const before = await hashed();
    const body = JSON.stringify({ challenge: SLOW_CHALLENGE, leadingZeroBits: 26 });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const client = request(`${url}/solve`, { method: 'POST', headers });
    client.on('error', () => {});
    client.end(body);
    while ((await poolStatus()).runningJobs === 0);
    client.destroy();
    while ((await jobs()) > 0);
    expect((await hashed()) - before).toBeLessThan(HASHES_OF_SLOW_CHALLENGE);
  });
});
