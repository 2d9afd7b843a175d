/** The pruning point and the chain root, to which every block commits. */
import { describe, expect, it } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { PruningSamples } from '../../../ts/dag/engine/pruning-samples.ts';
import type { DagNode, PruningParams } from '../../../ts/dag/engine/types.ts';
import { describeWithFixtures } from '../../fixtures.ts';
import { type ChainLeaf, chainRootOf } from '../protocol/chain-tree.ts';
import { nodesOf, readRecorded } from './recorded.ts';
import { hashOf, node, testParams } from './support.ts';

/** The selected chain of a block, from genesis up to its selected parent. */
function chainBelow(engine: DagEngine, hash: string): string[] {
  const parents: string[] = [];
  for (let parent = engine.get(hash)!.selectedParent; parent !== undefined; ) {
    parents.push(parent);
    parent = engine.get(parent)!.selectedParent;
  }
  return parents.reverse();
}

function leavesOf(engine: DagEngine, chain: readonly string[]): ChainLeaf[] {
  return chain.map((hash, i) => {
    const { timestampMs, blueWork } = engine.get(hash)!;
    const before = i === 0 ? 0n : engine.get(chain[i - 1]!)!.blueWork;
    return { hash, timestampMs, work: blueWork - before };
  });
}

describe('The chain root', () => {
  it('covers the selected chain from genesis up to the selected parent, also on branches that share their beginning', () => {
    const engine = new DagEngine(testParams(), node('g', []));
    const extend = (name: string, from: string, length: number): string[] =>
      Array.from({ length }, (_, i) => {
        engine.add(node(`${name}${i}`, [i === 0 ? from : `${name}${i - 1}`], i));
        return hashOf(`${name}${i}`);
      });
    // More blocks than roots are remembered.
    const blocks = [...extend('a', 'g', 300), ...extend('b', 'a31', 40), ...extend('c', 'a30', 40)];
    // The roots are read from the last block to the first, and then in order, so that ranges are computed many at once and
    // one by one.
    const literal = (hash: string) => chainRootOf(leavesOf(engine, chainBelow(engine, hash)));
    const expected = blocks.map(literal);
    expect(blocks.toReversed().map((hash) => engine.get(hash)!.chainRoot)).toEqual(expected.toReversed());
    expect(blocks.map((hash) => engine.get(hash)!.chainRoot)).toEqual(expected);
    // The siblings on a31 and on a30 have the same chain below them.
    expect(new Set(expected).size).toBe(blocks.length - 2);
  });

  it('commits to the timestamps and the work of the chain as well as to its hashes', () => {
    const rootWith = (second: number, bits: number) => {
      const engine = new DagEngine(testParams(), node('g', []));
      engine.add(node('a', ['g'], 1));
      engine.add(node('b', ['a'], second, bits));
      engine.add(node('c', ['b'], 3));
      return engine.preview([hashOf('c')]).chainRoot;
    };
    const roots = [rootWith(2, 0x207fffff), rootWith(2.5, 0x207fffff), rootWith(2, 0x203fffff)];
    expect(new Set(roots).size).toBe(3);
  });
});

const files = ['goref-1060-tx-265', 'goref-notx-5000'];
describeWithFixtures(
  'The pruning points of recorded headers',
  files.map((name) => `kaspa-headers/${name}.json.gz`),
  () => {
    /** The pruning points of all blocks. Unlike the engine, `PruningSamples` accepts pruning depths of any size. */
    function pruningPoints(engine: DagEngine, nodes: readonly DagNode[], pruning: PruningParams): string[] {
      const samples = new PruningSamples(pruning);
      const place = new Map(nodes.map(({ hash }, i) => [hash, i]));
      samples.begin(0, nodes[0]!.hash);
      return nodes.slice(1).map(({ hash }, i) => {
        const { selectedParent, blueScore } = engine.get(hash)!;
        const parent = place.get(selectedParent!)!;
        samples.add(i + 1, hash, blueScore, parent, engine.get(selectedParent!)!.blueScore);
        return samples.pruningPointOf(parent, blueScore)!;
      });
    }

    it.each(files)('are reproduced: %s', (name) => {
      const { params, pruning, headers } = readRecorded(name);
      const nodes = nodesOf(headers);
      const engine = new DagEngine(params, nodes[0]!);
      for (const added of nodes.slice(1)) engine.add(added);
      expect(pruningPoints(engine, nodes, pruning)).toEqual(
        headers.slice(1).map(({ pruningPoint }) => pruningPoint),
      );
    });

    it.each([
      [7, 40],
      [30, 90],
      [20, 21],
    ])('follow the rule if the depths are %d and %d, with which they move', (finalityDepth, pruningDepth) => {
      const { params, headers } = readRecorded('goref-notx-5000');
      const nodes = nodesOf(headers.slice(0, 400));
      const engine = new DagEngine(params, nodes[0]!);
      for (const added of nodes.slice(1)) engine.add(added);
      const score = (hash: string) => engine.get(hash)!.blueScore;
      const expected = nodes.slice(1).map(({ hash }) => {
        const chain = chainBelow(engine, hash);
        const step = (i: number) => Math.floor(score(chain[i]!) / finalityDepth);
        const samples = chain.filter((_, i) => i > 0 && step(i) > step(i - 1));
        return samples.findLast((sample) => score(sample) <= score(hash) - pruningDepth) ?? nodes[0]!.hash;
      });
      expect(pruningPoints(engine, nodes, { finalityDepth, mergeDepth: 1, pruningDepth })).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(5);
    });
  },
);
