/** Properties of every DAG. The fast suite has few runs, the slow suite many. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { DagNode } from '../../../ts/dag/engine/types.ts';
import { type RandomDag, randomDag } from './dags.ts';
import { oracle, oracleOrder, pastsOf } from './oracle.ts';
import { consensusOf, hashOf, seededRandom, shuffledTopologically } from './support.ts';

const MAX_BLOCKS = 60;

function engineFor({ params, nodes, tuning }: RandomDag): DagEngine {
  const engine = new DagEngine(params, nodes[0]!, tuning);
  for (const node of nodes.slice(1)) engine.add(node);
  return engine;
}

/** The nodes and the virtual block, of whose past the total order is. */
function withVirtual(engine: DagEngine, nodes: readonly DagNode[]): DagNode[] {
  return [
    ...nodes,
    { hash: hashOf('virtual'), parents: engine.virtualParents(), bits: nodes[0]!.bits, timestampMs: 0 },
  ];
}

/** The consensus data of every block is that of the literal implementation in oracle.ts. */
export function checkConsensusAgainstOracle(numRuns: number): void {
  fc.assert(
    fc.property(randomDag(MAX_BLOCKS), (dag) => {
      const engine = engineFor(dag);
      const actual = dag.nodes.map((node) => consensusOf(engine.get(node.hash)!));
      expect(actual).toEqual(oracle(dag.params, dag.nodes));
    }),
    { numRuns },
  );
}

/** The ancestry of every pair follows from the parent links. */
export function checkAncestryAgainstPasts(numRuns: number): void {
  fc.assert(
    fc.property(randomDag(MAX_BLOCKS), (dag) => {
      const engine = engineFor(dag);
      const pasts = pastsOf(dag.nodes);
      dag.nodes.forEach((b, j) => {
        const ancestors = dag.nodes.filter((a) => engine.isAncestor(a.hash, b.hash));
        expect(ancestors).toEqual(dag.nodes.filter((_, i) => i === j || pasts[j]!.has(i)));
      });
    }),
    { numRuns },
  );
}

/** The total order and the consensus data of the virtual block are those of a block on the virtual parents. */
export function checkOrderAgainstOracle(numRuns: number): void {
  fc.assert(
    fc.property(randomDag(MAX_BLOCKS), (dag) => {
      const engine = engineFor(dag);
      engine.updateVirtual();
      const nodes = withVirtual(engine, dag.nodes);
      const data = oracle(dag.params, nodes);
      expect([...engine.order()]).toEqual(oracleOrder(nodes, data));
      expect(consensusOf(engine.virtual)).toEqual(data.at(-1));
    }),
    { numRuns },
  );
}

/** A replica that applies the changes has the order of the engine at every step, from any point on. */
export function checkEventsReplay(numRuns: number): void {
  fc.assert(
    fc.property(
      randomDag(MAX_BLOCKS),
      fc.array(fc.boolean()),
      fc.nat(),
      ({ params, nodes }, pauses, from) => {
        const engine = new DagEngine(params, nodes[0]!);
        const start = from % nodes.length;
        let replica = [...engine.order()];
        nodes.forEach((node, i) => {
          if (i > 0) engine.add(node);
          if (pauses[i]) return;
          const change = engine.updateVirtual();
          if (i <= start) replica = [...engine.order()];
          else if (change !== null) {
            const kept = replica.length - change.removed.length;
            expect(replica.slice(kept)).toEqual(change.removed);
            expect(change.added[0]).not.toEqual(change.removed[0]);
            replica = [...replica.slice(0, kept), ...change.added];
            expect(change.sink).toBe(engine.sink());
          }
          expect(replica).toEqual([...engine.order()]);
        });
      },
    ),
    { numRuns },
  );
}

/** Colours, order, tips and virtual block do not depend on the order of arrival. */
export function checkArrivalOrderIsIrrelevant(numRuns: number): void {
  fc.assert(
    fc.property(randomDag(MAX_BLOCKS), fc.integer(), (dag, seed) => {
      const shuffled = { ...dag, nodes: shuffledTopologically(dag.nodes, seededRandom(seed)) };
      const [first, second] = [dag, shuffled].map((d) => {
        const engine = engineFor(d);
        engine.updateVirtual();
        return {
          blocks: dag.nodes.map((node) => consensusOf(engine.get(node.hash)!)),
          order: [...engine.order()],
          tips: engine.tips(),
          virtualParents: engine.virtualParents(),
          virtual: consensusOf(engine.virtual),
        };
      });
      expect(second).toEqual(first);
    }),
    { numRuns },
  );
}
