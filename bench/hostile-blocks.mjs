/**
 * Measures what blocks cost that a stranger sends: blocks that are refused for their headers, whatever they contain, blocks
 * that wait for their parents, and full blocks that are accepted, during which the delay of the event loop is measured too.
 * Run by `npm run bench:hostile`.
 *
 *   node bench/hostile-blocks.mjs [--rounds 15] [--dist FOLDER] [--json]
 *
 * Costs are CPU time of the whole process, per block. Each round offers blocks of every kind in turn, for at least 20 ms or
 * two blocks each; the median and the quartiles are over rounds. `--dist` is another build of the library, a folder beside
 * `dist`, so that two versions can be compared.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';
import { timedAsync } from './timed.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    dist: { type: 'string', default: 'dist' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const load = createRequire(import.meta.url);
const { encodeBlock, encodeHeader, hashHeader, MemoryStore, QantoDag, regtest } = load(
  resolve(options.dist, 'dag/index.js'),
);

const ADDRESS = 'ab'.repeat(32);
const MIN_ROUND_US = 20_000;
/** The most payloads of 3 bytes that fit into a block of 1 MB. */
const SMALLEST = 142_000;
/** The maximum number of payloads; the same number is used for a build whose networks have no maximum. */
const MOST = regtest.maxPayloads ?? 10_000;

/** Different payloads of the same length. */
function payloads(count, byteLength) {
  return Array.from({ length: count }, (_, index) => {
    const payload = Buffer.alloc(byteLength);
    payload.writeUIntLE(index, 0, 3);
    return payload;
  });
}

/** The block with the first nonce from `nonce` on whose hash meets regtest's target, or does not. */
function search(block, hasWork, nonce = 0) {
  for (let candidate = nonce; ; candidate++) {
    const header = { ...block.header, nonce: candidate };
    if (Number.parseInt(hashHeader(encodeHeader(header))[0], 16) < 8 === hasWork) return { ...block, header };
  }
}

/** A DAG whose tip is a new block, so that a block on it has parents that another DAG does not know. */
async function openDag(blocks = 0) {
  const dag = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
  for (let index = 0; index < blocks; index++) {
    await dag.addBlock(search(dag.buildTemplate({ address: ADDRESS }).withNonce(0), true));
  }
  return dag;
}

const dag = await openDag();
const ahead = await openDag(1);

function unworked(contents, change = (block) => block) {
  const block = dag.buildTemplate({ address: ADDRESS }).withNonce(0);
  return change(search({ ...block, payloads: contents }, false));
}

const withHeader = (changes) => (block) => ({ ...block, header: { ...block.header, ...changes } });
const smallest = payloads(SMALLEST, 3);
const largest = payloads(10, 99_000);
const full = payloads(MOST, Math.floor(990_000 / MOST) - 4);
const garbage = (block) => Buffer.concat([encodeBlock(block).subarray(0, 81), Buffer.alloc(999_000, 0xa5)]);

/** Blocks with work on a parent that `dag` does not know, each with another hash. */
function* waiting(contents) {
  const template = ahead.buildTemplate({ address: ADDRESS, payloads: contents });
  const block = template.withNonce(0);
  for (let nonce = 0; ; nonce++) {
    const next = search(block, true, nonce);
    nonce = next.header.nonce;
    yield encodeBlock(next);
  }
}

/** The same block every time. */
function* always(block) {
  for (;;) yield block;
}

const mb = (name, count) => `1 MB, ${count.toLocaleString('en')} payloads, ${name}`;
const subjects = [
  ['a small block without work', always(encodeBlock(unworked([]))), 20],
  [mb('without work', SMALLEST), always(encodeBlock(unworked(smallest))), 20],
  [mb('without work, as an object', SMALLEST), always(unworked(smallest)), 20],
  [mb('without work', 10), always(encodeBlock(unworked(largest))), 20],
  ['1 MB of garbage after a header without work', always(garbage(unworked([]))), 20],
  [
    mb('invalid bits', SMALLEST),
    always(encodeBlock(unworked(smallest, withHeader({ bits: 0xff123456 })))),
    20,
  ],
  [mb('wrong version', SMALLEST), always(encodeBlock(unworked(smallest, withHeader({ version: 1 })))), 20],
  ['2 MB', always(Buffer.alloc(2_000_000, 1)), 20],
  ['a small block that waits for its parents', waiting([])],
  [mb('waits for its parents', 10), waiting(largest), 200],
  [mb('waits for its parents', MOST), waiting(full), 200],
].map(([name, blocks, goalUs]) => ({ name, blocks, goalUs, costsUs: [] }));

/** The CPU time of a block. Blocks are made in advance. */
async function cost({ blocks }) {
  let [spentUs, count] = [0, 0];
  while (spentUs < MIN_ROUND_US || count < 2) {
    const batch = Array.from({ length: count === 0 ? 2 : 32 }, () => blocks.next().value);
    const { cpuUs } = await timedAsync(async () => {
      for (const block of batch) await dag.addBlock(block).catch(() => {});
    });
    spentUs += cpuUs;
    count += batch.length;
  }
  return spentUs / count;
}

for (let round = -1; round < rounds; round++) {
  for (const subject of subjects) {
    const us = await cost(subject);
    // The first round only warms up.
    if (round >= 0) subject.costsUs.push(us);
  }
}

/** Accepts full blocks, and returns the CPU time of each and the longest time between two turns of the event loop. */
async function acceptFull(count) {
  const costsMs = [];
  const delaysMs = [];
  for (let index = 0; index < count; index++) {
    const block = search(ahead.buildTemplate({ address: ADDRESS, payloads: full }).withNonce(0), true);
    const bytes = encodeBlock(block);
    await new Promise((next) => setTimeout(next, 20));
    let [longest, last, isDone] = [0, performance.now(), false];
    const turn = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const { cpuUs } = await timedAsync(() => ahead.addBlock(bytes));
    isDone = true;
    turn();
    costsMs.push(cpuUs / 1000);
    delaysMs.push(longest);
  }
  return { costsMs, delaysMs };
}

const shown = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
const spread = (values, unit) =>
  `${shown(quantile(values, 0.5))} ${unit} (${shown(quantile(values, 0.25))} to ${shown(quantile(values, 0.75))})`;

const rows = subjects.map(({ name, costsUs, goalUs }) => ({
  measure: name,
  value: spread(costsUs, 'µs'),
  ...(goalUs !== undefined && { goal: `${goalUs} µs` }),
}));
const { costsMs, delaysMs } = await acceptFull(2 * rounds);
rows.push(
  { measure: mb('accepted', MOST), value: spread(costsMs, 'ms') },
  { measure: '  the longest delay of the event loop meanwhile', value: spread(delaysMs, 'ms') },
  { measure: '  the longest of all', value: `${shown(Math.max(...delaysMs))} ms` },
);
await dag.close();
await ahead.close();
report('bench:hostile', rows);
