import { describe, expect, test } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { type ChainLeaf, inclusionProof } from '../protocol/chain-tree.ts';
import { hashOf, node, testParams } from './support.ts';

describe('The branch of the tree over a selected chain', () => {
  test('is the one that follows literally from the leaves, for every leaf of chains of many lengths', () => {
    const engine = new DagEngine(testParams(), node('0', []));
    const leaves: ChainLeaf[] = [];
    const addLeaf = (name: string, workBefore: bigint) => {
      const { hash, timestampMs, blueWork } = engine.get(hashOf(name))!;
      leaves.push({ hash, timestampMs, work: blueWork - workBefore });
    };
    addLeaf('0', 0n);
    for (let height = 1; height <= 34; height++) {
      const workBefore = engine.get(hashOf(`${height - 1}`))!.blueWork;
      const { hash } = engine.add(
        node(`${height}`, [`${height - 1}`], height, height % 2 ? 0x207fffff : 0x203fffff),
      );
      for (let index = 0; index < height; index++) {
        const { range, path } = engine.queries.inclusionPath(hashOf(`${index}`), hash);
        const expected = inclusionProof(leaves, index).map(({ node: { leaves: _, ...rest } }) => rest);
        const nodes = range!.nodes.map((found) => ({ ...found, digest: Buffer.from(found.digest) }));
        expect({ ...range, nodes }).toEqual({
          index,
          leaves: height,
          work: leaves[index]!.work,
          nodes: expected,
        });
        expect(path).toEqual([hashOf(`${index}`)]);
      }
      expect(engine.queries.inclusionPath(hash, hash)).toEqual({ path: [] });
      addLeaf(`${height}`, workBefore);
    }
  });
});
