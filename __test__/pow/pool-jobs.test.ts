/** What the addon tells `qanto-node` about the jobs of the process. */
import { expect, test } from '@jest/globals';
import { AbortError, solvePow, type Template } from '../../ts/index.ts';
import { native } from '../../ts/native.ts';

const template: Template = {
  algorithm: 'sha256',
  preimage: new Uint8Array(40),
  nonce: { offset: 0, encoding: 'u64le' },
  target: { leadingZeroBits: 60 },
};

test('The jobs of the process are told with their threads, and are gone when they have ended', async () => {
  const controller = new AbortController();
  const options = { signal: controller.signal, threads: 1, timeoutMs: 60_000 } as const;
  const searches = [
    solvePow(template, { ...options, priority: 'background' }),
    solvePow({ ...template, algorithm: 'blake3' }, options),
  ];
  const settled = Promise.allSettled(searches);
  const told = () => native().poolJobs(10);
  const isRunning = () => told().jobs.some(({ threads, hashes }) => threads.length > 0 && hashes > 0);
  while (!isRunning()) await new Promise(setImmediate);
  const { jobs, waitsMs } = told();
  expect(jobs.map(({ algorithm, priority }) => `${algorithm} ${priority}`).sort()).toEqual([
    'blake3 normal',
    'sha256 background',
  ]);
  for (const job of jobs) {
    expect(job).toMatchObject({ limit: 1, expectedHashes: 2 ** 60 });
    expect(job.leftMs).toBeLessThanOrEqual(60_000);
    expect(job.waitedMs ?? 0).toBeLessThanOrEqual(job.ageMs);
  }
  expect(waitsMs.length).toBeGreaterThan(0);
  expect(waitsMs).toEqual(waitsMs.toSorted((a, b) => a - b));
  expect(native().poolJobs(1).jobs).toHaveLength(1);
  controller.abort();
  for (const result of await settled)
    expect(result.status === 'rejected' && result.reason).toBeInstanceOf(AbortError);
  expect(told().jobs).toEqual([]);
});
