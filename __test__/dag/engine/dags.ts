/** Random DAGs for property tests. Shrinks towards fewer blocks, fewer parents and a chain. */
import fc from 'fast-check';
import type { DagNode, DagParams } from '../../../ts/dag/engine/types.ts';
import { pastsOf } from './oracle.ts';
import { hashOf, testParams } from './support.ts';

interface BlockChoice {
  /** How far back among the blocks so far each parent lies; ancestors of other parents are left out. */
  readonly back: readonly number[];
  readonly bits: number;
  readonly elapsedMs: number;
  readonly salt: number;
}

export interface RandomDag {
  readonly params: DagParams;
  /** In topological order, genesis first. */
  readonly nodes: readonly DagNode[];
}

const BITS = [0x207fffff, 0x2000ffff, 0x1f7fffff, 0x1e00ffff];

const params: fc.Arbitrary<DagParams> = fc
  .record({
    ghostdagK: fc.integer({ min: 0, max: 6 }),
    difficultyWindow: fc.integer({ min: 2, max: 12 }),
    difficultySampleRate: fc.integer({ min: 1, max: 4 }),
    minDifficultyWindow: fc.integer({ min: 2, max: 6 }),
    pastMedianTimeWindow: fc.integer({ min: 1, max: 27 }),
    pastMedianTimeSampleRate: fc.integer({ min: 1, max: 5 }),
  })
  .map(testParams);

function blockChoice(width: number): fc.Arbitrary<BlockChoice> {
  const recent = fc.integer({ min: 0, max: width });
  const anywhere = fc.integer({ min: 0, max: 1000 });
  return fc.record({
    back: fc.array(fc.oneof({ weight: 12, arbitrary: recent }, { weight: 1, arbitrary: anywhere }), {
      minLength: 1,
      maxLength: 4,
    }),
    bits: fc.constantFrom(...BITS),
    elapsedMs: fc.integer({ min: -3000, max: 5000 }),
    salt: fc.nat(),
  });
}

/** Random DAGs of up to `maxBlocks` blocks, from near chains to wide ones, with random parameters and timestamps. */
export function randomDag(maxBlocks: number): fc.Arbitrary<RandomDag> {
  const choices = fc
    .integer({ min: 0, max: 14 })
    .chain((width) => fc.array(blockChoice(width), { minLength: 1, maxLength: maxBlocks, size: 'max' }));
  return fc.record({ params, choices }).map(({ params, choices }) => ({ params, nodes: nodesFrom(choices) }));
}

function nodesFrom(choices: readonly BlockChoice[]): DagNode[] {
  let timestampMs = 1_000_000;
  const nodes: DagNode[] = [{ hash: hashOf('genesis'), parents: [], bits: BITS[0]!, timestampMs }];
  for (const [i, { back, bits, elapsedMs, salt }] of choices.entries()) {
    timestampMs = Math.max(timestampMs + elapsedMs, 0);
    const picked = [...new Set(back.map((distance) => Math.max(nodes.length - 1 - distance, 0)))];
    nodes.push({ hash: hashOf(`${i}:${salt}`), parents: antichain(nodes, picked), bits, timestampMs });
  }
  return nodes;
}

/** The hashes of those picked that are not an ancestor of another. */
function antichain(nodes: readonly DagNode[], picked: readonly number[]): string[] {
  const pasts = pastsOf(nodes);
  return picked.filter((i) => !picked.some((j) => pasts[j]!.has(i))).map((i) => nodes[i]!.hash);
}
