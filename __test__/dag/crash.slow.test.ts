import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeBlock, MemoryStore, type NetworkParams, QantoDag, regtest } from '../../ts/dag/index.ts';
import { startChild, temporaryDirectory } from './store/support.ts';

/** How often a child is killed: `QANTO_CRASH_ROUNDS=1000` for a long run. */
const ROUNDS = Number(process.env['QANTO_CRASH_ROUNDS'] ?? 200);
/** Rounds that go on in one directory, each after the crash of the one before. */
const ROUNDS_PER_DIRECTORY = 25;
const GROUP_SIZE = 5;
/** A child is let live until it has acknowledged up to so many blocks, and a moment longer, so that the kill falls anywhere. */
const MOST_BLOCKS = 30;
const LONGEST_MOMENT_MS = 10;

/** Prunes every dozen of blocks or so, so that kills fall into prunings as well. */
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
/** A DAG that is given the same blocks and never killed, and everything it ever had in its order. */
let pristine: QantoDag;
let wholeOrder: string[];
/** Encoded blocks by their hashes, in the order of acknowledgement. */
let acknowledged: Map<string, Uint8Array>;

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

/** Lets the child mine for a while, kills it, and notes what it acknowledged. Returns how often it was pruned. */
async function mineUntilKilled(network: NetworkParams): Promise<number> {
  const child = startChild('crash-child.mjs', directory.path, String(GROUP_SIZE), JSON.stringify(network));
  expect((await child.lines.next()).value).toBe('ready');
  let prunings = 0;
  let blocksLeft = Math.floor(Math.random() * MOST_BLOCKS);
  let killed: Promise<void> | undefined;
  const killSoon = () => {
    killed ??= delay(Math.random() * LONGEST_MOMENT_MS).then(() => child.kill());
  };
  if (blocksLeft === 0) killSoon();
  for await (const line of child.lines) {
    const [block, hash] = line.split(' ') as [string, string | undefined];
    if (line === 'pruned') prunings += 1;
    else if (hash?.length === 64) acknowledged.set(hash, Buffer.from(block, 'base64'));
    blocksLeft -= 1;
    if (blocksLeft <= 0) killSoon();
  }
  await killed;
  return prunings;
}

/** What both must say alike; how far each has come with pruning is its own affair. */
function stateOf(dag: QantoDag) {
  const { orderStart: _, keptBlockCount: __, lastBlockTimestampMs: ___, ...info } = dag.info();
  return { info, tips: dag.tips() };
}

/** Opens the DAG and compares it with the one that was never killed. */
async function checkWhatIsLeft(network: NetworkParams): Promise<void> {
  const dag = await QantoDag.open({ network, dataDir: directory.path });
  try {
    const unacknowledged = [...dag.order()].filter((hash) => hash !== dag.genesis && !acknowledged.has(hash));
    expect(dag.info().blockCount - 1 - acknowledged.size).toBe(unacknowledged.length);
    expect(unacknowledged.length).toBeLessThanOrEqual(GROUP_SIZE);
    // What survived although nobody was told of it counts from here on.
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
    // As of now: it may have been pruned meanwhile.
    const settled = new Set(wholeOrder.slice(0, dag.info().orderStart));
    expect(unknown.filter((hash) => !settled.has(hash))).toEqual([]);
  } finally {
    await dag.close();
  }
}

afterEach(endDirectory);

describe.each([
  ['that keeps everything', regtest],
  ['that is pruned every dozen of blocks', pruned],
])('a DAG %s', (_, network) => {
  beforeEach(() => startOver(network));

  test(
    `that is killed at any instant holds every acknowledged block when it is opened again (${ROUNDS / 2} rounds)`,
    async () => {
      let mined = 0;
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
      // A child that never got to mine, or to prune, would have tested nothing.
      expect(mined).toBeGreaterThan(ROUNDS / 2);
      if (network === pruned) expect(prunings).toBeGreaterThan(ROUNDS / 10);
    },
    ROUNDS * 20_000,
  );
});
