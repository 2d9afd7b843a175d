/**
 * Pruning: an engine without the past of the pruning point is built beside the old one, piece by piece, and takes its place
 * when it has caught up. Nothing is ever taken out of an engine, so its columns stay append-only.
 */
import { DagEngine } from './engine.ts';
import { DagEngineError } from './errors.ts';
import type { Retained } from './retained.ts';
import type { BlockView, TrustedBlock } from './types.ts';

export interface Rebuilt {
  readonly engine: DagEngine;
  /** What it was pruned for. */
  readonly pruningPoint: string;
  /** Position in the total order of the first block kept. */
  readonly orderStart: number;
  /** What the new engine took on trust, in topological order; settled blocks are in the past of the pruning point. */
  readonly trusted: readonly { readonly block: TrustedBlock; readonly isSettled: boolean }[];
  /** What the new engine does not hold. */
  readonly dropped: readonly string[];
}

/** The values a block's past determines by numbers, compared one by one. */
const COMPARED = [
  'selectedParent',
  'blueScore',
  'blueWork',
  'daaScore',
  'expectedBits',
  'pastMedianTimeMs',
] as const;

/**
 * Builds an engine that holds what the old one must keep, or returns undefined when nothing can be dropped yet. Pauses
 * often; blocks may be added to the old engine meanwhile. It pauses with `true` when it has caught up: resumed at once,
 * with the old engine's virtual state up to date, it ends. Throws `ERR_QANTO_PRUNING_MISMATCH`, or `ERR_QANTO_UNKNOWN_PARENTS` when a
 * block that came meanwhile names one that was to be dropped: it may then be begun again.
 */
export function* rebuild(old: DagEngine): Generator<boolean, Rebuilt | undefined> {
  const retained = old.retained();
  const { orderStart } = retained;
  if (orderStart <= old.orderStart) return undefined;
  for (const _ of retained.mark()) yield false;

  const engine = new DagEngine(old.params, retained.node(0), old.tuning);
  const trusted: Rebuilt['trusted'][number][] = [];
  const dropped: string[] = [];
  for (let next = 1, caughtUp = false; !caughtUp; ) {
    for (; next < old.size; next++) {
      if (!retained.isKept(next)) {
        dropped.push(retained.hashOf(next));
      } else if (retained.isComputable(next)) {
        addComputed(engine, retained, next, old);
      } else {
        const block = retained.trusted(next);
        engine.addTrusted(block);
        trusted.push({ block, isSettled: retained.isSettled(next) });
      }
      yield false;
    }
    // The order of all that is kept is put together here, so that little is left to do when the engines change places.
    resume(engine, old, orderStart);
    yield true;
    caughtUp = next === old.size;
  }
  resume(engine, old, orderStart);
  requireSame('the sink', engine.sink(), old.sink());
  requireSame('the virtual parents', engine.virtualParents().join(), old.virtualParents().join());
  requireSame('the length of the order', engine.orderLength, old.orderLength);
  return { engine, pruningPoint: retained.pruningPoint, orderStart, trusted, dropped };
}

function resume(engine: DagEngine, old: DagEngine, orderStart: number): void {
  engine.resume({ finalityPoint: old.finalityPoint(), pruningPoint: old.pruningPoint(), orderStart });
}

function addComputed(engine: DagEngine, retained: Retained, block: number, old: DagEngine): void {
  const node = retained.node(block);
  const added = engine.add(node);
  const before: BlockView = old.get(node.hash)!;
  for (const name of COMPARED) requireSame(`${name} of block ${node.hash}`, added[name], before[name]);
}

function requireSame<T>(what: string, found: T, expected: T): void {
  if (found !== expected)
    throw new DagEngineError('ERR_QANTO_PRUNING_MISMATCH', { what: `${what}: ${found}, not ${expected}` });
}
