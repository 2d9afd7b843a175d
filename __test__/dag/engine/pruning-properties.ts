/** Compares pruned engines with engines that keep all blocks. The fast suite has few runs, the slow suite many. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { rebuild } from '../../../ts/dag/engine/rebuild.ts';
import type { DagNode, DagParams, DagTuning } from '../../../ts/dag/engine/types.ts';
import { anyTuning } from './dags.ts';
import { expectSame } from './expect-same.ts';
import { type Counts, comparePrunedQueries } from './query-properties.ts';
import { consensusOf, hashOf, seededRandom, testParams } from './support.ts';

const BITS = [0x207fffff, 0x2000ffff, 0x1f7fffff];
const BLOCKS = 300;

interface PrunedDag {
  readonly params: DagParams;
  readonly tuning: DagTuning;
  readonly seed: number;
  /** One in this number of blocks splits off from an older block. */
  readonly calm: number;
}

/** Parameters so small that a few hundred blocks are pruned several times. */
export const prunedDags: fc.Arbitrary<PrunedDag> = fc
  .record({
    ghostdagK: fc.integer({ min: 0, max: 3 }),
    mergeSetLimit: fc.integer({ min: 1, max: 4 }),
    finalityDepth: fc.integer({ min: 8, max: 12 }),
    mergeDepth: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 8 })),
    spare: fc.integer({ min: 0, max: 3 }),
    windows: fc.oneof(
      fc.record({
        difficultyWindow: fc.integer({ min: 1, max: 6 }),
        difficultySampleRate: fc.integer({ min: 1, max: 3 }),
        pastMedianTimeWindow: fc.integer({ min: 1, max: 12 }),
        pastMedianTimeSampleRate: fc.integer({ min: 1, max: 3 }),
      }),
      // These windows are so short that colouring and merge depth read lower blocks.
      fc.constant({
        difficultyWindow: 1,
        difficultySampleRate: 1,
        pastMedianTimeWindow: 1,
        pastMedianTimeSampleRate: 1,
      }),
    ),
    tuning: anyTuning,
    seed: fc.nat(),
    calm: fc.integer({ min: 2, max: 12 }),
  })
  .map(({ tuning, seed, calm, finalityDepth, mergeDepth, spare, windows, ...limits }) => {
    const { ghostdagK: k, mergeSetLimit } = limits;
    const rest = { ...limits, ...windows, minDifficultyWindow: 2, maxParents: 4 };
    const pruningDepth = finalityDepth + 2 * mergeDepth + 4 * k * mergeSetLimit + 2 * k + 2 + spare;
    const pruning = { finalityDepth, mergeDepth, pruningDepth };
    return {
      tuning,
      seed,
      calm,
      params: testParams({ ...rest, pruning }),
    };
  });

/** The pruned engine, or the engine itself if there is nothing to prune. */
export function pruned(engine: DagEngine): DagEngine {
  const steps = rebuild(engine);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value?.engine ?? engine;
  }
}

/** What a block with these parents must carry, or the code of the error. */
export function answer(engine: DagEngine, parents: readonly string[]): unknown {
  try {
    return consensusOf(engine.preview(parents));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

export interface Tally {
  prunings: number;
  readonly refusals: Map<string, number>;
  /** The answers of queries about the pruned engine. */
  readonly answers: Counts;
}

/** Checks that an engine that is pruned repeatedly gives the same results as one that keeps all blocks. */
export function checkPrunedAgainstWhole(numRuns: number): Tally {
  const tally: Tally = { prunings: 0, refusals: new Map(), answers: new Map() };
  fc.assert(
    fc.property(prunedDags, (dag) => comparePrunedWithWhole(dag, tally)),
    { numRuns },
  );
  return tally;
}

function comparePrunedWithWhole({ params, tuning, seed, calm }: PrunedDag, tally: Tally): void {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const genesis: DagNode = { hash: hashOf(`${seed}`), parents: [], bits: BITS[0]!, timestampMs: 1_000_000 };
  const whole = new DagEngine(params, genesis, tuning);
  let small = new DagEngine(params, genesis, tuning);
  /** The hashes that the pruned engine holds, oldest first. */
  let held = [genesis.hash];

  for (let i = 1; i <= BLOCKS; i++) {
    const parents = chooseParents(whole, held, below, calm);
    const expected = answer(whole, parents);
    expectSame(answer(small, parents), expected);
    if (typeof expected === 'string') {
      tally.refusals.set(expected, (tally.refusals.get(expected) ?? 0) + 1);
      continue;
    }
    const node = {
      hash: hashOf(`${seed}:${i}`),
      parents,
      bits: BITS[below(BITS.length)]!,
      timestampMs: 1_000_000 + i * 500 + below(2000),
    };
    whole.add(node);
    small.add(node);
    held.push(node.hash);
    if (below(3) === 0) continue;

    expectSame(small.updateVirtual(), whole.updateVirtual());
    expectSame(virtualOf(small), virtualOf(whole));
    if (below(4) === 0) {
      const before = small;
      small = pruned(small);
      if (small === before) continue;
      tally.prunings += 1;
      held = held.filter((hash) => small.has(hash));
      expectSame(virtualOf(small), virtualOf(whole));
      if (tally.prunings % 4 === 0) comparePrunedQueries(small, whole, held, tally.answers);
      expectSame(
        small.tips(),
        whole.tips().filter((hash) => small.has(hash)),
      );
      const low = () => held[1 + below(Math.min(20, held.length - 1))]!;
      // The lowest possible parents need the most of the past.
      for (let pair = 0; pair < 60; pair++) {
        const [a, b] = [low(), low()];
        if (whole.isAncestor(a, b) || whole.isAncestor(b, a))
          expectSame(answer(small, [a]), answer(whole, [a]));
        else expectSame(answer(small, [a, b]), answer(whole, [a, b]));
      }
    }
  }
  const order = [...whole.order()];
  expect([...small.order()]).toEqual(order.slice(small.orderStart));
  for (const a of held) {
    expectSame(small.get(a)!.parents, whole.get(a)!.parents);
    expectSame(consensusOf(small.get(a)!), consensusOf(whole.get(a)!));
    expectSame(
      held.filter((b) => small.isAncestor(a, b)),
      held.filter((b) => whole.isAncestor(a, b)),
    );
  }
}

/** Mostly the virtual parents, sometimes recent blocks, and rarely older ones. */
function chooseParents(
  engine: DagEngine,
  held: readonly string[],
  below: (limit: number) => number,
  calm: number,
): string[] {
  const range = below(40) === 0 ? held.length : Math.min(held.length, 1 + below(12));
  const recent = () => held[held.length - 1 - below(range)]!;
  const choice = below(calm);
  if (choice > 1) return engine.virtualParents().slice(0, 1 + below(4));
  const picked = [...new Set(Array.from({ length: 1 + below(3) }, recent))];
  if (choice === 1) picked.push(...engine.virtualParents().slice(0, 1));
  const distinct = [...new Set(picked)];
  return distinct.filter((a) => !distinct.some((b) => a !== b && engine.isAncestor(a, b)));
}

export function virtualOf(engine: DagEngine): unknown {
  return {
    sink: engine.sink(),
    parents: engine.virtualParents(),
    virtual: consensusOf(engine.virtual),
    finalityPoint: engine.finalityPoint(),
    pruningPoint: engine.pruningPoint(),
    orderLength: engine.orderLength,
  };
}
