/**
 * Measures how a DAG withstands a flood of blocks: 20,000 per second (500 per second of blocks of 1 MB) of each kind that
 * costs its sender little, and of all kinds together, while ten honest blocks arrive per second. Run by `npm run bench:flood`.
 *
 *   node --expose-gc bench/hostile-flood.mjs [--seconds 10] [--rate 20000] [--only TEXT] [--dist FOLDER] [--json]
 *
 * Each row is a new DAG on disk. Its honest blocks need 16,384 hashes each. The blocks of the flood are made in advance and
 * are offered again and again, since repeating a block costs its sender nothing. The delay of the event loop is what
 * `monitorEventLoopDelay` measures, and the growth of the memory is the greatest resident set size during the flood minus
 * the one before it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20000' },
    only: { type: 'string', default: '' },
    dist: { type: 'string', default: 'dist' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const rate = Number(options.rate);
const load = createRequire(import.meta.url);
const { devnet, encodeBlock, encodeHeader, MemoryStore, QantoDag } = load(
  resolve(options.dist, 'dag/index.js'),
);
const { blockHeader, solvePow, displayHash } = load(resolve(options.dist, 'index.js'));
const { hashContext, encodeContext } = load(resolve(options.dist, 'dag/context.js'));

const ADDRESS = 'ab'.repeat(32);
/** The difficulty is constant, so that all honest blocks need the same work. */
const network = {
  ...devnet,
  name: 'flood',
  genesisBits: 0x1f03ffff,
  minDifficultyWindow: 2 * devnet.difficultyWindow,
  maxTimeAheadMs: 132_000,
};
const EASIEST = 0x207fffff;
/** 1/32 of the honest work: enough to wait for parents. */
const CHEAP = 0x1f7fffff;
/** The number of blocks of each kind: more than the DAG remembers or keeps of them. */
const MANY = 5000;
const HONEST_PER_SECOND = 10;
/** The most blocks that are offered in one turn of the event loop: what a socket delivers in a chunk of 64 kB. */
const MOST_PER_TURN = 128;

/** The encoded block with these bits, and the proof of work for them. */
async function solved(block, bits = block.header.bits) {
  const header = { ...block.header, bits, nonce: 0 };
  const { nonce } = await solvePow(blockHeader(encodeHeader(header)));
  return encodeBlock({ ...block, header: { ...header, nonce: Number(nonce) } });
}

const source = await QantoDag.open({ network, store: new MemoryStore() });
/** The honest blocks: a chain. The flood may use the first ones. */
const honest = [];
const FIRST = 20;
while (honest.length < FIRST + seconds * HONEST_PER_SECOND) {
  const encoded = await solved(
    source.buildTemplate({ address: ADDRESS, extraNonce: honest.length }).withNonce(0),
  );
  await source.addBlock(encoded);
  honest.push(encoded);
}
const known = (await dagOf(FIRST)).buildTemplate({ address: ADDRESS }).withNonce(0);
const later = source.buildTemplate({ address: ADDRESS });

async function dagOf(count) {
  const dag = await QantoDag.open({ network, store: new MemoryStore() });
  for (const block of honest.slice(0, count)) await dag.addBlock(block);
  return dag;
}

/** Different blocks, each with another context or coinbase. */
async function many(count, make) {
  const blocks = [];
  for (let index = 0; index < count; index++) blocks.push(await make(index));
  return blocks;
}

/** Returns the block with another DAA score, so that its hash differs. Its parents may be replaced. */
function variant(block, index, parents = block.context.parents) {
  const context = { ...block.context, parents, daaScore: block.context.daaScore + index };
  const contextHash = hashContext(encodeContext(context));
  return { ...block, context, header: { ...block.header, contextHash } };
}

const unknown = (index) => [displayHash(Buffer.alloc(32, `unknown ${index % 700}`))];
const large = source
  .buildTemplate({
    address: ADDRESS,
    payloads: Array.from({ length: 10 }, (_, n) => Buffer.alloc(99_000, n)),
  })
  .withNonce(0);
/** On known parents, with as many payloads as the network allows. */
const full = (await dagOf(FIRST))
  .buildTemplate({
    address: ADDRESS,
    payloads: Array.from({ length: network.maxPayloads }, (_, n) => Buffer.alloc(94, `payload ${n}`)),
  })
  .withNonce(0);
const altered = (bytes) => {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] ^= 1;
  return copy;
};
const otherContext = (bytes) => {
  const copy = Buffer.from(bytes);
  copy[100] ^= 1;
  return copy;
};

/** Makes the blocks of each kind. */
const makers = {
  'no work': () =>
    many(MANY, (index) => {
      const block = later.withNonce(index);
      return encodeBlock({ ...block, header: { ...block.header, bits: 0x1d00ffff } });
    }),
  'orphans with the least work': () =>
    many(MANY, (index) => solved(variant(later.withNonce(0), index, unknown(index)), EASIEST)),
  'orphans with 1/32 of the work': () =>
    many(MANY, (index) => solved(variant(later.withNonce(0), index, unknown(index)), CHEAP)),
  'known parents and the least work': () => many(MANY, (index) => solved(variant(known, index), EASIEST)),
  'known parents and 1/32 of the work': () => many(MANY, (index) => solved(variant(known, index), CHEAP)),
  'accepted blocks, again': () => honest.slice(0, FIRST),
  'honest headers with another context': () => honest.map(otherContext),
  'honest blocks with other contents': () => honest.map(altered),
  'blocks of 1 MB with other contents': async () => [altered(await solved(full))],
  'orphans of 1 MB with 1/32 of the work': () =>
    many(32, (index) => solved(variant(large, index, unknown(index)), CHEAP)),
};
const kinds = {};
/** The blocks of a kind, which are made once. */
const blocksOf = async (name) => (kinds[name] ??= await makers[name]());

/** A machine cannot receive 20 GB per second. */
const MOST_LARGE = Math.min(rate, 500);
const rates = {
  'orphans of 1 MB with 1/32 of the work': MOST_LARGE,
  'blocks of 1 MB with other contents': MOST_LARGE,
};

/** All kinds in turn, with large blocks as often as alone. */
async function mixture() {
  for (const name of Object.keys(makers)) await blocksOf(name);
  const large = Object.keys(rates);
  const small = Object.keys(kinds).filter((name) => !large.includes(name));
  return Array.from({ length: 40_000 }, (_, index) => {
    const isLarge = index % Math.round(rate / MOST_LARGE) === 0;
    const names = isLarge ? large : small;
    const blocks = kinds[names[index % names.length]];
    return blocks[Math.floor(index / names.length) % blocks.length];
  });
}

async function flood(name, blocks, perSecond) {
  const dataDir = mkdtempSync(join(tmpdir(), 'qanto-flood-'));
  const dag = await QantoDag.open({ network, dataDir });
  let evicted = 0;
  dag.on('orphan-dropped', () => evicted++);
  for (const block of honest.slice(0, FIRST)) await dag.addBlock(block);
  globalThis.gc?.();
  await wait(200);
  const rssBefore = process.memoryUsage.rss();
  let rssMax = rssBefore;
  const sampling = setInterval(() => {
    rssMax = Math.max(rssMax, process.memoryUsage.rss());
  }, 50);
  const outcomes = new Map();
  const count = (outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const latencies = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpuBefore = process.cpuUsage();
  delay.enable();
  const startedMs = performance.now();
  let [sent, honestSent, honestAccepted, waiting] = [0, FIRST, 0, 0];
  for (;;) {
    const elapsed = (performance.now() - startedMs) / 1000;
    if (elapsed >= seconds) break;
    const due = Math.min(Math.floor(elapsed * perSecond), sent + MOST_PER_TURN);
    for (; sent < due; sent++) {
      waiting++;
      dag
        .addBlock(blocks[sent % blocks.length])
        .then(
          ({ status }) => count(status),
          (error) => count(error.code),
        )
        .then(() => waiting--);
    }
    for (const due = FIRST + Math.floor(elapsed * HONEST_PER_SECOND); honestSent < due; honestSent++) {
      const offeredMs = performance.now();
      dag.addBlock(honest[honestSent]).then(
        ({ status }) => {
          if (status === 'accepted') honestAccepted++;
          latencies.push(performance.now() - offeredMs);
        },
        (error) => count(`honest: ${error.code}`),
      );
    }
    await wait(1);
  }
  delay.disable();
  clearInterval(sampling);
  const cpu = process.cpuUsage(cpuBefore);
  const lastMs = performance.now();
  while (waiting > 0) await nextTurn();
  const drainMs = performance.now() - lastMs;
  const order = [...dag.order()].length;
  await dag.close();
  rmSync(dataDir, { recursive: true });
  const per = (count) => `${((100 * count) / sent).toFixed(0)} %`;
  const answered = [...outcomes].map(([outcome, count]) => `${outcome} ${per(count)}`).join(', ');
  return [
    {
      measure: `${name}, ${(sent / seconds).toFixed(0)} per second: p99 of the delay`,
      value: `${(delay.percentile(99) / 1e6 - 1).toFixed(1)} ms, longest ${(delay.max / 1e6 - 1).toFixed(1)} ms`,
      goal: '10 ms',
    },
    {
      measure: '  honest blocks accepted; latency',
      value: `${order - 1 - FIRST} of ${honestSent - FIRST} (${honestAccepted}); p50 ${quantile(latencies, 0.5).toFixed(1)}, p99 ${quantile(latencies, 0.99).toFixed(1)} ms`,
    },
    {
      measure: '  growth of the memory; CPU; the queue after the end',
      value: `${((rssMax - rssBefore) / 1e6).toFixed(0)} MB; ${((cpu.user + cpu.system) / 1e4 / seconds).toFixed(0)} %; ${drainMs.toFixed(0)} ms`,
    },
    { measure: '  answers', value: `${answered}${evicted > 0 ? `; evicted ${evicted}` : ''}` },
  ];
}

const NOTHING = 'nothing';
const ALL = 'all kinds together';
const rows = [];
for (const name of [NOTHING, ...Object.keys(makers), ALL]) {
  if (!name.includes(options.only)) continue;
  const blocks = name === NOTHING ? [] : name === ALL ? await mixture() : await blocksOf(name);
  rows.push(...(await flood(name, blocks, name === NOTHING ? 0 : (rates[name] ?? rate))));
}
await source.close();
report('bench:flood', rows);
