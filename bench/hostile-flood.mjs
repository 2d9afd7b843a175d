/**
 * Measures how a DAG withstands a flood of blocks: 20,000 per second (500 per second of blocks of 1 MB) of each kind that
 * costs its sender little, and of all kinds together, while ten honest blocks arrive per second. Run by `npm run bench:flood`.
 *
 *   node --expose-gc bench/hostile-flood.mjs [--seconds 10] [--rate 20000] [--only TEXT] [--dist FOLDER]
 *     [--against FOLDER] [--rounds 1] [--json]
 *
 * Each row is a new DAG on disk. Its honest blocks need 16,384 hashes each. The blocks of the flood are made in advance and
 * are offered again and again, since repeating a block costs its sender nothing. The sender shares the event loop with the
 * DAG, as the network layer of a node would. It copies nothing, and one row says what it costs: the same blocks are passed to
 * a function that refuses each at once. The delay of the event loop is what `monitorEventLoopDelay` measures, and the
 * growth of the memory is the greatest resident set size during the flood minus the one before it. The latency of an honest
 * block begins when it is due, so that it includes the delay of the event loop.
 *
 * With `--against`, the build in another `dist` takes turns with this one, and the rows of this one have the median of the
 * ratios of each round. With several rounds, figures are medians, and the parentheses have the least and the greatest.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { FIRST, floodBlocks, LARGE } from './flood-blocks.mjs';
import { report } from './report.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20000' },
    only: { type: 'string', default: '' },
    dist: { type: 'string', default: 'dist' },
    against: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const rate = Number(options.rate);
const HONEST_PER_SECOND = 10;
const MOST_LARGE = Math.min(rate, 500);
/** The most blocks that are offered in one turn of the event loop: what a socket delivers in a chunk of 64 kB. */
const MOST_PER_TURN = 128;
const NOTHING = 'nothing';
const SENDER = 'the sender alone';
const ALL = 'all kinds together';

const load = createRequire(import.meta.url);
const build = (folder, module) => load(resolve(folder, module));
const blocks = await floodBlocks({
  qanto: build(options.dist, 'index.js'),
  dag: build(options.dist, 'dag/index.js'),
  context: build(options.dist, 'dag/context.js'),
  honestCount: FIRST + seconds * HONEST_PER_SECOND,
});

/** All kinds in turn, with large blocks as often as alone. */
async function mixture() {
  const made = new Map();
  for (const name of blocks.names) made.set(name, await blocks.of(name));
  const small = blocks.names.filter((name) => !LARGE.includes(name));
  return Array.from({ length: 40_000 }, (_, index) => {
    const names = index % Math.round(rate / MOST_LARGE) === 0 ? LARGE : small;
    const kind = made.get(names[index % names.length]);
    return kind[Math.floor(index / names.length) % kind.length];
  });
}

/**
 * Offers blocks again and again, in turns of the event loop that are at least 1 ms apart, and counts the answers.
 *
 * @param addBlock the method of the DAG
 */
function startSender(sent, perSecond, addBlock) {
  const outcomes = new Map();
  const count = (outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  let offered = 0;
  let answered = 0;
  // These two functions serve all blocks, so that the sender adds as little garbage as a caller can.
  const resolved = ({ status }) => {
    answered++;
    count(status);
  };
  const rejected = ({ code }) => {
    answered++;
    count(code);
  };
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond);
    for (const end = Math.min(due, offered + MOST_PER_TURN); offered < end; offered++) {
      addBlock(sent[offered % sent.length]).then(resolved, rejected);
    }
  }, 1);
  return {
    outcomes,
    /** Resolves to the number of blocks when all have been answered. */
    async stop() {
      clearInterval(timer);
      while (answered < offered) await nextTurn();
      return offered;
    },
  };
}

/** Offers honest blocks, each when it is due. */
function startHonest(addBlock) {
  const latencies = [];
  const answers = [];
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * HONEST_PER_SECOND);
    while (answers.length < due && FIRST + answers.length < blocks.honest.length) {
      const block = blocks.honest[FIRST + answers.length];
      const dueMs = startedMs + (1000 * (answers.length + 1)) / HONEST_PER_SECOND;
      const answer = addBlock(block).then(
        ({ status }) => {
          latencies.push(performance.now() - dueMs);
          return status;
        },
        ({ code }) => code,
      );
      answers.push(answer);
    }
  }, 1);
  return {
    /** Waits until all are answered. */
    async stop() {
      clearInterval(timer);
      const statuses = await Promise.all(answers);
      const accepted = statuses.filter((status) => status === 'accepted').length;
      return { latencies, offered: statuses.length, accepted };
    },
  };
}

/** Calls `work`, and returns the pauses of the garbage collector meanwhile, in ms. */
async function pausesDuring(work) {
  const pauses = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) pauses.push(duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  await work();
  // Entries are delivered in a later turn.
  await wait(10);
  observer.disconnect();
  return pauses;
}

const REFUSED = { code: 'refused' };
/** What answering costs at least. */
const refuseAll = async () => {
  throw REFUSED;
};

/** Sends blocks to a new DAG. */
async function flood(folder, name, sent, perSecond) {
  const { QantoDag } = build(folder, 'dag/index.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'qanto-flood-'));
  const dag = await QantoDag.open({ network: blocks.network, dataDir });
  const addBlock = (block) => dag.addBlock(block);
  let evicted = 0;
  dag.on('orphan-dropped', () => evicted++);
  for (const block of blocks.honest.slice(0, FIRST)) await dag.addBlock(block);
  globalThis.gc?.();
  await wait(200);
  const rssBefore = process.memoryUsage.rss();
  let rssMax = rssBefore;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let honest;
  let sender;
  let loop;
  const pauses = await pausesDuring(async () => {
    const sampling = setInterval(() => {
      rssMax = Math.max(rssMax, process.memoryUsage.rss());
    }, 50);
    const loopBefore = performance.eventLoopUtilization();
    delay.enable();
    honest = startHonest(addBlock);
    sender = startSender(sent, perSecond, name === SENDER ? refuseAll : addBlock);
    await wait(1000 * seconds);
    delay.disable();
    loop = performance.eventLoopUtilization(loopBefore).utilization;
    clearInterval(sampling);
  });
  const endedMs = performance.now();
  const sentCount = await sender.stop();
  const drainMs = performance.now() - endedMs;
  const { latencies, offered, accepted } = await honest.stop();
  const ordered = [...dag.order()].length - 1 - FIRST;
  await dag.close();
  rmSync(dataDir, { recursive: true });
  const share = (part) => `${((100 * part) / sentCount).toFixed(0)} %`;
  return {
    perSecond: sentCount / seconds,
    p99Ms: delay.percentile(99) / 1e6 - 1,
    longestMs: delay.max / 1e6 - 1,
    honestP50Ms: quantile(latencies, 0.5),
    honestP99Ms: quantile(latencies, 0.99),
    rssMb: (rssMax - rssBefore) / 1e6,
    loop: 100 * loop,
    gcMs: pauses.reduce((sum, pause) => sum + pause, 0),
    gcLongestMs: Math.max(0, ...pauses),
    gcCount: pauses.length,
    drainMs,
    honest: `${ordered} of ${offered} (${accepted})`,
    answers: [...sender.outcomes].map(([outcome, number]) => `${outcome} ${share(number)}`).join(', '),
    evicted,
  };
}

function rowsOf(name, label, runs, base) {
  const of = (key, digits = 1) => median(runs.map((run) => run[key])).toFixed(digits);
  const spread = (key) => {
    if (runs.length === 1) return '';
    const values = runs.map((run) => run[key]);
    return ` (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
  };
  const ratio = (key) => {
    if (base === undefined) return '';
    const ratios = runs.map((run, round) => run[key] / base[round][key]);
    return ratios.every(Number.isFinite) ? `, ${median(ratios).toFixed(2)} x` : '';
  };
  const last = runs.at(-1);
  return [
    {
      measure: `${name}${label}, ${of('perSecond', 0)} per second: p99 of the delay`,
      value: `${of('p99Ms')} ms${spread('p99Ms')}${ratio('p99Ms')}, longest ${of('longestMs')} ms`,
      goal: '10 ms',
    },
    {
      measure: '  honest blocks accepted; latency',
      value:
        `${[...new Set(runs.map(({ honest }) => honest))].join(' | ')}; p50 ${of('honestP50Ms')}${spread('honestP50Ms')}` +
        `${ratio('honestP50Ms')}, p99 ${of('honestP99Ms')}${spread('honestP99Ms')}${ratio('honestP99Ms')} ms`,
    },
    {
      measure: '  memory; event loop; garbage collector; queue after the end',
      value:
        `+${of('rssMb', 0)} MB; busy ${of('loop', 0)} %; ${of('gcCount', 0)} pauses of ${of('gcMs', 0)} ms` +
        `${ratio('gcMs')}, longest ${of('gcLongestMs')} ms; ${of('drainMs', 0)} ms`,
    },
    { measure: '  answers', value: `${last.answers}${last.evicted > 0 ? `; evicted ${last.evicted}` : ''}` },
  ];
}

const rows = [];
for (const name of [NOTHING, SENDER, ...blocks.names, ALL]) {
  if (!name.includes(options.only)) continue;
  const sent =
    name === ALL
      ? await mixture()
      : await blocks.of([NOTHING, SENDER].includes(name) ? 'accepted blocks, again' : name);
  const perSecond = name === NOTHING ? 0 : LARGE.includes(name) ? MOST_LARGE : rate;
  const folders = options.against === undefined ? [options.dist] : [options.against, options.dist];
  const runs = folders.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    const turns = [...folders.entries()];
    if (round % 2 === 1) turns.reverse();
    for (const [index, folder] of turns) {
      runs[index].push(await flood(folder, name, sent, perSecond));
    }
  }
  const base = options.against === undefined ? undefined : runs[0];
  if (base) rows.push(...rowsOf(name, ` (${options.against})`, base));
  rows.push(...rowsOf(name, '', runs.at(-1), base));
}
rows.push({ measure: 'load average at the end', value: loadavg()[0].toFixed(1) });
report('bench:flood', rows);
