#!/usr/bin/env node
// Measures the solver under load: fairness between jobs, cancellation latency, the effect on the event loop and on libuv, and
// the cost of the engine.
import { pbkdf2 } from 'node:crypto';
import { lookup } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs, promisify } from 'node:util';
import { solveMany, solvePow } from '../dist/pow/index.js';
import { median, quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { cancelLatency } from './cancel-latency.mjs';
import { beside, endless, preimage } from './endless-jobs.mjs';
import { engineCost } from './engine-cost.mjs';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    aborts: { type: 'string', default: '10000' },
    jobs: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '7' },
    /** Number of samples of the engine's cost, which cargo builds first. With 0 it is not measured. */
    samples: { type: 'string', default: '151' },
    json: { type: 'boolean' },
  },
});

const ms = (value) => `${value.toFixed(3)} ms`;

/** Completion times, in ms, of many small jobs that are started at once. */
async function smallJobs(count) {
  const started = performance.now();
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const salted = preimage.slice();
      new DataView(salted.buffer).setUint32(0, index);
      await solvePow({ ...endless, preimage: salted, target: 2n ** 256n / 2000n });
      return performance.now() - started;
    }),
  );
}

async function fairness() {
  const jobs = Number(flags.jobs);
  const ratios = [];
  const p99s = { alone: [], beside: [] };
  await smallJobs(jobs);
  for (let round = 0; round < Number(flags.rounds); round++) {
    const alone = quantile(await smallJobs(jobs), 0.99);
    const crowded = quantile(await beside(1, () => smallJobs(jobs)), 0.99);
    p99s.alone.push(alone);
    p99s.beside.push(crowded);
    ratios.push(crowded / alone);
  }
  return [
    { measure: `p99 of ${jobs} small jobs, alone`, value: ms(median(p99s.alone)) },
    { measure: `p99 of ${jobs} small jobs, beside an endless one`, value: ms(median(p99s.beside)) },
    {
      measure: 'ratio, median of rounds [min, max]',
      value: `${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)}]`,
      goal: 'at most 2',
    },
  ];
}

async function eventLoop() {
  const delayP99 = async () => {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    histogram.disable();
    return histogram.percentile(99) / 1e6;
  };
  const idle = await delayP99();
  // There are more jobs than libuv has threads. If jobs ran in its pool, the calls below would never finish.
  const jobs = 4 * Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const busy = await beside(jobs, delayP99);
  const rows = [
    { measure: 'event loop delay p99, idle', value: ms(idle) },
    { measure: `event loop delay p99, ${jobs} jobs`, value: ms(busy), goal: `at most ${ms(idle + 5)}` },
  ];
  const calls = {
    'fs.readFile': () => readFile(process.execPath),
    'crypto.pbkdf2': () => promisify(pbkdf2)('password', 'salt', 20_000, 32, 'sha256'),
    'dns.lookup': () => promisify(lookup)('localhost'),
  };
  for (const [name, call] of Object.entries(calls)) {
    const time = async () => {
      const times = [];
      for (let index = 0; index < 25; index++) {
        const started = performance.now();
        await call();
        times.push(performance.now() - started);
      }
      return median(times);
    };
    await time();
    const ratios = [];
    for (let round = 0; round < Number(flags.rounds); round++) {
      const alone = await time();
      ratios.push((await beside(jobs, time)) / alone);
    }
    rows.push({
      measure: `${name}: time beside ${jobs} jobs / alone`,
      value: `${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)}]`,
    });
  }
  return rows;
}

/** The time of one job of 50 templates, relative to one search of as many hashes. */
async function manyTemplates() {
  const rows = [];
  for (const exponent of [14, 16]) {
    const templates = Array.from({ length: 50 }, (_, index) => {
      const salted = preimage.slice();
      new DataView(salted.buffer).setUint32(0, 50 * exponent + index);
      return { ...endless, preimage: salted, target: 2n ** 256n / 2n ** BigInt(exponent) };
    });
    const found = await solveMany(templates);
    const maxHashes = found.reduce((sum, [solution]) => sum + Number(solution.nonce) + 1, 0);
    const timed = async (work) => {
      const started = performance.now();
      await work();
      return performance.now() - started;
    };
    const ratios = [];
    for (let round = 0; round < 5 * Number(flags.rounds); round++) {
      const many = await timed(() => solveMany(templates));
      const one = await timed(() => solvePow(endless, { maxHashes }).catch(() => {}));
      ratios.push(many / one);
    }
    rows.push({
      measure: `50 templates of 2^${exponent} hashes in one job / one search of as many, median [quartiles]`,
      value: `${median(ratios).toFixed(2)} [${quantile(ratios, 0.25).toFixed(2)}, ${quantile(ratios, 0.75).toFixed(2)}]`,
    });
  }
  return rows;
}

report('bench:solver', [
  ...(await manyTemplates()),
  ...(await fairness()),
  ...(await cancelLatency(Number(flags.aborts))),
  ...(await eventLoop()),
  ...(flags.samples === '0' ? [] : engineCost(Number(flags.samples))),
]);
