import { expect, it } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { DagNode } from '../../../ts/dag/engine/types.ts';
import { describeWithFixtures, fixtureJson } from '../../fixtures.ts';
import { oracle, pastsOf } from './oracle.ts';
import {
  consensusOf,
  EASY_BITS,
  hashOf,
  seededRandom,
  shuffledTopologically,
  testParams,
} from './support.ts';

const SAMPLED = 2000;

for (const name of ['attack-2e12-k18', 'noattack-2e12-k18']) {
  const file = `reachability/${name}.json.gz`;
  describeWithFixtures(`The DAG ${name}`, [file], () => {
    const nodes: DagNode[] = fixtureJson<{ id: string; parents: string[] }[]>(file).map(
      ({ id, parents }, i) => ({
        hash: hashOf(id),
        parents: parents.map(hashOf),
        bits: EASY_BITS,
        timestampMs: i * 1000,
      }),
    );
    // The windows are so short that the oracle can walk them for every block.
    const windows = { difficultyWindow: 20, minDifficultyWindow: 5, pastMedianTimeWindow: 11 };

    function build(inOrder: readonly DagNode[], ghostdagK: number): DagEngine {
      const engine = new DagEngine(testParams({ ...windows, ghostdagK }), inOrder[0]!);
      for (const node of inOrder.slice(1)) engine.add(node);
      return engine;
    }

    it('has the ancestry of brute-force ancestor sets for every pair of 2000 sampled blocks', () => {
      const engine = build(nodes, 18);
      const pasts = pastsOf(nodes);
      const random = seededRandom(11);
      const sample = nodes
        .map((_, i) => ({ i, order: random() }))
        .sort((a, b) => a.order - b.order)
        .slice(0, SAMPLED)
        .map(({ i }) => i);
      let wrong = 0;
      let related = 0;
      for (const a of sample) {
        for (const b of sample) {
          const expected = a === b || pasts[b]!.has(a);
          if (engine.isAncestor(nodes[a]!.hash, nodes[b]!.hash) !== expected) wrong += 1;
          if (expected) related += 1;
        }
      }
      expect(wrong).toBe(0);
      expect(related).toBeGreaterThan(SAMPLED);
    });

    for (const k of [18, 3]) {
      it(`has the consensus data of the literal rules with k = ${k}, in any order of arrival`, () => {
        const expected = oracle(testParams({ ...windows, ghostdagK: k }), nodes);
        for (const inOrder of [nodes, shuffledTopologically(nodes, seededRandom(k))]) {
          const engine = build(inOrder, k);
          const different = nodes.filter(
            (node, i) => !sameData(consensusOf(engine.get(node.hash)!), expected[i]!),
          );
          expect(different).toEqual([]);
        }
      });
    }
  });
}

type Data = ReturnType<typeof consensusOf>;

/** Jest's own comparison is slow for thousands of long lists. */
function sameData(a: Data, b: Data): boolean {
  const text = (data: Data): string =>
    JSON.stringify(data, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return text(a) === text(b);
}
