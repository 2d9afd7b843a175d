import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QantoDag } from '../../../ts/dag/index.ts';
import { blockReport } from '../../../ts/node/control/dag-queries.ts';
import { hashOf, mineAndAdd, mineSiblings, openDag, PRUNED_NETWORK } from '../../dag/support.ts';

/** At most one blue in the anticone of a blue, and at most three blocks in a merge set. */
const { pruning: _, ...network } = { ...PRUNED_NETWORK, name: 'narrow' };

describe('The report of a block', () => {
  let dag: QantoDag;
  let siblings: string[];

  beforeAll(async () => {
    dag = await openDag({ network });
    await mineAndAdd(dag, 2);
    const blocks = mineSiblings(dag, 4);
    await Promise.all(blocks.map((block) => dag.addBlock(block)));
    siblings = blocks.map(hashOf);
    await mineAndAdd(dag, 1);
    await Promise.all(mineSiblings(dag, 5).map((block) => dag.addBlock(block)));
  });

  afterAll(() => dag.close());

  test('has the position of the block, the block that merged it, and its colour', async () => {
    const merger = dag.children(siblings[0]!)[0]!;
    const reports = await Promise.all(siblings.map((hash) => blockReport(dag, hash)));
    const { orderStart } = dag.info();
    for (const { hash, order } of reports) {
      expect([...dag.order()][order!.position - orderStart]).toBe(hash);
      expect(order).toMatchObject({ mergedBy: merger });
    }
    const blues = reports.filter(({ order }) => order!.colour === 'blue');
    const reds = reports.filter(({ order }) => order!.colour === 'red');
    expect(blues).toHaveLength(2);
    expect(reds).toHaveLength(2);
    for (const { order } of reds) {
      expect(order!.rule).toBe('too-many-blues');
      expect(new Set(order!.blues)).toEqual(new Set(blues.map(({ hash }) => hash)));
    }
  });

  test('has no position if the block is not in the past of the next block', async () => {
    const tips = await Promise.all(dag.tips().map((hash) => blockReport(dag, hash)));
    const inOrder = tips.filter(({ order }) => order !== undefined);
    // The sink, and as many blocks as a merge set may have.
    expect(inOrder).toHaveLength(4);
    expect(tips).toHaveLength(5);
  });
});
