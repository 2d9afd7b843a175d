import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import type { BlockRejectedError, DroppedOrphan, QantoDag } from '../../ts/dag/index.ts';
import { ADDRESS, forge, hashOf, mine, mineAndAdd, mineSiblings, openDag, readBlocks } from './support.ts';

let source: QantoDag;
let dag: QantoDag;
/** A chain of ten blocks on genesis. */
let chain: Block[];

beforeEach(async () => {
  source = await openDag();
  dag = await openDag();
  chain = await readBlocks(source, await mineAndAdd(source, 10));
});

afterEach(async () => {
  await source.close();
  await dag.close();
});

describe('A block whose parents are unknown', () => {
  test('waits as an orphan', async () => {
    await expect(dag.addBlock(chain[1]!)).resolves.toEqual({ hash: hashOf(chain[1]!), status: 'orphan' });
    await expect(dag.getStatus(hashOf(chain[1]!))).resolves.toBe('orphan');
    expect(dag.info()).toMatchObject({ orphanCount: 1, blockCount: 1 });
    await expect(dag.getBlock(hashOf(chain[1]!))).resolves.toBeUndefined();
  });

  test('is accepted with all orphans that wait for it once its parents are in the DAG', async () => {
    const added: string[] = [];
    dag.on('block-added', ({ hash }) => added.push(hash));
    for (const block of [...chain].reverse()) await dag.addBlock(block);
    expect(added).toEqual(chain.map(hashOf));
    expect([...dag.order()]).toEqual([...source.order()]);
    expect(dag.info()).toEqual(source.info());
  });

  test('waits for the last of its parents', async () => {
    const siblings = [0, 1].map((extraNonce) => mine(source.buildTemplate({ address: ADDRESS, extraNonce })));
    for (const sibling of siblings) await source.addBlock(sibling);
    const merging = mine(source.buildTemplate({ address: ADDRESS }));
    for (const block of chain) await dag.addBlock(block);
    await dag.addBlock(merging);
    await dag.addBlock(siblings[0]!);
    await expect(dag.getStatus(hashOf(merging))).resolves.toBe('orphan');
    await dag.addBlock(siblings[1]!);
    await expect(dag.getStatus(hashOf(merging))).resolves.toBe('accepted');
  });

  test('is not a duplicate if it is offered twice', async () => {
    await dag.addBlock(chain[1]!);
    await expect(dag.addBlock(chain[1]!)).resolves.toMatchObject({ status: 'orphan' });
    expect(dag.info().orphanCount).toBe(1);
  });

  test('must follow the rules for header and context that need no other block', async () => {
    const [, second] = chain as [Block, Block];
    const late = forge(second, { header: { time: second.header.time + 601 } });
    await expect(dag.addBlock(late)).rejects.toMatchObject({ code: 'ERR_QANTO_TIME_OUT_OF_RANGE' });
    expect(dag.info().orphanCount).toBe(0);
  });
});

test('Blocks that arrive in any order result in the same DAG', async () => {
  for (let round = 0; round < 4; round++) {
    for (const sibling of mineSiblings(source, 1 + round)) await source.addBlock(sibling);
  }
  const blocks = await readBlocks(source, [...source.order()].slice(1));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(blocks, { minLength: blocks.length }), async (shuffled) => {
      const other = await openDag();
      for (const block of shuffled) await other.addBlock(block);
      expect([...other.order()]).toEqual([...source.order()]);
      expect(other.tips()).toEqual(source.tips());
      await other.close();
    }),
    { numRuns: 20 },
  );
});

describe('An orphan that breaks a rule', () => {
  let refused: BlockRejectedError[];
  let bad: Block;

  beforeEach(async () => {
    refused = [];
    dag.on('orphan-rejected', (error) => refused.push(error));
    bad = forge(chain[1]!, { context: { daaScore: 99 } });
    await dag.addBlock(bad);
  });

  test('is reported with the rule, and its parent is accepted', async () => {
    await expect(dag.addBlock(chain[0]!)).resolves.toMatchObject({ status: 'accepted' });
    expect(refused).toEqual([
      expect.objectContaining({ code: 'ERR_QANTO_WRONG_DAA_SCORE', hash: hashOf(bad) }),
    ]);
    await expect(dag.getStatus(hashOf(bad))).resolves.toBe('rejected');
  });

  test('is refused together with the orphans that build on it', async () => {
    const child = forge(chain[2]!, { context: { parents: [hashOf(bad)] } });
    const grandchild = forge(chain[3]!, { context: { parents: [hashOf(child)] } });
    await dag.addBlock(grandchild);
    await dag.addBlock(child);
    await dag.addBlock(chain[0]!);
    expect(refused.map(({ code, hash }) => [code, hash])).toEqual([
      ['ERR_QANTO_WRONG_DAA_SCORE', hashOf(bad)],
      ['ERR_QANTO_PARENT_REJECTED', hashOf(child)],
      ['ERR_QANTO_PARENT_REJECTED', hashOf(grandchild)],
    ]);
    expect(dag.info().orphanCount).toBe(0);
  });
});

describe('The orphan pool', () => {
  test('holds at most maxBlocks, and drops the oldest orphans', async () => {
    const small = await openDag({ orphanLimits: { maxBlocks: 3, maxBytes: 1e6 } });
    for (const block of chain.slice(1, 6)) await small.addBlock(block);
    const statuses = chain.slice(1, 6).map((block) => small.getStatus(hashOf(block)));
    await expect(Promise.all(statuses)).resolves.toEqual([
      'unknown',
      'unknown',
      'orphan',
      'orphan',
      'orphan',
    ]);
    await small.close();
  });

  test('holds at most maxBytes', async () => {
    const maxBytes = 2 * encodeBlock(chain[1]!).length;
    const small = await openDag({ orphanLimits: { maxBlocks: 100, maxBytes } });
    for (const block of chain.slice(1, 5)) await small.addBlock(block);
    expect(small.info().orphanCount).toBe(2);
    await small.close();
  });

  test('reports each dropped block once', async () => {
    const small = await openDag({ orphanLimits: { maxBlocks: 1, maxBytes: 1e6 } });
    const dropped: DroppedOrphan[] = [];
    small.on('orphan-dropped', (orphan) => dropped.push(orphan));
    for (const block of chain.slice(1, 4)) await small.addBlock(block);
    expect(dropped).toEqual(
      chain.slice(1, 3).map((block) => ({ hash: hashOf(block), byteLength: encodeBlock(block).length })),
    );
    await small.close();
  });

  test('still accepts the orphans that it holds after others were dropped', async () => {
    const small = await openDag({ orphanLimits: { maxBlocks: 3, maxBytes: 1e6 } });
    for (const block of chain.slice(1, 6)) await small.addBlock(block);
    for (const block of chain.slice(0, 3)) await small.addBlock(block);
    expect(small.info()).toMatchObject({ blockCount: 7, orphanCount: 0 });
    await small.close();
  });

  test('refuses invalid limits', async () => {
    await expect(openDag({ orphanLimits: { maxBlocks: -1, maxBytes: 1 } })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'orphanLimits.maxBlocks',
    });
  });
});
