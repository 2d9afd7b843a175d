import { expect, it } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { DagNode, DagParams } from '../../../ts/dag/engine/types.ts';
import { describeWithFixtures } from '../../fixtures.ts';
import { nodesOf, readRecorded } from './recorded.ts';
import { consensusOf, seededRandom, shuffledTopologically } from './support.ts';

function build(params: DagParams, nodes: readonly DagNode[]): DagEngine {
  const engine = new DagEngine(params, nodes[0]!);
  for (const node of nodes.slice(1)) engine.add(node);
  return engine;
}

for (const name of ['goref-1060-tx-265', 'goref-notx-5000']) {
  const file = `kaspa-headers/${name}.json.gz`;
  describeWithFixtures(`The recorded headers ${name}`, [file], () => {
    const { params, headers } = readRecorded(name);
    const nodes = nodesOf(headers);
    const expected = headers.slice(1).map(({ hash, parentsByLevel, blueScore, blueWork, daaScore, bits }) => {
      return [hash, parentsByLevel[0]![0], blueScore, BigInt(`0x${blueWork}`), daaScore, bits];
    });

    function computed(engine: DagEngine): unknown[] {
      return headers.slice(1).map(({ hash }) => {
        const view = engine.get(hash)!;
        return [hash, view.selectedParent, view.blueScore, view.blueWork, view.daaScore, view.expectedBits];
      });
    }

    it('are reproduced: selected parent, blue score, blue work, DAA score and bits of every block', () => {
      expect(computed(build(params, nodes))).toEqual(expected);
    });

    it('have timestamps greater than the past median time', () => {
      const engine = build(params, nodes);
      const early = nodes
        .slice(1)
        .filter((node) => node.timestampMs <= engine.get(node.hash)!.pastMedianTimeMs);
      expect(early).toEqual([]);
    });

    it('are reproduced if they arrive in another topological order', () => {
      const shuffled = shuffledTopologically(nodes, seededRandom(7));
      expect(shuffled.map((node) => node.hash)).not.toEqual(nodes.map((node) => node.hash));
      expect(computed(build(params, shuffled))).toEqual(expected);
    });

    it('have the same total order and sink in any topological order', () => {
      const engines = [nodes, shuffledTopologically(nodes, seededRandom(8))].map((n) => build(params, n));
      const [first, second] = engines.map((engine) => {
        engine.updateVirtual();
        return { sink: engine.sink(), order: [...engine.order()], tips: engine.tips() };
      });
      expect(first!.order).toHaveLength(nodes.length);
      expect(second).toEqual(first);
    });

    it('have the same previews on old parents whose windows are no longer remembered', () => {
      const engine = build(params, nodes);
      for (let i = 1; i < nodes.length; i += 97) {
        const { hash, parents } = nodes[i]!;
        expect(consensusOf(engine.preview(parents))).toEqual(consensusOf(engine.get(hash)!));
      }
    });
  });
}
