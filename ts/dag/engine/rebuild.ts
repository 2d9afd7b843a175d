/**
 * Pruning builds a new engine without the past of the pruning point, step by step, while the old engine stays in use.
 * The new engine replaces the old one once it holds all newer blocks too. No block is ever removed from an engine, so
 * its columns are append-only.
 */
import { DagEngine } from './engine.ts';
import { DagEngineError } from './errors.ts';
import type { Retained } from './retained.ts';
import type { TrustedBlock } from './types.ts';
import type { BlockView } from './views.ts';

/** The new engine while it is built, at a time when it holds all blocks that it must. */
export interface Rebuilding {
  readonly engine: DagEngine;
  /** Hash of the pruning point whose past it drops. */
  readonly pruningPoint: string;
  /** The position in the total order of the first block that it keeps. */
  readonly orderStart: number;
}

export interface Rebuilt {
  readonly engine: DagEngine;
  /** Hash of the pruning point whose past was dropped. */
  readonly pruningPoint: string;
  /** The position in the total order of the first block kept. */
  readonly orderStart: number;
  /**
   * The trusted blocks of the new engine, in topological order. A block is settled if it is in the past of the pruning
   * point.
   */
  readonly trusted: readonly { readonly block: TrustedBlock; readonly isSettled: boolean }[];
  /** Hashes of the blocks that the new engine does not hold. */
  readonly dropped: readonly string[];
}

/** Consensus data that the two engines must agree on. */
const COMPARED = [
  'selectedParent',
  'blueScore',
  'blueWork',
  'daaScore',
  'expectedBits',
  'pastMedianTimeMs',
  'pruningPoint',
  'chainRoot',
] as const;

/**
 * Builds an engine that holds the blocks that the old engine must keep, or returns undefined if no block can be dropped
 * yet.
 *
 * It yields often, and blocks may be added to the old engine in between. It yields the new engine whenever that holds all
 * blocks that it must. If no block is added and the virtual state of the old engine is up to date, the next step is the
 * last, unless `next` is called with `true`.
 *
 * Throws `ERR_QANTO_PRUNING_MISMATCH` if the engines differ, and `ERR_QANTO_UNKNOWN_PARENTS` if a block that was added
 * in between names one that was to be dropped; the caller may then start again.
 */
export function* rebuild(
  old: DagEngine,
): Generator<Rebuilding | undefined, Rebuilt | undefined, boolean | undefined> {
  const retained = old.retained();
  const { orderStart } = retained;
  if (orderStart <= old.orderStart) return undefined;
  for (const _ of retained.mark()) yield undefined;

  const engine = new DagEngine(old.params, retained.node(0), old.tuning);
  const trusted: Rebuilt['trusted'][number][] = [];
  const dropped: string[] = [];
  const genesis = engine.genesis.hash;
  const { pruningPoint } = retained;
  for (let next = 1, isLast = false; !isLast; ) {
    // The old engine accepted these blocks, some of them before its pruning point moved up. So the new engine must accept
    // them, although its virtual state may be further up.
    engine.resume({ finalityPoint: genesis, pruningPoint: genesis, orderStart });
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
      yield undefined;
    }
    // The virtual state is computed here, so that the last step has little to do.
    resume(engine, old, orderStart);
    const goesOn = yield { engine, pruningPoint, orderStart };
    isLast = next === old.size && goesOn !== true;
  }
  resume(engine, old, orderStart);
  requireSame('the sink', engine.sink(), old.sink());
  requireSame('the virtual parents', engine.virtualParents().join(), old.virtualParents().join());
  requireSame('the length of the order', engine.orderLength, old.orderLength);
  return { engine, pruningPoint, orderStart, trusted, dropped };
}

function resume(engine: DagEngine, old: DagEngine, orderStart: number): void {
  engine.resume({ finalityPoint: old.finalityPoint(), pruningPoint: old.pruningPoint(), orderStart });
  engine.updateVirtual();
}

function addComputed(engine: DagEngine, retained: Retained, block: number, old: DagEngine): void {
  const node = retained.node(block);
  const added = engine.add(node);
  const original: BlockView = old.get(node.hash)!;
  for (const name of COMPARED) requireSame(`${name} of block ${node.hash}`, added[name], original[name]);
}

function requireSame<T>(what: string, found: T, expected: T): void {
  if (found !== expected)
    throw new DagEngineError('ERR_QANTO_PRUNING_MISMATCH', { what: `${what}: ${found}, not ${expected}` });
}
