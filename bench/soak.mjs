#!/usr/bin/env -S node --expose-gc
// Runs many jobs with mixed outcomes. Memory must not grow, and all listeners, handles and threads must be released at the end.
import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { solvePow } from '../dist/pow/index.js';
import { slope } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    // RSS changes by whole pages of V8's heap, so a slope of 1 KiB is visible only after this number of jobs.
    jobs: { type: 'string', default: '500000' },
    concurrency: { type: 'string', default: '64' },
    json: { type: 'boolean' },
  },
});
if (!globalThis.gc) throw new Error('run this program with node --expose-gc, as "npm run soak" does');

const total = Number(flags.jobs);
const preimage = new Uint8Array(80).fill(7);
const easy = {
  algorithm: 'sha256d',
  preimage,
  nonce: { offset: 76, encoding: 'u32le' },
  target: 2n ** 256n / 500n,
};
const impossible = { ...easy, target: 1n };
const shared = new AbortController();

/** Functions that start a job, each with the outcome that the job must have. They are called in turn. */
const kinds = [
  ['found', () => solvePow(easy, { signal: shared.signal, onProgress: () => {} })],
  ['ERR_QANTO_HASH_BUDGET_SPENT', () => solvePow(impossible, { maxHashes: 300, signal: shared.signal })],
  ['ERR_QANTO_NONCE_SPACE_EXHAUSTED', () => solvePow(impossible, { startNonce: 2 ** 32 - 300 })],
  ['ERR_QANTO_TIMED_OUT', () => solvePow(impossible, { timeoutMs: 0.2, signal: shared.signal })],
  ['ABORT_ERR', () => aborted()],
  ['ERR_QANTO_INVALID_ARGUMENT', () => solvePow({ ...easy, target: 0n })],
];

function aborted() {
  const controller = new AbortController();
  const job = solvePow(impossible, { signal: controller.signal });
  setImmediate(() => controller.abort());
  return job;
}

const outcomes = {};
let started = 0;

async function worker(until) {
  while (started < until) {
    const [expected, start] = kinds[started++ % kinds.length];
    const outcome = await start().then(
      () => 'found',
      (error) => error.code ?? String(error),
    );
    if (outcome !== expected) throw new Error(`expected ${expected}, got ${outcome}`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
}

function memory() {
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed };
}

const threads = () => readdirSync('/proc/self/task').length;
const ownThreads = () =>
  readdirSync('/proc/self/task').filter((id) =>
    readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith('qanto-pow'),
  ).length;

await worker(1000);
const before = { threads: threads(), handles: process.getActiveResourcesInfo().length };
const rss = [];
const heap = [];
const step = Math.max(1000, Math.floor(total / 100));
for (let until = started + step; started < total; until += step) {
  await Promise.all(Array.from({ length: Number(flags.concurrency) }, () => worker(Math.min(until, total))));
  const { rss: resident, heapUsed } = memory();
  rss.push([started / 1000, resident / 1024]);
  heap.push([started / 1000, heapUsed / 1024]);
}

const secondHalf = (points) => points.slice(Math.floor(points.length / 2));
report('soak', [
  { measure: 'jobs', value: String(started) },
  ...Object.entries(outcomes).map(([outcome, count]) => ({ measure: `  ${outcome}`, value: String(count) })),
  {
    measure: 'RSS, slope over the second half',
    value: `${slope(secondHalf(rss)).toFixed(3)} KiB per 1,000 jobs`,
    goal: 'below 1',
  },
  {
    measure: 'heap, slope over the second half',
    value: `${slope(secondHalf(heap)).toFixed(3)} KiB per 1,000 jobs`,
    goal: 'below 1',
  },
  {
    measure: 'threads, before and after',
    value: `${before.threads}, ${threads()} (${ownThreads()} of the pool)`,
  },
  {
    measure: 'active resources, before and after',
    value: `${before.handles}, ${process.getActiveResourcesInfo().length}`,
  },
  {
    measure: 'listeners left on the shared signal',
    value: String(getEventListeners(shared.signal, 'abort').length),
    goal: '0',
  },
]);
