import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeBlock, MemoryStore, type NetworkParams, QantoDag, regtest } from '../../ts/dag/index.ts';
import { countingStore } from './checkpoint/support.ts';
import { startChild, temporaryDirectory } from './store/support.ts';

/** The number of times that a child is killed. `QANTO_CRASH_ROUNDS=1000` is a long run. */
const ROUNDS = Number(process.env['QANTO_CRASH_ROUNDS'] ?? 200);
/** The number of rounds in one directory, each after the crash of the previous one. */
const ROUNDS_PER_DIRECTORY = 25;
const GROUP_SIZE = 5;
/**
 * A child is killed a random time after it acknowledged a random number of blocks, so that the kill can come at any
 * point. The blocks are enough for several prunings, each of which writes a checkpoint first.
 */
const MOST_BLOCKS = 90;
const LONGEST_MOMENT_MS = 10;

/** A network that prunes about every dozen blocks, so that kills interrupt prunings too. */
const pruned: NetworkParams = {
  ...regtest,
  name: 'pruned',
  ghostdagK: 1,
  mergeSetLimit: 5,
  difficultyWindow: 5,
  minDifficultyWindow: 6,
  pastMedianTimeWindow: 5,
  pruning: { finalityDepth: 5, mergeDepth: 3, pruningDepth: 35 },
};

let directory: ReturnType<typeof temporaryDirectory>;
/** A DAG that receives the same blocks and is never killed, and its total order including pruned blocks. */
let pristine: QantoDag;
let wholeOrder: string[];
/** Encoded blocks by their hashes, in the order in which they were acknowledged. */
let acknowledged: Map<string, Uint8Array>;
/** The number of times that the DAG was opened from a checkpoint. */
let openedFromCheckpoint: number;
/** The number of blocks that were read when the DAG was opened last. */
let blocksRead: number;

async function startOver(network: NetworkParams): Promise<void> {
  directory = temporaryDirectory();
  acknowledged = new Map();
  pristine = await QantoDag.open({ network, store: new MemoryStore() });
  wholeOrder = [...pristine.order()];
  pristine.on('virtual-changed', ({ removed, added }) => {
    wholeOrder.splice(wholeOrder.length - removed.length, removed.length, ...added);
  });
}

async function endDirectory(): Promise<void> {
  await pristine.close();
  directory.remove();
}

function startMining(network: NetworkParams, ...more: string[]) {
  return startChild('crash-child.mjs', directory.path, String(GROUP_SIZE), JSON.stringify(network), ...more);
}

/** Records what a line of the child acknowledges. */
function acknowledge(line: string): void {
  const [block, hash] = line.split(' ') as [string, string | undefined];
  if (hash?.length === 64) acknowledged.set(hash, Buffer.from(block, 'base64'));
}

/** Lets the child mine, kills it, and records what it acknowledged. Returns the number of prunings. */
async function mineUntilKilled(network: NetworkParams): Promise<number> {
  const child = startMining(network);
  expect((await child.lines.next()).value).toBe('ready');
  let prunings = 0;
  let blocksLeft = Math.floor(Math.random() * MOST_BLOCKS);
  let killed: Promise<void> | undefined;
  const killSoon = () => {
    killed ??= delay(Math.random() * LONGEST_MOMENT_MS).then(() => child.kill());
  };
  if (blocksLeft === 0) killSoon();
  for await (const line of child.lines) {
    if (line === 'pruned') prunings += 1;
    else acknowledge(line);
    blocksLeft -= 1;
    if (blocksLeft <= 0) killSoon();
  }
  await killed;
  return prunings;
}

/** The state that both DAGs must agree on. They may differ in how far they are pruned. */
function stateOf(dag: QantoDag) {
  const { orderStart: _, keptBlockCount: __, lastBlockTimestampMs: ___, ...info } = dag.info();
  return { info, tips: dag.tips() };
}

/** Opens the DAG and compares it with the DAG that was never killed. */
async function checkWhatIsLeft(network: NetworkParams): Promise<void> {
  const { store, headsRead } = countingStore(directory.path);
  const dag = await QantoDag.open({ network, store });
  blocksRead = headsRead();
  if (blocksRead < dag.info().keptBlockCount - 1) openedFromCheckpoint += 1;
  try {
    const unacknowledged = [...dag.order()].filter((hash) => hash !== dag.genesis && !acknowledged.has(hash));
    expect(dag.info().blockCount - 1 - acknowledged.size).toBe(unacknowledged.length);
    expect(unacknowledged.length).toBeLessThanOrEqual(GROUP_SIZE);
    // Blocks that survived unacknowledged count as acknowledged from here on.
    for (const hash of unacknowledged) acknowledged.set(hash, encodeBlock((await dag.getBlock(hash))!));

    const fresh = [...acknowledged.values()].slice(pristine.info().blockCount - 1);
    await Promise.all(fresh.map((block) => pristine.addBlock(block)));
    const { orderStart } = dag.info();
    expect([...dag.order()]).toEqual(wholeOrder.slice(orderStart));
    expect(stateOf(dag)).toEqual(stateOf(pristine));
    const unknown: string[] = [];
    for (const hash of acknowledged.keys()) {
      if ((await dag.getStatus(hash)) === 'unknown') unknown.push(hash);
    }
    // Read the state again, since the DAG may have been pruned meanwhile.
    const settled = new Set(wholeOrder.slice(0, dag.info().orderStart));
    expect(unknown.filter((hash) => !settled.has(hash))).toEqual([]);
  } finally {
    await dag.close();
  }
}

afterEach(endDirectory);

describe.each([
  ['that keeps all blocks', regtest],
  ['that is pruned about every dozen blocks', pruned],
])('A DAG %s', (_, network) => {
  beforeEach(() => startOver(network));

  test(
    `and is killed at any time holds every acknowledged block when it is opened again (${ROUNDS / 2} rounds)`,
    async () => {
      let mined = 0;
      openedFromCheckpoint = 0;
      let prunings = 0;
      for (let round = 0; round < ROUNDS / 2; round++) {
        if (round > 0 && round % ROUNDS_PER_DIRECTORY === 0) {
          await endDirectory();
          await startOver(network);
        }
        const before = acknowledged.size;
        prunings += await mineUntilKilled(network);
        mined += acknowledged.size - before;
        await checkWhatIsLeft(network);
      }
      // Without mined blocks and prunings the test would be meaningless.
      expect(mined).toBeGreaterThan(ROUNDS / 2);
      expect(openedFromCheckpoint).toBeGreaterThan(ROUNDS / 4);
      if (network === pruned) expect(prunings).toBeGreaterThan(ROUNDS / 10);
    },
    ROUNDS * 20_000,
  );
});

describe('A DAG that is killed by the end of a pruning', () => {
  beforeEach(() => startOver(pruned));

  test(
    `has a checkpoint of all blocks that are left (${ROUNDS / 20} rounds)`,
    async () => {
      for (let round = 0; round < ROUNDS / 20; round++) {
        const child = startMining(pruned, 'killed by pruning');
        for await (const line of child.lines) acknowledge(line);
        await checkWhatIsLeft(pruned);
        // The block at the end of the checkpoint is read, to compare it.
        expect(blocksRead).toBe(1);
      }
    },
    ROUNDS * 2000,
  );
});
