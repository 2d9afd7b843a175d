import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeBlock, MemoryStore, type QantoDag } from '../../../ts/dag/index.ts';
import { importBlocks } from '../../../ts/node/control/import-blocks.ts';
import { forge, mineAndAdd, mineSiblings, openDag, PRUNED_NETWORK } from '../../dag/support.ts';
import { until } from '../../until.ts';

const network = PRUNED_NETWORK;

let source: QantoDag;
/** All blocks that the source has accepted, in this order. */
let encoded: Uint8Array[];
let target: QantoDag;

beforeEach(async () => {
  source = await openDag({ network });
  encoded = [];
  source.on('block-added', ({ block }) => encoded.push(encodeBlock(block)));
  target = await openDag({ network, store: new MemoryStore() });
});

afterEach(async () => {
  await source.close();
  await target.close();
});

async function mineForks(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(mineSiblings(source, 2).map((block) => source.addBlock(block)));
    await mineAndAdd(source, 2);
  }
}

/** Mines until old blocks have been dropped. */
async function mineUntilPruned(): Promise<void> {
  while (source.info().orderStart === 0) {
    await mineForks(1);
    await until(() => source.info().pruningPoint === source.genesis || source.info().orderStart > 0);
  }
}

/** The blocks whose contents the source still has. */
async function kept(): Promise<Uint8Array[]> {
  const { parseBlock } = await import('../../../ts/dag/block.ts');
  const whole: Uint8Array[] = [];
  for (const bytes of encoded) {
    const status = await source.getStatus(parseBlock(bytes).hash);
    if (status === 'accepted') whole.push(bytes);
  }
  return whole;
}

describe('The blocks of an export', () => {
  test('are added to an empty DAG, which then has the same order', async () => {
    await mineForks(5);
    expect(await importBlocks(target, encoded)).toEqual({ added: 20, known: 0, belowPruningPoint: 0 });
    expect([...target.order()]).toEqual([...source.order()]);
  });

  test('are skipped if the DAG has them', async () => {
    await mineForks(2);
    await importBlocks(target, encoded.slice(0, 5));
    expect(await importBlocks(target, encoded)).toEqual({ added: 3, known: 5, belowPruningPoint: 0 });
    expect(await importBlocks(target, [...encoded, ...encoded])).toEqual({
      ...{ added: 0, known: 16, belowPruningPoint: 0 },
    });
  });

  test('are refused from the first one on whose parents are missing', async () => {
    await mineForks(2);
    await expect(importBlocks(target, encoded.slice(4))).rejects.toMatchObject({
      code: 'ERR_QANTO_IMPORT_MISSING_PARENTS',
      missing: expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{64}$/)]),
    });
    expect(target.info()).toMatchObject({ blockCount: 1, orphanCount: 0 });
  });

  test('are refused from the first one on that breaks a rule', async () => {
    await mineForks(1);
    const block = (await source.getBlock(source.sink()))!;
    const forged = encodeBlock(forge(block, { context: { daaScore: 99 } }));
    await expect(importBlocks(target, [...encoded.slice(0, -1), forged])).rejects.toMatchObject({
      code: 'ERR_QANTO_WRONG_DAA_SCORE',
    });
    expect(target.info()).toMatchObject({ blockCount: 4, orphanCount: 0 });
  });

  test('are refused if they cannot be decoded', async () => {
    await expect(importBlocks(target, [Uint8Array.of(2, 3)])).rejects.toMatchObject({
      code: 'ERR_QANTO_MALFORMED',
    });
  });
});

describe('The export of an archive', () => {
  test('is added to an empty DAG, which prunes it', async () => {
    await mineUntilPruned();
    await importBlocks(target, encoded);
    expect(target.sink()).toBe(source.sink());
    await until(() => target.info().orderStart > 0);
  });

  test('is skipped below the pruning point of a pruned DAG', async () => {
    await mineUntilPruned();
    const { added, known, belowPruningPoint } = await importBlocks(source, encoded);
    expect(added).toBe(0);
    expect(known).toBe(source.info().keptBlockCount - 1);
    expect(belowPruningPoint).toBe(source.info().blockCount - source.info().keptBlockCount);
  });
});

describe('The export of a pruned node', () => {
  test('is refused by an empty DAG', async () => {
    await mineUntilPruned();
    await expect(importBlocks(target, await kept())).rejects.toMatchObject({
      code: 'ERR_QANTO_IMPORT_MISSING_PARENTS',
    });
    expect(target.info().blockCount).toBe(1);
  });

  test('is added to a DAG that has the parents', async () => {
    await mineForks(3);
    await importBlocks(target, encoded);
    while (source.info().orderStart === 0) await mineUntilPruned();
    const exported = await kept();
    const missing = encoded.length - exported.length;
    // The DAG was stopped when the source had these blocks.
    await importBlocks(target, encoded.slice(12, missing));
    await importBlocks(target, exported);
    expect(target.sink()).toBe(source.sink());
  });
});
