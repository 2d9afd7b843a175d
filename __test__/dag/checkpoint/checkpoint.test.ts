import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type QantoDag, regtest, type SqliteStore } from '../../../ts/dag/index.ts';
import { temporaryDirectory } from '../store/support.ts';
import { mineAndAdd, mineSiblings } from '../support.ts';
import { checkpointOf, countingStore, grow, NETWORKS, open, stateOf } from './support.ts';

/** The number of damaged files that one run tests. */
const CASES = Number(process.env['QANTO_DAMAGE_CASES'] ?? 10);

const root = temporaryDirectory();
const directory = join(root.path, 'store');
const checkpoint = checkpointOf(directory);
const copyOf = (name: string) => join(root.path, name);

afterAll(() => root.remove());

function restore(name: string): void {
  rmSync(directory, { recursive: true, force: true });
  cpSync(copyOf(name), directory, { recursive: true });
}

/** Opens the DAG, and returns its state and the number of heads that were read for it. */
async function opened(network = regtest): Promise<{ state: object; headsRead: number }> {
  const { store, headsRead } = countingStore(directory);
  const dag = await open(network, store);
  try {
    return { headsRead: headsRead(), state: await stateOf(dag) };
  } finally {
    await dag.close();
  }
}

describe.each(NETWORKS)('The checkpoint of a DAG %s', (name, network) => {
  let blocks: number;
  let expected: object;
  /** Whether the DAG was pruned after the old checkpoint was written. */
  let isPrunedSince: boolean;

  beforeAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    let dag = await open(network, countingStore(directory).store);
    await grow(dag, 25);
    await dag.close();
    // Several segments, the last of which is not at the end of the blocks.
    dag = await open(network, countingStore(directory).store);
    await grow(dag, 3);
    await dag.close();
    const old = readFileSync(checkpoint);
    dag = await open(network, countingStore(directory).store);
    const { orderStart } = dag.info();
    await mineAndAdd(dag, 2);
    expected = await stateOf(dag);
    blocks = dag.info().keptBlockCount - 1;
    isPrunedSince = dag.info().orderStart > orderStart;
    await dag.close();
    cpSync(directory, copyOf(name), { recursive: true });
    writeFileSync(join(root.path, `${name} old`), old);
  });

  beforeEach(() => restore(name));

  test('is read in the place of all blocks but the last', async () => {
    expect(await opened(network)).toEqual({ state: expected, headsRead: 1 });
  });

  test('is not needed', async () => {
    rmSync(checkpoint);
    expect(await opened(network)).toEqual({ state: expected, headsRead: blocks });
  });

  test('is written again if it is missing', async () => {
    rmSync(checkpoint);
    await opened(network);
    expect(await opened(network)).toEqual({ state: expected, headsRead: 1 });
  });

  test('is used as far as it reaches, unless it is older than the last pruning', async () => {
    writeFileSync(checkpoint, readFileSync(join(root.path, `${name} old`)));
    const { state, headsRead } = await opened(network);
    expect(state).toEqual(expected);
    expect(headsRead).toBe(isPrunedSince ? blocks : 3);
    expect((await opened(network)).headsRead).toBe(1);
  });

  test('is used as far as it is sound if it was truncated anywhere', async () => {
    const { size } = statSync(checkpoint);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size - 1 }), async (length) => {
        restore(name);
        truncateSync(checkpoint, length);
        const { state, headsRead } = await opened(network);
        expect(state).toEqual(expected);
        expect(headsRead).toBeGreaterThan(1);
        expect(await opened(network)).toEqual({ state: expected, headsRead: 1 });
      }),
      { numRuns: CASES },
    );
  });

  test('is used as far as it is sound if a byte of it was changed', async () => {
    const { size } = statSync(checkpoint);
    await fc.assert(
      fc.asyncProperty(fc.nat(size - 1), fc.integer({ min: 1, max: 255 }), async (position, change) => {
        restore(name);
        const bytes = readFileSync(checkpoint);
        bytes[position]! ^= change;
        writeFileSync(checkpoint, bytes);
        const { state, headsRead } = await opened(network);
        expect(state).toEqual(expected);
        expect(headsRead).toBeGreaterThan(1);
        expect(await opened(network)).toEqual({ state: expected, headsRead: 1 });
      }),
      { numRuns: CASES },
    );
  });

  test('is used if more bytes follow it, which are then removed', async () => {
    const { size } = statSync(checkpoint);
    writeFileSync(checkpoint, Buffer.concat([readFileSync(checkpoint), Buffer.alloc(5000, 7)]));
    const { store } = countingStore(directory);
    const dag = await open(network, store);
    await mineAndAdd(dag, 1);
    await dag.close();
    expect(statSync(checkpoint).size).toBeLessThan(size + 5000);
    expect((await opened(network)).headsRead).toBe(1);
  });

  test('stays as it is if no block was added', async () => {
    const before = readFileSync(checkpoint);
    await opened(network);
    expect(readFileSync(checkpoint).equals(before)).toBe(true);
  });

  test('is ignored if it is of another version', async () => {
    const bytes = readFileSync(checkpoint);
    const at = bytes.indexOf('"version":"') + '"version":"'.length;
    bytes.write('9', at);
    writeFileSync(checkpoint, bytes);
    expect(await opened(network)).toEqual({ state: expected, headsRead: blocks });
  });

  test('is ignored if it is of other blocks of the same network', async () => {
    const other = join(root.path, 'other');
    rmSync(other, { recursive: true, force: true });
    const dag = await open(network, countingStore(other).store);
    // All of these blocks but the last one are the same.
    await grow(dag, 27);
    await dag.addBlock(mineSiblings(dag, 6)[5]!);
    await dag.close();
    writeFileSync(checkpoint, readFileSync(checkpointOf(other)));
    const { state, headsRead } = await opened(network);
    expect(state).toEqual(expected);
    expect(headsRead).toBeGreaterThanOrEqual(blocks);
  });

  test('is ignored if it has more blocks than the store', async () => {
    const ahead = readFileSync(checkpoint);
    rmSync(directory, { recursive: true, force: true });
    let dag = await open(network, countingStore(directory).store);
    await mineAndAdd(dag, 3);
    const state = await stateOf(dag);
    await dag.close();
    writeFileSync(checkpoint, ahead);
    expect(await opened(network)).toEqual({ state, headsRead: 3 });
    dag = await open(network, countingStore(directory).store);
    await dag.close();
    expect((await opened(network)).headsRead).toBe(1);
  });

  test('is completed with the blocks that are added after it was read', async () => {
    const { store } = countingStore(directory);
    const dag = await open(network, store);
    await grow(dag, 12);
    const state = await stateOf(dag);
    await dag.close();
    const again = await opened(network);
    expect(again).toEqual({ state, headsRead: 1 });
    rmSync(checkpoint);
    expect((await opened(network)).state).toEqual(state);
  });

  test('that was left unfinished is removed', async () => {
    writeFileSync(`${checkpoint}.new`, 'something');
    expect(await opened(network)).toEqual({ state: expected, headsRead: 1 });
    expect(existsSync(`${checkpoint}.new`)).toBe(false);
  });
});

describe('A checkpoint that cannot be written', () => {
  let dag: QantoDag;
  let store: SqliteStore;

  beforeEach(async () => {
    rmSync(directory, { recursive: true, force: true });
    ({ store } = countingStore(directory));
    dag = await open(regtest, store);
    await mineAndAdd(dag, 3);
  });

  test('is reported, and does not affect the store', async () => {
    // A directory in its place makes every write fail.
    mkdirSync(`${checkpoint}.new`);
    const failures: Error[] = [];
    dag.on('checkpoint-failed', (error) => failures.push(error));
    await dag.close();
    expect(failures).toMatchObject([{ code: 'ERR_QANTO_CHECKPOINT_FAILED', location: checkpoint }]);
    expect(existsSync(checkpoint)).toBe(false);
    rmSync(`${checkpoint}.new`, { recursive: true });
    expect((await opened()).headsRead).toBe(3);
  });

  test('because little space is left says how much it takes', async () => {
    Object.defineProperty(store, 'space', { value: { availableBytes: 5000, minFreeBytes: 2400 } });
    const failures: Error[] = [];
    dag.on('checkpoint-failed', (error) => failures.push(error));
    await dag.close();
    expect(failures).toMatchObject([
      { message: expect.stringMatching(/it takes \d+ bytes, of the 5000 that are left/) },
    ]);
    expect(existsSync(checkpoint)).toBe(false);
  });
});

describe('The progress of opening', () => {
  test('ends with the number of blocks', async () => {
    rmSync(directory, { recursive: true, force: true });
    const { store } = countingStore(directory);
    const reports: object[] = [];
    const { QantoDag } = await import('../../../ts/dag/index.ts');
    const onProgress = (report: object) => reports.push(report);
    const dag = await QantoDag.open({ network: regtest, store, onProgress });
    await dag.close();
    expect(reports).toEqual([{ blocks: 1, totalBlocks: 1 }]);
  });
});
