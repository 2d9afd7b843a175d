import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Block, encodeBlock, QantoDag, regtest } from '../../../ts/dag/index.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { QantoError } from '../../../ts/errors.ts';
import { toHex } from '../../../ts/pow/index.ts';
import { ADDRESS, hashOf, mine, mineAndAdd, mineSiblings, openDag } from '../support.ts';
import { temporaryDirectory } from './support.ts';

/** The number of positions and lengths that one run tests. */
const CASES = Number(process.env['QANTO_DAMAGE_CASES'] ?? 30);

/** `closed`: closed cleanly. `killed`: left behind by a killed process, with a log that holds all blocks. */
type State = 'closed' | 'killed';

const root = temporaryDirectory();
const directory = join(root.path, 'store');
const file = join(directory, 'blocks.db');
const log = join(directory, 'blocks.db-wal');

let blocks: Block[];
let order: string[];

/** Creates a store with forks, payloads of several sizes and a few transactions. */
beforeAll(async () => {
  const dag = await openDag({ dataDir: directory });
  blocks = [];
  for (let round = 0; round < 40; round++) {
    const payloads = [Buffer.alloc(round % 8 === 0 ? 40_000 : 300, round)];
    const group = [mine(dag.buildTemplate({ address: ADDRESS, payloads })), ...mineSiblings(dag, 2)];
    await Promise.all(group.map((block) => dag.addBlock(block)));
    blocks.push(...group);
  }
  order = [...dag.order()];
  // This copy is what a killed process would leave, since nothing is written between two awaited transactions.
  cpSync(directory, join(root.path, 'killed'), { recursive: true });
  await dag.close();
  cpSync(directory, join(root.path, 'closed'), { recursive: true });
});

beforeEach(() => restore('closed'));
afterAll(() => root.remove());

function restore(state: State): void {
  rmSync(directory, { recursive: true });
  cpSync(join(root.path, state), directory, { recursive: true });
}

function openAgain(): Promise<QantoDag> {
  return QantoDag.open({ network: regtest, dataDir: directory, environment: seededEnvironment(1) });
}

function hexOf(block: Block | undefined): string | undefined {
  return block && toHex(encodeBlock(block));
}

/**
 * Opens the DAG, reads everything and adds a block. Returns `sound` if all is right, and otherwise the code of the
 * error.
 */
async function readEverything(): Promise<'sound' | string> {
  let dag: QantoDag | undefined;
  try {
    dag = await openAgain();
    // The background verification and the reads find the same damage.
    dag.on('store-damaged', () => {});
    expect([...dag.order()]).toEqual(order);
    for (const block of blocks) expect(hexOf(await dag.getBlock(hashOf(block)))).toBe(hexOf(block));
    await mineAndAdd(dag, 1);
    return 'sound';
  } catch (error) {
    if (!(error instanceof QantoError)) throw error;
    expect(error.message).toContain(file);
    expect(error.message).toContain('backup');
    return error.code;
  } finally {
    await dag?.close();
  }
}

function flip(path: string, position: number, change: number): void {
  const bytes = readFileSync(path);
  bytes[position]! ^= change;
  writeFileSync(path, bytes);
}

describe.each<[State, string]>([
  ['closed', file],
  ['killed', log],
])('A store that was %s', (state, damaged) => {
  beforeEach(() => restore(state));

  test('holds everything if nothing is damaged', async () => {
    await expect(readEverything()).resolves.toBe('sound');
  });

  test('is refused if its file was truncated anywhere', async () => {
    const lengths = fc.integer({ min: 0, max: statSync(damaged).size - 1 });
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        restore(state);
        truncateSync(damaged, length);
        await expect(readEverything()).resolves.toBe('ERR_QANTO_STORE_DAMAGED');
      }),
      { numRuns: CASES },
    );
  });

  test('is refused or holds the right data if a byte of its file was changed', async () => {
    const changes = fc.tuple(fc.nat({ max: statSync(damaged).size - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(changes, async ([position, change]) => {
        restore(state);
        flip(damaged, position, change);
        expect(['sound', 'ERR_QANTO_STORE_DAMAGED']).toContain(await readEverything());
      }),
      { numRuns: CASES },
    );
  });
});

describe('A store', () => {
  test('that is not a database is refused and left unchanged', async () => {
    writeFileSync(file, 'something else altogether'.repeat(1000));
    await expect(openAgain()).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED', location: file });
    expect(readFileSync(file, 'utf8')).toBe('something else altogether'.repeat(1000));
  });

  test('whose file is empty is reported as damaged and not created anew', async () => {
    truncateSync(file, 0);
    await expect(openAgain()).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED', location: file });
    expect(statSync(file).size).toBe(0);
  });

  test('whose database file is missing is reported as damaged and not created anew', async () => {
    rmSync(file);
    await expect(openAgain()).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED' });
    expect(existsSync(file)).toBe(false);
  });

  test('whose log was deleted with transactions in it is reported as damaged', async () => {
    restore('killed');
    rmSync(log);
    await expect(openAgain()).rejects.toMatchObject({
      code: 'ERR_QANTO_STORE_DAMAGED',
      detail: expect.stringContaining('transactions that were acknowledged are missing'),
    });
  });

  test('with a damaged body reports the number of the block, also in the background, and returns the other blocks', async () => {
    const bytes = readFileSync(file);
    const body = Buffer.alloc(300, 7);
    const position = bytes.indexOf(body);
    expect(position).toBeGreaterThan(0);
    flip(file, position + 100, 1);
    const dag = await openAgain();
    try {
      const [found] = await new Promise<Error[]>((resolve) =>
        dag.once('store-damaged', (...errors) => resolve(errors)),
      );
      expect(found).toMatchObject({ code: 'ERR_QANTO_STORE_DAMAGED', location: file });
      const damaged = blocks.find(({ payloads }) => payloads[0] && body.equals(payloads[0]))!;
      const number = blocks.indexOf(damaged);
      await expect(dag.getBlock(hashOf(damaged))).rejects.toMatchObject({
        code: 'ERR_QANTO_STORE_DAMAGED',
        detail: expect.stringContaining(`block number ${number}`),
      });
      const sound = blocks[number + 1]!;
      expect(hexOf(await dag.getBlock(hashOf(sound)))).toBe(hexOf(sound));
    } finally {
      await dag.close();
    }
  });
});
