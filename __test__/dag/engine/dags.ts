/** Random DAGs for property tests. They shrink towards fewer blocks, fewer parents and a chain. */
import fc from 'fast-check';
import type { DagNode, DagParams, DagTuning } from '../../../ts/dag/engine/types.ts';
import { hashOf, testParams } from './support.ts';

interface BlockChoice {
  /** The distance of each parent from the latest block. Ancestors of other parents are left out. */
  readonly back: readonly number[];
  readonly bits: number;
  readonly elapsedMs: number;
  readonly salt: number;
}

export interface RandomDag {
  readonly params: DagParams;
  readonly tuning: DagTuning;
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

/** From rebuilding almost every window to the defaults of the engine. */
export const anyTuning: fc.Arbitrary<DagTuning> = fc.record({
  rememberedWindows: fc.constantFrom(2048, 8, 1),
});

function blockChoice(width: number): fc.Arbitrary<BlockChoice> {
  const recent = fc.integer({ min: 0, max: width });
  const anywhere = fc.integer({ min: 0, max: 1000 });
  return fc.record({
    back: fc.array(fc.oneof({ weight: 12, arbitrary: recent }, { weight: 1, arbitrary: anywhere }), {
      minLength: 1,
      maxLength: 4,
    }),
    bits: fc.constantFrom(...BITS),
    // There are few values, so that equal timestamps are common.
    elapsedMs: fc.constantFrom(1000, 0, 500, -2000, 5000),
    salt: fc.nat(),
  });
}

/**
 * Random DAGs of up to `maxBlocks` blocks, from almost a chain to wide, with random parameters, tuning and timestamps.
 */
export function randomDag(maxBlocks: number): fc.Arbitrary<RandomDag> {
  const choices = fc
    .integer({ min: 0, max: 14 })
    .chain((width) => fc.array(blockChoice(width), { minLength: 1, maxLength: maxBlocks, size: 'max' }));
  return fc
    .record({ params, tuning: anyTuning, choices })
    .map(({ choices, ...rest }) => ({ ...rest, nodes: nodesFrom(choices) }));
}

function nodesFrom(choices: readonly BlockChoice[]): DagNode[] {
  let timestampMs = 1_000_000;
  const nodes: DagNode[] = [{ hash: hashOf('genesis'), parents: [], bits: BITS[0]!, timestampMs }];
  const pasts = [new Set<number>()];
  for (const [i, { back, bits, elapsedMs, salt }] of choices.entries()) {
    timestampMs = Math.max(timestampMs + elapsedMs, 0);
    const picked = [...new Set(back.map((distance) => Math.max(nodes.length - 1 - distance, 0)))];
    const parents = picked.filter((a) => !picked.some((b) => pasts[b]!.has(a)));
    pasts.push(new Set(parents.flatMap((parent) => [parent, ...pasts[parent]!])));
    const hashes = parents.map((parent) => nodes[parent]!.hash);
    nodes.push({ hash: hashOf(`${i}:${salt}`), parents: hashes, bits, timestampMs });
  }
  return nodes;
}
