/** Shared by the tests of the engine: parameters, hashes, plain copies of views, seeded randomness. */
import { createHash } from 'node:crypto';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { ConsensusData, DagNode, DagParams } from '../../../ts/dag/engine/types.ts';

/** The work of a block with these bits is 2. */
export const EASY_BITS = 0x207fffff;

export function testParams(overrides: Partial<DagParams> = {}): DagParams {
  return {
    ghostdagK: 18,
    maxParents: 1000,
    mergeSetLimit: 100_000,
    targetTimePerBlockMs: 1000,
    difficultyWindow: 661,
    difficultySampleRate: 4,
    minDifficultyWindow: 150,
    pastMedianTimeWindow: 27,
    pastMedianTimeSampleRate: 10,
    ...overrides,
  };
}

/** A hash that is determined by the name. */
export function hashOf(name: string | number): string {
  return createHash('sha256').update(String(name)).digest('hex');
}

/** A node whose hash and parents are given by names; its timestamp is in seconds. */
export function node(name: string, parents: readonly string[], second = 0, bits = EASY_BITS): DagNode {
  return { hash: hashOf(name), parents: parents.map(hashOf), bits, timestampMs: second * 1000 };
}

/** An engine with genesis `g` and the given nodes (name to parents), added in the order written. */
export function engineOf(
  nodes: Readonly<Record<string, readonly string[]>>,
  params: Partial<DagParams> = {},
): DagEngine {
  const engine = new DagEngine(testParams(params), node('g', []));
  for (const [name, parents] of Object.entries(nodes)) engine.add(node(name, parents));
  return engine;
}

/** The consensus data of a view as a plain object, so that it compares by value. */
export function consensusOf(view: ConsensusData): ConsensusData {
  return {
    selectedParent: view.selectedParent,
    mergeSetBlues: view.mergeSetBlues,
    mergeSetReds: view.mergeSetReds,
    blueScore: view.blueScore,
    blueWork: view.blueWork,
    daaScore: view.daaScore,
    expectedBits: view.expectedBits,
    pastMedianTimeMs: view.pastMedianTimeMs,
    pruningPoint: view.pruningPoint,
    chainRoot: view.chainRoot,
  };
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The nodes (genesis first) in another topological order: any node whose parents came before may be next. */
export function shuffledTopologically(nodes: readonly DagNode[], random: () => number): DagNode[] {
  const waiting = new Map<string, number>(nodes.map((n) => [n.hash, n.parents.length]));
  const children = new Map<string, DagNode[]>(nodes.map((n) => [n.hash, []]));
  for (const n of nodes) for (const parent of n.parents) children.get(parent)!.push(n);
  const ready = nodes.filter((n) => n.parents.length === 0);
  const order: DagNode[] = [];
  while (ready.length > 0) {
    const [next] = ready.splice(Math.floor(random() * ready.length), 1);
    order.push(next!);
    for (const child of children.get(next!.hash)!) {
      const left = waiting.get(child.hash)! - 1;
      waiting.set(child.hash, left);
      if (left === 0) ready.push(child);
    }
  }
  return order;
}
