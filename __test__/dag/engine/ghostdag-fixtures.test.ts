import { expect, it } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { DagNode } from '../../../ts/dag/engine/types.ts';
import { describeWithFixtures, fixtureJson } from '../../fixtures.ts';
import { EASY_BITS, seededRandom, shuffledTopologically, testParams } from './support.ts';

interface GhostdagFixture {
  readonly K: number;
  readonly GenesisID: string;
  readonly Blocks: readonly {
    readonly ID: string;
    readonly Parents: readonly string[];
    readonly ExpectedScore: number;
    readonly ExpectedSelectedParent: string;
    readonly ExpectedBlues: readonly string[];
    readonly ExpectedReds: readonly string[];
  }[];
}

/** The ID in ASCII, padded with zero bytes to 32 bytes. */
function idHash(id: string): string {
  return Buffer.from(id, 'latin1').toString('hex').padEnd(64, '0');
}

for (const name of ['dag0', 'dag1', 'dag2', 'dag4']) {
  const file = `ghostdag/${name}.json`;
  describeWithFixtures(`The published GHOSTDAG example ${name}`, [file], () => {
    const { K, GenesisID, Blocks } = fixtureJson<GhostdagFixture>(file);
    const genesis = { hash: idHash(GenesisID), parents: [], bits: EASY_BITS, timestampMs: 0 };
    const nodes = [
      genesis,
      ...Blocks.map(({ ID, Parents }) => ({ ...genesis, hash: idHash(ID), parents: Parents.map(idHash) })),
    ];

    function checkAll(inOrder: readonly DagNode[]): void {
      const engine = new DagEngine(testParams({ ghostdagK: K }), inOrder[0]!);
      for (const node of inOrder.slice(1)) engine.add(node);
      const actual = Blocks.map(({ ID }) => {
        const view = engine.get(idHash(ID))!;
        return [ID, view.blueScore, view.selectedParent, view.mergeSetBlues, view.mergeSetReds];
      });
      const expected = Blocks.map((block) => [
        block.ID,
        block.ExpectedScore,
        idHash(block.ExpectedSelectedParent),
        block.ExpectedBlues.map(idHash),
        block.ExpectedReds.map(idHash),
      ]);
      expect(actual).toEqual(expected);
    }

    it('is reproduced: score, selected parent, ordered blues and ordered reds of every block', () => {
      checkAll(nodes);
    });

    it('is reproduced if the blocks arrive in another topological order', () => {
      const random = seededRandom(1);
      for (let round = 0; round < 10; round++) checkAll(shuffledTopologically(nodes, random));
    });
  });
}
