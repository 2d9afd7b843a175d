import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MemoryStore, QantoDag } from '../../ts/dag/index.ts';
import { startChild, temporaryDirectory } from './store/support.ts';

/** How often the child is killed: `QANTO_CRASH_ROUNDS=1000` for a long run. */
const ROUNDS = Number(process.env['QANTO_CRASH_ROUNDS'] ?? 25);
/** Rounds that go on in one directory, each after the crash of the one before. */
const ROUNDS_PER_DIRECTORY = 20;
const GROUP_SIZE = 5;
/** Long enough for some dozens of transactions, so that the kill falls into every phase of one. */
const LONGEST_LIFE_MS = 200;

let directory: ReturnType<typeof temporaryDirectory>;
let acknowledged: Set<string>;

const startOver = () => {
  directory = temporaryDirectory();
  acknowledged = new Set();
};

beforeEach(startOver);
afterEach(() => directory.remove());

/** Lets the child mine for a while, kills it, and notes what it acknowledged. */
async function mineUntilKilled(): Promise<void> {
  const child = startChild('crash-child.mjs', directory.path, String(GROUP_SIZE));
  expect((await child.lines.next()).value).toBe('ready');
  await Promise.all([
    delay(Math.random() * LONGEST_LIFE_MS).then(() => child.kill()),
    (async () => {
      // The last line may be cut off by the kill; a cut line acknowledges nothing.
      for await (const line of child.lines) if (line.length === 64) acknowledged.add(line);
    })(),
  ]);
}

/** Opens the DAG and compares it with one that is given the same blocks and was never killed. */
async function checkWhatIsLeft(): Promise<void> {
  const dag = await QantoDag.open({ network: 'regtest', dataDir: directory.path });
  const pristine = await QantoDag.open({ network: 'regtest', store: new MemoryStore() });
  try {
    const missing = [...acknowledged].filter((hash) => dag.getStatus(hash) !== 'accepted');
    expect(missing).toEqual([]);
    const unacknowledged = dag.info().blockCount - 1 - acknowledged.size;
    expect(unacknowledged).toBeGreaterThanOrEqual(0);
    expect(unacknowledged).toBeLessThanOrEqual(GROUP_SIZE);

    const [, ...blocks] = dag.order();
    await Promise.all(blocks.map((hash) => pristine.addBlock(dag.getBlock(hash)!)));
    expect(pristine.tips()).toEqual(dag.tips());
    expect([...pristine.order()]).toEqual([...dag.order()]);
    expect(pristine.info()).toEqual({ ...dag.info(), lastBlockTimestampMs: expect.any(Number) });
    // What survived although nobody was told of it counts from here on.
    for (const hash of blocks) acknowledged.add(hash);
  } finally {
    await dag.close();
    await pristine.close();
  }
}

test(
  `a DAG that is killed at any instant holds every acknowledged block when it is opened again (${ROUNDS} rounds)`,
  async () => {
    let mined = 0;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0 && round % ROUNDS_PER_DIRECTORY === 0) {
        directory.remove();
        startOver();
      }
      const before = acknowledged.size;
      await mineUntilKilled();
      mined += acknowledged.size - before;
      await checkWhatIsLeft();
    }
    // A child that never got to mine would have tested nothing.
    expect(mined).toBeGreaterThan(ROUNDS);
  },
  ROUNDS * 20_000,
);
