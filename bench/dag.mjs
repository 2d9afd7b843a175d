/**
 * What the consensus engine costs: the recorded headers of the fixtures, and a synthetic DAG of ten blocks a second whose
 * first and last blocks are compared. Run by `npm run bench:dag`.
 *
 *   node bench/dag.mjs [--blocks 1000000] [--delay-ms 1000] [--rounds 9] [--virtual] [--json]
 *
 * Costs are CPU time of the whole process (collector threads included), so that other work on the machine blurs
 * them less; medians are over slices of 500 blocks, or over rounds.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { DagEngine } from '../dist/dag/engine/engine.js';
import { median } from './statistics.mjs';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '200000' },
    'delay-ms': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '9' },
    virtual: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const SECTION = 10_000;
const SLICE = 500;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc');

const round = (value, digits = 1) => Number(value.toFixed(digits));

/** Microseconds of CPU and wall time a call takes. */
function timed(call) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  call();
  const wallUs = (performance.now() - wall) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: user + system, wallUs };
}

/** Asks what the header must carry, compares, and adds: all a node does with it but the proof of work. */
function validateAndAdd(engine, node, expected) {
  const preview = engine.preview(node.parents);
  const wrong =
    preview.expectedBits !== node.bits ||
    preview.pastMedianTimeMs >= node.timestampMs ||
    preview.blueScore !== expected.blueScore ||
    preview.blueWork !== expected.blueWork ||
    preview.daaScore !== expected.daaScore;
  if (wrong) throw new Error(`block ${node.hash} carries what its past does not call for`);
  engine.add(node, preview);
}

function readRecordedHeaders(file) {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean).map(JSON.parse);
  const [network, ...blocks] = lines;
  const { blockrate } = network;
  const params = {
    ghostdagK: blockrate.ghostdag_k,
    maxParents: blockrate.max_block_parents,
    mergeSetLimit: blockrate.mergeset_size_limit,
    targetTimePerBlockMs: blockrate.target_time_per_block,
    difficultyWindow: network.difficulty_window_size,
    difficultySampleRate: blockrate.difficulty_sample_rate,
    minDifficultyWindow: network.min_difficulty_window_size,
    pastMedianTimeWindow: network.past_median_time_window_size,
    pastMedianTimeSampleRate: blockrate.past_median_time_sample_rate,
  };
  const headers = blocks.map(({ header }) => ({
    node: {
      hash: header.hash,
      parents: header.parentsByLevel[0] ?? [],
      bits: header.bits,
      timestampMs: header.timestamp,
    },
    expected: {
      blueScore: header.blueScore,
      blueWork: BigInt(`0x${header.blueWork}`),
      daaScore: header.daaScore,
    },
  }));
  return { params, headers };
}

function benchRecordedHeaders(rounds) {
  const folder = resolve(process.env.QANTO_FIXTURES ?? '../shared/fixtures');
  const file = resolve(folder, 'kaspa-headers/goref-notx-5000.json.gz');
  if (!existsSync(file)) {
    console.error(`skipped the recorded headers: ${file} not found (set QANTO_FIXTURES)`);
    return undefined;
  }
  const { params, headers } = readRecordedHeaders(file);
  const [genesis, ...rest] = headers;
  const times = Array.from({ length: rounds }, () =>
    timed(() => {
      const engine = new DagEngine(params, genesis.node);
      for (const { node, expected } of rest) validateAndAdd(engine, node, expected);
    }),
  );
  const perSecond = ({ cpuUs }) => Math.round((rest.length / cpuUs) * 1e6);
  const rates = times.map(perSecond);
  return {
    blocks: rest.length,
    rounds,
    medianBlocksPerSecond: Math.round(median(rates)),
    slowestBlocksPerSecond: Math.min(...rates),
    fastestBlocksPerSecond: Math.max(...rates),
    medianWallBlocksPerSecond: Math.round((rest.length / median(times.map((t) => t.wallUs))) * 1e6),
  };
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Blocks as ten a second by a Poisson process; each sees those at least `delayMs` older and names their tips as parents. */
class SyntheticNetwork {
  #random = seededRandom(1);
  #delayMs;
  #maxParents;
  #timeMs = 1_700_000_000_000;
  #visibleTips;
  #underway = [];

  constructor(delayMs, maxParents) {
    this.#delayMs = delayMs;
    this.#maxParents = maxParents;
    this.genesis = { hash: this.#hash(), parents: [], bits: 0x1e7fffff, timestampMs: this.#timeMs };
    this.#visibleTips = [this.genesis.hash];
  }

  next() {
    this.#timeMs -= Math.log(1 - this.#random()) * 100;
    while (this.#underway.length > 0 && this.#underway[0].timestampMs <= this.#timeMs - this.#delayMs) {
      const seen = this.#underway.shift();
      this.#visibleTips = this.#visibleTips.filter((tip) => !seen.parents.includes(tip));
      this.#visibleTips.push(seen.hash);
    }
    const parents = this.#visibleTips.slice(-this.#maxParents);
    const block = { hash: this.#hash(), parents, timestampMs: Math.floor(this.#timeMs) };
    this.#underway.push(block);
    return block;
  }

  #hash() {
    let hash = '';
    while (hash.length < 64)
      hash += Math.floor(this.#random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return hash;
  }
}

function heapBytes() {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}

function benchSyntheticDag(blocks, delayMs, withVirtual) {
  const params = {
    ghostdagK: 124,
    maxParents: 16,
    mergeSetLimit: 248,
    targetTimePerBlockMs: 100,
    difficultyWindow: 661,
    difficultySampleRate: 40,
    minDifficultyWindow: 150,
    pastMedianTimeWindow: 27,
    pastMedianTimeSampleRate: 100,
  };
  const network = new SyntheticNetwork(delayMs, params.maxParents);
  const before = heapBytes();
  const engine = new DagEngine(params, network.genesis);
  const sections = [];
  let parents = 0;
  for (let done = 0; done < blocks; done += SECTION) {
    const slices = [];
    for (let inSection = 0; inSection < SECTION; inSection += SLICE) {
      const slice = Array.from({ length: SLICE }, () => network.next());
      for (const block of slice) parents += block.parents.length;
      const { cpuUs, wallUs } = timed(() => {
        for (const { hash, parents, timestampMs } of slice) {
          const { expectedBits, pastMedianTimeMs } = engine.preview(parents);
          engine.add({
            hash,
            parents,
            bits: expectedBits,
            timestampMs: Math.max(timestampMs, pastMedianTimeMs + 1),
          });
          if (withVirtual) engine.updateVirtual();
        }
      });
      slices.push({ cpuUs: cpuUs / SLICE, wallUs: wallUs / SLICE });
    }
    const mean = slices.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / slices.length;
    sections.push({
      medianCpuUs: median(slices.map((s) => s.cpuUs)),
      meanCpuUs: mean,
      medianWallUs: median(slices.map((s) => s.wallUs)),
    });
  }
  const after = heapBytes();
  const total = engine.size - 1;
  const shown = ({ medianCpuUs, meanCpuUs, medianWallUs }) => ({
    medianCpuUsPerBlock: round(medianCpuUs),
    meanCpuUsPerBlock: round(meanCpuUs),
    medianWallUsPerBlock: round(medianWallUs),
  });
  const [early, last] = [sections[1], sections.at(-1)];
  return {
    blocks: total,
    delayMs,
    withVirtual,
    parentsPerBlock: round(parents / total),
    tips: engine.tips().length,
    blocks10kTo20k: shown(early),
    last10k: shown(last),
    ratioOfMedians: round(last.medianCpuUs / early.medianCpuUs, 2),
    ratioOfMeans: round(last.meanCpuUs / early.meanCpuUs, 2),
    medianBlocksPerSecond: Math.round(1e6 / median(sections.map((s) => s.medianCpuUs))),
    jsHeapBytesPerBlock: Math.round((after.heapUsed - before.heapUsed) / total),
    columnBytesPerBlock: Math.round((after.arrayBuffers - before.arrayBuffers) / total),
  };
}

function printed(title, results) {
  const rows = Object.entries(results).flatMap(([name, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(([inner, number]) => [`${name}.${inner}`, number])
      : [[name, value]],
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(`${title}\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')}\n`);
}

const blocks = Number(options.blocks);
if (!Number.isInteger(blocks) || blocks < 3 * SECTION || blocks % SECTION !== 0) {
  throw new Error(
    `--blocks must be a multiple of ${SECTION}, at least ${3 * SECTION}; got ${options.blocks}`,
  );
}
// First, so that nothing the other leaves behind is counted as memory per block.
const syntheticDag = benchSyntheticDag(blocks, Number(options['delay-ms']), options.virtual);
const recordedHeaders = benchRecordedHeaders(Number(options.rounds));
if (options.json) {
  console.log(JSON.stringify({ recordedHeaders, syntheticDag }, null, 2));
} else {
  if (recordedHeaders)
    printed('goref-notx-5000, all header rules but proof of work (CPU time)', recordedHeaders);
  printed('synthetic DAG, 10 blocks a second (CPU time)', syntheticDag);
}
