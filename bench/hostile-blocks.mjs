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

/** Whether the hash of a header meets regtest's target. */
const meetsTarget = (header) => Number.parseInt(hashHeader(header)[0], 16) < 8;

/** The block with the first nonce whose hash meets regtest's target, or does not. */
function search(block, hasWork) {
  for (let nonce = 0; ; nonce++) {
    const header = { ...block.header, nonce };
    if (meetsTarget(encodeHeader(header)) === hasWork) return { ...block, header };
  }
}

const openDag = () => QantoDag.open({ network: 'regtest', store: new MemoryStore() });
const dag = await openDag();
/** Has one block more, so that the blocks that are built on it have to wait in `dag`. */
const ahead = await openDag();
await ahead.addBlock(search(ahead.buildTemplate({ address: ADDRESS }).withNonce(0), true));

function unworked(contents) {
  const block = dag.buildTemplate({ address: ADDRESS }).withNonce(0);
  return search({ ...block, payloads: contents }, false);
}

const full = () => payloads(MOST, Math.floor(990_000 / MOST) - 4);
const largest = () => payloads(10, 99_000);
const mb = (name, count) => `1 MB, ${count.toLocaleString('en')} payloads, ${name}`;

/**
 * Blocks with work on a parent that `dag` does not know, each with another hash. They are made in the same memory, so that
 * only the DAG needs new memory.
 */
function waiting(contents) {
  const template = ahead.buildTemplate({ address: ADDRESS, payloads: contents });
  const bytes = Buffer.from(encodeBlock(template.withNonce(0)));
  const header = bytes.subarray(1, 81);
  let nonce = 0;
  return () => {
    do header.writeUInt32LE(nonce++, 76);
    while (!meetsTarget(header));
    return bytes;
  };
}

/** Copies a block as the DAG does, and keeps as many copies as there is room for orphans. */
function copies() {
  const kept = [];
  return async (block) => {
    kept.push(new Uint8Array(block));
    if (kept.length > 16) kept.shift();
  };
}

/** Offers a block to the DAG. */
async function offer(block) {
  try {
    await dag.addBlock(block);
  } catch (error) {
    if (error.name !== 'BlockRejectedError') throw error;
  }
}

const waitingSubjects = () => [
  { name: 'a small block that waits for its parents', next: waiting([]) },
  { name: mb('waits for its parents', 10), next: waiting(largest()), goalUs: 200 },
  { name: mb('waits for its parents', MOST), next: waiting(full()), goalUs: 200 },
  { name: '  a copy of a block of 1 MB alone', next: waiting(full()), take: copies() },
];

function refusedSubjects() {
  const smallest = payloads(SMALLEST, 3);
  const object = unworked(smallest);
  const withHeader = (changes) => encodeBlock({ ...object, header: { ...object.header, ...changes } });
  const garbage = Buffer.concat([encodeBlock(unworked([])).subarray(0, 81), Buffer.alloc(999_000, 0xa5)]);
  return [
    { name: 'a small block without work', block: encodeBlock(unworked([])) },
    { name: mb('without work', SMALLEST), block: encodeBlock(object) },
    { name: mb('without work, as an object', SMALLEST), block: object },
    { name: mb('without work', 10), block: encodeBlock(unworked(largest())) },
    { name: '1 MB of garbage after a header without work', block: garbage },
    { name: mb('invalid bits', SMALLEST), block: withHeader({ bits: 0xff123456 }) },
    { name: mb('wrong version', SMALLEST), block: withHeader({ version: 1 }) },
    { name: '2 MB', block: Buffer.alloc(2_000_000, 1) },
  ].map((subject) => ({ ...subject, goalUs: 20 }));
}

/** The CPU time of a block, in µs. A block that is always the same is offered many times, unless that takes too long. */
async function cost({ block, next = () => block, take = offer }) {
  let [spentUs, count, batch] = [0, 0, 1];
  while (spentUs < MIN_ROUND_US) {
    const offered = next();
    const { cpuUs } = await timedAsync(async () => {
      for (let index = 0; index < batch; index++) await take(offered);
    });
    spentUs += cpuUs;
    count += batch;
    if (block !== undefined && spentUs < MIN_ROUND_US / 2) batch *= 2;
  }
  return spentUs / count;
}

/** The rows of some kinds of blocks, which are offered in turn. The first round only warms up. */
async function measured(subjects) {
  const costsUs = subjects.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      const us = await cost(subject);
      if (round >= 0) costsUs[index].push(us);
    }
  }
  return subjects.map(({ name, goalUs }, index) => ({
    measure: name,
    value: spread(costsUs[index], 'µs'),
    ...(goalUs !== undefined && { goal: `${goalUs} µs` }),
  }));
}

/** Accepts full blocks, and returns the CPU time of each and the longest time between two turns of the event loop. */
async function acceptFull(count) {
  const contents = full();
  const costsMs = [];
  const delaysMs = [];
  for (let index = 0; index < count; index++) {
    const block = search(ahead.buildTemplate({ address: ADDRESS, payloads: contents }).withNonce(0), true);
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

// The blocks that wait come first, since the many payloads of the others make the garbage collector slower.
const rows = await measured(waitingSubjects());
rows.unshift(...(await measured(refusedSubjects())));
const { costsMs, delaysMs } = await acceptFull(2 * rounds);
rows.push(
  { measure: mb('accepted', MOST), value: spread(costsMs, 'ms') },
  { measure: '  the longest delay of the event loop meanwhile', value: spread(delaysMs, 'ms') },
  { measure: '  the longest of all', value: `${shown(Math.max(...delaysMs))} ms` },
);
await dag.close();
await ahead.close();
report('bench:hostile', rows);
