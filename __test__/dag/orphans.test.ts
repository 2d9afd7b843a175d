import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import {
  type BlockRejectedError,
  type DroppedOrphan,
  type NetworkParams,
  type QantoDag,
  regtest,
} from '../../ts/dag/index.ts';
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

  test('holds orphans that take at most maxBytes, which includes more than their encoded bytes', async () => {
    const each = encodeBlock(chain[1]!).length + 1400;
    for (const [maxBytes, orphanCount] of [
      [2 * each, 2],
      [2 * each - 1, 1],
    ] as const) {
      const small = await openDag({ orphanLimits: { maxBytes } });
      for (const block of chain.slice(1, 5)) await small.addBlock(block);
      expect(small.info().orphanCount).toBe(orphanCount);
      await small.close();
    }
  });

  test('drops no other orphan for one that exceeds maxBytes alone', async () => {
    const small = await openDag({ orphanLimits: { maxBytes: 4000 } });
    const dropped: string[] = [];
    small.on('orphan-dropped', ({ hash }) => dropped.push(hash));
    await small.addBlock(chain[1]!);
    const large = forge(chain[2]!, { payloads: [Buffer.alloc(4000)] });
    await expect(small.addBlock(large)).resolves.toMatchObject({ status: 'orphan' });
    expect(dropped).toEqual([hashOf(large)]);
    await expect(small.getStatus(hashOf(chain[1]!))).resolves.toBe('orphan');
    await small.close();
  });

  test('drops the largest of the orphans with the same work, and none for a larger one', async () => {
    const small = await openDag({ orphanLimits: { maxBlocks: 3 } });
    const dropped: string[] = [];
    small.on('orphan-dropped', ({ hash }) => dropped.push(hash));
    // The contents of an orphan are unread, so anybody can make it larger.
    const padded = (block: Block) => ({ ...block, payloads: [Buffer.alloc(4000)] });
    const [, first, second, third, fourth] = chain as [Block, Block, Block, Block, Block];
    for (const block of [first, padded(second), third]) await small.addBlock(block);
    await small.addBlock(fourth);
    expect(dropped).toEqual([hashOf(second)]);
    await small.addBlock(padded(second));
    expect(dropped).toEqual([hashOf(second), hashOf(second)]);
    expect(small.info().orphanCount).toBe(3);
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

  test('holds copies, so that the caller may use the memory of a block again at once', async () => {
    const bytes = encodeBlock(chain[1]!);
    const adding = dag.addBlock(bytes);
    bytes.fill(0xff);
    await adding;
    await dag.addBlock(chain[0]!);
    await expect(dag.getBlock(hashOf(chain[1]!))).resolves.toEqual(chain[1]);
  });

  test('does not change an orphan when it uses the memory of a dropped one again', async () => {
    const small = await openDag({ orphanLimits: { maxBlocks: 3 } });
    // All of these have the same length, so that each of the last ones gets the memory of a dropped one.
    const blocks = chain.slice(1, 4);
    for (const block of [...chain.slice(4), ...blocks]) await small.addBlock(block);
    await small.addBlock(chain[0]!);
    await expect(readBlocks(small, blocks.map(hashOf))).resolves.toEqual(blocks);
    await small.close();
  });

  test.each([
    ['maxBlocks', -1],
    ['maxBytes', 0.5],
    ['minWorkFraction', 1.01],
    ['minWorkFraction', Number.NaN],
  ])('refuses the limit %s of %d', async (name, value) => {
    await expect(openDag({ orphanLimits: { [name]: value } })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: `orphanLimits.${name}`,
    });
  });
});

describe('Orphans with different amounts of work', () => {
  /** Two hashes, 16 hashes and 128 hashes. */
  const [LITTLE, SOME, MUCH] = [0x207fffff, 0x200fffff, 0x2001ffff];
  const network: NetworkParams = { ...regtest, name: 'work', genesisBits: MUCH };
  const children: Block[] = [];

  /** A block with this work on a parent that no DAG has. */
  const orphan = (bits: number, index: number) =>
    forge(chain[1]!, { header: { bits }, context: { parents: [`${index}`.padStart(64, '0')] } });

  beforeEach(() => {
    children.splice(0, children.length, orphan(LITTLE, 1), orphan(SOME, 2), orphan(MUCH, 3), orphan(SOME, 4));
  });

  test('make room for each other, the cheapest and oldest first', async () => {
    const small = await openDag({ network, orphanLimits: { maxBlocks: 2, minWorkFraction: 0 } });
    const dropped: string[] = [];
    small.on('orphan-dropped', ({ hash }) => dropped.push(hash));
    const [little, some, much, someToo] = children.map(hashOf) as [string, string, string, string];
    for (const block of children) await small.addBlock(block);
    expect(dropped).toEqual([little, some]);
    await small.addBlock(children[0]!);
    expect(dropped).toEqual([little, some, little]);
    await expect(small.getStatus(much)).resolves.toBe('orphan');
    await expect(small.getStatus(someToo)).resolves.toBe('orphan');
    await small.close();
  });

  test('are refused if they have less than the minimum, which is a 64th of the median of the chain', async () => {
    const other = await openDag({ network });
    const [little, some] = children as [Block, Block];
    await expect(other.addBlock(some)).resolves.toMatchObject({ status: 'orphan' });
    await expect(other.addBlock(little)).resolves.toMatchObject({ status: 'orphan' });
    const strict = await openDag({ network, orphanLimits: { minWorkFraction: 1 / 8 } });
    await expect(strict.addBlock(some)).resolves.toMatchObject({ status: 'orphan' });
    await expect(strict.addBlock(little)).rejects.toMatchObject({
      code: 'ERR_QANTO_ORPHAN_WORK_TOO_LOW',
      hash: hashOf(little),
      field: 'header.bits',
      value: '0x207fffff',
      expected: expect.stringContaining('at least 16 hashes'),
    });
    await expect(strict.getStatus(hashOf(little))).resolves.toBe('unknown');
    await other.close();
    await strict.close();
  });

  test('are compared with the median of the last blocks of the selected chain, not with the first blocks', async () => {
    // Genesis claims 128 hashes and needs none. The blocks after it, mined ten times as fast as they should be, need more.
    const quick: NetworkParams = {
      ...network,
      difficultyWindow: 20,
      minDifficultyWindow: 2,
      maxTimeAheadMs: 3000,
      pastMedianTimeWindow: 1,
    };
    const other = await openDag({ network: quick, orphanLimits: { minWorkFraction: 1 } });
    const start = other.info().bits;
    await expect(other.addBlock(children[2]!)).resolves.toMatchObject({ status: 'orphan' });
    const timestamps = Array.from({ length: 6 }, (_, index) => quick.genesisTimestampMs + 100 * (index + 1));
    for (const timestampMs of timestamps)
      await other.addBlock(mine(other.buildTemplate({ address: ADDRESS, timestampMs })));
    expect(other.info().bits).toBeLessThan(start);
    await expect(other.addBlock(orphan(MUCH, 5))).rejects.toMatchObject({
      code: 'ERR_QANTO_ORPHAN_WORK_TOO_LOW',
    });
    await other.close();
  });

  test('can be accepted whatever work they have, once their parents are known', async () => {
    const strict = await openDag({ orphanLimits: { minWorkFraction: 1 } });
    const easier = forge(chain[1]!, { header: { bits: 0x2100ffff } });
    await expect(strict.addBlock(easier)).rejects.toMatchObject({ code: 'ERR_QANTO_ORPHAN_WORK_TOO_LOW' });
    await strict.addBlock(chain[0]!);
    await expect(strict.addBlock(easier)).rejects.toMatchObject({ code: 'ERR_QANTO_WRONG_BITS' });
    await strict.close();
  });
});
