/**
 * A node whose DAG has everything that the page shows: the node mines, some blocks come late and are red, and now and then
 * blocks that were mined in secret cause a reorganisation. For the tests, the screenshots and the measurements of the page.
 *
 *   node bench/lively-node.mjs [--data-dir DIR] [--port 0] [--host 127.0.0.1] [--steady BLOCKS_PER_SECOND] [--quiet-reorganisations]
 *
 * With `--steady`, blocks are as easy as on regtest and come at this rate, so that the CPU time of the process is hardly that of
 * hashing. Prints a line of JSON with the URL and a link to the page. A line on stdin is a command: `reorganise`, `stop`,
 * `search`, which starts jobs that find nothing for a minute, or `cpu`, which prints the CPU time used so far, in ms.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { devnet, MemoryStore, QantoDag } from '../dist/dag/index.js';
import { blockHeader, solvePow } from '../dist/index.js';
import { mineBlocks } from '../dist/testing.js';
import { QantoNode } from '../npm/qanto-node/dist/node/index.js';
import { seededRandom } from './seeded-random.mjs';

const ADDRESS = 'b10c'.repeat(16);
const LATE_ADDRESS = '1a7e'.repeat(16);
const SECRET_ADDRESS = '5ec2'.repeat(16);
const REORGANISATION_MS = 12_000;
const DEPTH = 4;
const LATE_MINERS = 3;

const { values: options } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    steady: { type: 'string' },
    'quiet-reorganisations': { type: 'boolean', default: false },
  },
});
const isSteady = options.steady !== undefined;

/** A small k, so that late blocks are red; the difficulty is constant, so that the blocks do not depend on when they come. */
const network = {
  ...devnet,
  name: 'lively',
  ghostdagK: 3,
  targetTimePerBlockMs: 200,
  minDifficultyWindow: 2 * devnet.difficultyWindow,
  // About 2 million hashes, or 2.
  genesisBits: isSteady ? 0x207fffff : 0x1e07ffff,
  maxTimeAheadMs: 132_000,
};

const node = await QantoNode.open(
  {
    network,
    ...(options['data-dir'] && { dataDir: options['data-dir'] }),
    miner: { address: ADDRESS, threads: 1 },
    server: { port: Number(options.port), host: options.host },
  },
  { payloads: nextPayloads },
);
const { dag } = node;
let isStopping = false;
let searches = new AbortController();
/** What uses the DAG, and must end before it is closed. */
const working = [];
let reorganising = Promise.resolve();
let payloadCount = 0;
const random = seededRandom(7);

function nextPayloads() {
  payloadCount++;
  const texts = [`entry ${payloadCount}`];
  if (payloadCount % 5 === 0)
    texts.push(`<script>document.title = 'markup'</script><img src=x onerror=alert(1)> ${payloadCount}`);
  if (payloadCount % 7 === 0) texts.push(`right to left \u202e override, bell \u0007 ${payloadCount}`);
  const payloads = texts.map((text) => Buffer.from(text));
  if (payloadCount % 3 === 0)
    payloads.push(Buffer.from([0xff, 0xfe, payloadCount & 0xff, (payloadCount >> 8) & 0xff]));
  return payloads;
}

/** Mines a block on what `from` has now. */
async function mined(from, address) {
  const extraNonce = BigInt(Math.floor(random() * 2 ** 40));
  const template = from.buildTemplate({ address, extraNonce, payloads: nextPayloads() });
  const { algorithm, target } = template;
  const { nonce } = await solvePow(blockHeader(template.header, { algorithm, target }), { threads: 1 });
  return template.withNonce(nonce);
}

/** Blocks that come later than others that were mined after them. */
async function mineLate() {
  while (!isStopping) {
    await delay(300 * random());
    await reorganising;
    const block = await mined(dag, LATE_ADDRESS);
    // It reaches the node soon, or much too late.
    await delay(random() < 0.15 ? 2500 : 500 * random());
    if (!isStopping) await dag.addBlock(block);
  }
}

/** Mines at a steady rate. */
async function mineSteadily(blocksPerSecond) {
  for (let dueMs = performance.now(); !isStopping; dueMs += 1000 / blocksPerSecond) {
    await delay(Math.max(0, dueMs - performance.now()));
    // Every fourth block is in parallel to another.
    const blocks = [await mined(dag, ADDRESS)];
    if (random() < 0.25) blocks.push(await mined(dag, LATE_ADDRESS));
    if (blocks.length > 1) dueMs += 1000 / blocksPerSecond;
    for (const block of blocks) await dag.addBlock(block);
  }
}

/** Mines in secret on a block some way below the sink, until the chain is heavier than that of the node. */
async function reorganise() {
  await node.miner.stop();
  const rival = await QantoDag.open({ network, store: new MemoryStore() });
  const chain = dag.selectedChain(Math.max(0, chainHeight() - DEPTH), DEPTH + 1);
  const fork = chain[0];
  for (const hash of dag.order()) {
    if (hash !== dag.genesis && dag.isAncestor(hash, fork))
      await rival.addBlock(await dag.encodedBlock(hash));
  }
  const secret = [];
  while (secret.length === 0 || rival.getView(rival.sink()).blueWork <= dag.getView(dag.sink()).blueWork) {
    const block = await mined(rival, SECRET_ADDRESS);
    secret.push(block);
    await rival.addBlock(block);
  }
  await rival.close();
  for (const block of secret) await dag.addBlock(block);
  if (!isStopping && !isSteady) node.start();
}

/** The height of the sink on the selected chain. */
function chainHeight() {
  let low = 0;
  let high = dag.info().blockCount;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (dag.selectedChain(middle, 1).length > 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Two jobs of the least priority, which find nothing. They replace those of the last call. */
function search() {
  searches.abort();
  searches = new AbortController();
  for (const algorithm of ['sha256', 'blake3']) {
    const nonce = { offset: 0, encoding: 'u64le' };
    const template = { algorithm, preimage: new Uint8Array(40), nonce, target: { leadingZeroBits: 60 } };
    const limits = { timeoutMs: 60_000, priority: 'background', signal: searches.signal };
    solvePow(template, limits).catch((error) => {
      if (!['ABORT_ERR', 'ERR_QANTO_TIMED_OUT'].includes(error.code)) throw error;
    });
  }
}

async function stop() {
  isStopping = true;
  searches.abort();
  await Promise.all(working);
  await node.stop();
  process.exit();
}

const commands = {
  /** Other miners wait meanwhile, because one thread mines for all of them. */
  reorganise() {
    reorganising = reorganising.then(reorganise);
    working.push(reorganising);
    return reorganising;
  },
  search,
  stop,
  cpu() {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000 }));
  },
};

createInterface({ input: process.stdin })
  .on('line', (line) => void commands[line]?.())
  .on('close', () => void stop());
process.on('SIGTERM', () => void stop());

await mineBlocks(dag, 3, { address: ADDRESS, threads: 1 });
console.log(JSON.stringify({ url: node.serverUrl, link: node.viewLink() }));
if (isSteady) working.push(mineSteadily(Number(options.steady)));
else {
  node.start();
  for (let count = 0; count < LATE_MINERS; count++) working.push(mineLate());
}
while (!isStopping && !isSteady && !options['quiet-reorganisations']) {
  await delay(REORGANISATION_MS);
  if (!isStopping) await commands.reorganise();
}
