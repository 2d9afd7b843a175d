// Makes a store, describes it, or opens it and measures that. Prints one line of JSON.
//   node bench/open-child.mjs make|describe|open DIRECTORY BLOCKS
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeBlock, parseBlock } from '../dist/dag/block.js';
import { SCHEDULE } from '../dist/dag/checkpoint/checkpointer.js';
import { genesisBlock } from '../dist/dag/genesis.js';
import { DagEngine, QantoDag, regtest, SqliteStore } from '../dist/dag/index.js';
import { buildTemplate } from '../dist/dag/template.js';
import { SyntheticNetwork } from './synthetic-dag.mjs';

const GROUP = 2048;
const DELAY_MS = 1000;

const network = {
  ...regtest,
  name: 'bench',
  ghostdagK: 124,
  maxParents: 16,
  mergeSetLimit: 248,
  targetTimePerBlockMs: 100,
  difficultyWindow: 661,
  difficultySampleRate: 40,
  minDifficultyWindow: 150,
  pastMedianTimeWindow: 27,
  pastMedianTimeSampleRate: 100,
  genesisTimestampMs: 1_700_000_000_000,
};
delete network.pruning;

const [task, directory, blocks] = process.argv.slice(2);
const database = join(directory, 'blocks.db');
const checkpoint = join(directory, 'engine.checkpoint');

async function make() {
  const genesis = genesisBlock(network);
  const { header, context } = genesis.block;
  const engine = new DagEngine(network, {
    hash: genesis.hash,
    parents: [],
    bits: header.bits,
    timestampMs: context.timestampMs,
  });
  const synthetic = new SyntheticNetwork(DELAY_MS, network.maxParents, genesis.hash);
  const store = new SqliteStore(directory, { minFreeBytes: 0 });
  await store.open({ network: network.name, genesis: genesis.hash });
  const address = 'ab'.repeat(32);
  let group = [];
  for (let number = 1; number <= Number(blocks); number++) {
    // The block becomes visible to others only later, so its hash can be set until then.
    const made = synthetic.next();
    const parents = [...made.parents].sort();
    const due = engine.preview(parents);
    const timestampMs = Math.max(made.timestampMs, due.pastMedianTimeMs + 1);
    const template = buildTemplate(network, parents, due, timestampMs, { address, extraNonce: number });
    const { hash, head, body } = parseBlock(encodeBlock(template.withNonce(0)));
    made.hash = hash;
    engine.add({ hash, parents, bits: due.expectedBits, timestampMs }, due);
    group.push({ hash, head, body });
    if (group.length < GROUP && number < Number(blocks)) continue;
    await store.append(group);
    group = [];
  }
  await store.close();
  return {};
}

/** The number of parents per block, from the lengths of the heads. */
async function describe() {
  const store = new SqliteStore(directory, { minFreeBytes: 0 });
  await store.open({ network: network.name, genesis: genesisBlock(network).hash });
  let heads = 0;
  let bytes = 0;
  for await (const batch of store.heads()) {
    for (const { head } of batch) bytes += head.length;
    heads += batch.length;
  }
  await store.close();
  return { parents: (bytes / heads - 201) / 32, databaseMegabytes: statSync(database).size / 1e6 };
}

/**
 * The CPU time of the main thread in ms, without that of the threads that collect garbage: the first number of this file of Linux,
 * in ns, which the kernel updates at each tick (1 to 10 ms) and whenever the thread pauses. NaN on other systems.
 */
const SCHEDULER = '/proc/self/schedstat';
const hasScheduler = existsSync(SCHEDULER);
const mainThreadMs = () =>
  hasScheduler ? Number.parseInt(readFileSync(SCHEDULER, 'latin1'), 10) / 1e6 : Number.NaN;

/**
 * Measures the longest turn of the event loop until the returned function is called: in wall time, which depends on what else runs
 * on the machine, and in CPU time of the main thread.
 */
function watchTurns() {
  const longest = { longestTurnMs: 0, longestTurnCpuMs: 0 };
  let stopped = false;
  const watch = async () => {
    let before = performance.now();
    let cpuBefore = mainThreadMs();
    while (!stopped) {
      await nextTurn();
      const now = performance.now();
      const cpu = mainThreadMs();
      longest.longestTurnMs = Math.max(longest.longestTurnMs, now - before);
      longest.longestTurnCpuMs = Math.max(longest.longestTurnCpuMs, cpu - cpuBefore);
      before = now;
      cpuBefore = cpu;
    }
  };
  const watching = watch();
  return async () => {
    stopped = true;
    await watching;
    return longest;
  };
}

async function measured(work) {
  const stop = watchTurns();
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startMs) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  return { result, seconds, cpuSeconds: (user + system) / 1e6, ...(await stop()) };
}

async function open() {
  const isWritten = existsSync(checkpoint);
  const store = new SqliteStore(directory, { minFreeBytes: 0 });
  const { result: dag, ...opening } = await measured(() => QantoDag.open({ network, store }));
  const { keptBlockCount } = dag.info();
  if (keptBlockCount !== Number(blocks) + 1) throw new Error(`the DAG has ${keptBlockCount} blocks`);
  const peakMegabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const { arrayBuffers } = process.memoryUsage();
  const { result: _, ...writing } = await measured(async () => {
    // Fewer blocks are written when the DAG is closed.
    if (isWritten || Number(blocks) < SCHEDULE.mostWaitingBlocks) return;
    while (!existsSync(checkpoint)) await nextTurn();
  });
  await dag.close();
  const checkpointMegabytes = statSync(checkpoint).size / 1e6;
  return { ...opening, peakMegabytes, columnBytes: arrayBuffers, writing, checkpointMegabytes };
}

console.log(JSON.stringify(await { make, describe, open }[task]()));
