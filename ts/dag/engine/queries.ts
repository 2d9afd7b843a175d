/**
 * Queries about the total order, the selected chain, the children and the colours. Each takes O(log n) steps or as many as
 * its answer has blocks; a reason for a colour takes O(k^2) ancestry queries, whatever n is. They read what the engine has
 * anyway, except for the children.
 */
import { mustBe } from '../../errors.ts';
import { type Blocks, GENESIS, isRed, mergedBlock } from './blocks.ts';
import { Children } from './children.ts';
import { DagEngineError } from './errors.ts';
import { mergeSetOf, type RedRule, redReason } from './explain-colour.ts';
import { chainBranch, type InclusionPath, provenAncestor, shortestPath } from './inclusion-path.ts';
import { NO_MERGER, type Reachability } from './reachability.ts';
import type { DagParams } from './types.ts';
import type { VirtualState } from './virtual.ts';

/** The colour of a block of the total order, and the reason if it is red. */
export type ColourExplanation = {
  /** Hash of the block. */
  readonly hash: string;
  /**
   * Hash of the block of the selected chain whose merge set contains the block. Undefined for the virtual block, which is
   * the next block on the virtual parents.
   */
  readonly mergedBy: string | undefined;
} & (
  | {
      /** The block is blue for the block that merged it. */
      readonly colour: 'blue';
      /** Whether the block is the selected parent of the block that merged it, which is always blue. */
      readonly isSelectedParent: boolean;
    }
  | {
      /** The block is red for the block that merged it. */
      readonly colour: 'red';
      /** The rule of the k-cluster that the block breaks. */
      readonly rule: RedRule;
      /** Hashes of the blues that show it: see {@link RedRule}. */
      readonly blues: readonly string[];
    }
);

export interface QuerySources {
  readonly params: DagParams;
  readonly blocks: Blocks;
  readonly reachability: Reachability;
  readonly virtual: VirtualState;
}

/** The place of a block in the total order. */
interface Merged {
  /** The block that merged it, or {@link NO_MERGER} for the virtual block. */
  readonly merger: number;
  /** The index in the merge set of that block, or -1 for its selected parent. */
  readonly index: number;
}

/** Answers about the blocks that are held. See {@link QantoDag} for the errors. */
export class EngineQueries {
  readonly #sources: QuerySources;
  readonly #children: Children;

  /** @internal */
  constructor(sources: QuerySources) {
    this.#sources = sources;
    this.#children = new Children(sources.blocks);
  }

  /**
   * Call when a block was added.
   *
   * @internal
   */
  catchUp(): void {
    this.#children.catchUp();
  }

  /**
   * Call when blocks were restored from a record.
   *
   * @internal
   */
  restored(): Generator<void, void> {
    return this.#children.restored();
  }

  /** Hashes of the blocks that name the block as a parent, ascending by (blue work, hash). */
  children(hash: string): string[] {
    const { blocks } = this.#sources;
    const children = this.#children.of(this.#indexOf(hash));
    return this.#hashes(children.sort((a, b) => blocks.compareKeys(a, b)));
  }

  /** The position of the block in the total order. Genesis has position 0. */
  position(hash: string): number {
    return this.#positionOf(this.#indexOf(hash));
  }

  /** The part of the total order that begins at position `from` and has `count` blocks, or fewer at its end. */
  orderSlice(from: number, count: number): string[] {
    requireCount('from', from);
    requireCount('count', count);
    const { orderStart, order } = this.#sources.virtual;
    if (from < orderStart) throw pastPruned('from', from, `a position of at least ${orderStart}`);
    return this.#hashes(order.slice(from - orderStart, from - orderStart + count));
  }

  /**
   * The part of the selected chain that begins with a block, given as hash or height, and has `count` blocks, or fewer at
   * its end.
   */
  selectedChain(from: number | string, count: number): string[] {
    requireCount('count', count);
    const { chain, orderStart } = this.#sources.virtual;
    const prunedHeights = this.#prunedHeights();
    if (typeof from === 'string') {
      const block = this.#chainBlock(from);
      if (block === GENESIS && orderStart > 0) {
        throw pastPruned('from', from, `a block of at least height ${prunedHeights + 1}`);
      }
      const index = this.#sources.reachability.height(block);
      return this.#hashes(chain.slice(index, index + count));
    }
    requireCount('from', from);
    const lowest = orderStart === 0 ? 0 : prunedHeights + 1;
    if (from < lowest) throw pastPruned('from', from, `a height of at least ${lowest}`);
    return this.#hashes(chain.slice(from - prunedHeights, from - prunedHeights + count));
  }

  /** The blocks in the past of the chain block `upper` that are not in the past of the chain block `lower`, in order. */
  orderBetween(lower: string, upper: string): string[] {
    const from = this.#positionOf(this.#chainBlock(lower));
    const to = this.#positionOf(this.#chainBlock(upper));
    if (from > to) throw mustBe('upper', upper, '`lower` or a block above it on the selected chain');
    const { orderStart } = this.#sources.virtual;
    if (from < orderStart)
      throw pastPruned('lower', lower, `a block at a position of at least ${orderStart}`);
    return this.orderSlice(from, to - from);
  }

  /** By which block the block was merged, its colour, and the reason if it is red. */
  explainColour(hash: string): ColourExplanation {
    const { params, blocks, reachability, virtual } = this.#sources;
    const block = this.#indexOf(hash);
    const expected = 'a block that was merged by a block of the kept part of the selected chain';
    if (block === GENESIS && virtual.orderStart > 0) throw pastPruned('hash', hash, expected);
    const { merger, index } = this.#mergedOf(block);
    const mergedBy = merger === NO_MERGER ? undefined : blocks.index.hashOf(merger);
    if (index < 0) return { hash, mergedBy, colour: 'blue', isSelectedParent: true };
    const merging = merger === NO_MERGER ? virtual.draft : mergeSetOf(blocks, merger);
    if (!isRed(merging.mergeSet[index]!)) return { hash, mergedBy, colour: 'blue', isSelectedParent: false };
    const reason = redReason(params.ghostdagK, blocks, reachability, block, merging);
    if (reason === undefined) throw pastPruned('hash', hash, expected);
    return { hash, mergedBy, colour: 'red', rule: reason.rule, blues: this.#hashes(reason.blues) };
  }

  /**
   * The way from a block down to one of its past, for a proof of inclusion. Throws `ERR_QANTO_NOT_AN_ANCESTOR`, and
   * `ERR_QANTO_PAST_PRUNED` for genesis if the blocks after it were pruned.
   *
   * @internal
   */
  inclusionPath(hash: string, descendant: string): InclusionPath {
    const [block, from] = [this.#indexOf(hash), this.#indexOf(descendant)];
    if (!this.#sources.reachability.isAncestor(block, from)) {
      throw new DagEngineError('ERR_QANTO_NOT_AN_ANCESTOR', { hash, descendant });
    }
    if (block === GENESIS && from !== GENESIS && this.#sources.virtual.orderStart > 0) {
      throw pastPruned('hash', hash, 'a block that is held together with its children');
    }
    const anchor = provenAncestor(this.#sources, block, from);
    const path = this.#hashes(shortestPath(this.#sources, block, anchor));
    if (anchor === from) return { path: path.slice(1) };
    return { range: chainBranch(this.#sources, anchor, from), path };
  }

  #positionOf(block: number): number {
    const { blocks, virtual } = this.#sources;
    // Genesis is held, and has this position, even if the blocks after it were pruned.
    if (block === GENESIS) return 0;
    const { merger, index } = this.#mergedOf(block);
    if (index < 0) return virtual.positionOf(block);
    // The merge set is the end of what a block contributes to the order.
    if (merger === NO_MERGER) return virtual.orderLength - virtual.draft.mergeSet.length + index;
    return virtual.positionOf(merger) - blocks.mergeSet.read(merger) + index;
  }

  /** Throws `ERR_QANTO_NOT_IN_ORDER`. */
  #mergedOf(block: number): Merged {
    const { blocks, reachability, virtual } = this.#sources;
    const { sink, chain } = virtual;
    if (reachability.isChainAncestor(block, sink)) {
      const merger = block === sink ? NO_MERGER : chain.at(reachability.height(block) + 1)!;
      return { merger, index: -1 };
    }
    const merger = reachability.mergerOf(block, sink);
    const mergeSet = merger === NO_MERGER ? virtual.draft.mergeSet : blocks.mergeEntriesOf(merger);
    const index = this.#indexIn(mergeSet, block);
    if (index < 0) throw new DagEngineError('ERR_QANTO_NOT_IN_ORDER', { hash: blocks.index.hashOf(block) });
    return { merger, index };
  }

  /** The index of a block in a merge set, which is in ascending key order; -1 if it is not in it. */
  #indexIn(mergeSet: ArrayLike<number>, block: number): number {
    let low = 0;
    let high = mergeSet.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sources.blocks.compareKeys(mergedBlock(mergeSet[middle]!), block) < 0) low = middle + 1;
      else high = middle;
    }
    return low < mergeSet.length && mergedBlock(mergeSet[low]!) === block ? low : -1;
  }

  /** The number of blocks of the selected chain that were pruned. Genesis is always held. */
  #prunedHeights(): number {
    const { blocks, reachability, virtual } = this.#sources;
    if (virtual.orderStart === 0) return 0;
    return blocks.ranges.lengthOf(virtual.sink) - 1 - reachability.height(virtual.sink);
  }

  /** Throws `ERR_QANTO_UNKNOWN_BLOCK` and `ERR_QANTO_NOT_IN_CHAIN`. */
  #chainBlock(hash: string): number {
    const { blocks, reachability, virtual } = this.#sources;
    const block = this.#indexOf(hash);
    if (reachability.isChainAncestor(block, virtual.sink)) return block;
    throw new DagEngineError('ERR_QANTO_NOT_IN_CHAIN', { hash, sink: blocks.index.hashOf(virtual.sink) });
  }

  #hashes(blocks: readonly number[]): string[] {
    return blocks.map((block) => this.#sources.blocks.index.hashOf(block));
  }

  #indexOf(hash: string): number {
    const block = this.#sources.blocks.index.find(hash);
    if (block < 0) throw new DagEngineError('ERR_QANTO_UNKNOWN_BLOCK', { hash });
    return block;
  }
}

function requireCount(argument: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw mustBe(argument, value, 'an integer of at least 0');
}

function pastPruned(argument: string, value: string | number, expected: string): DagEngineError {
  return new DagEngineError('ERR_QANTO_PAST_PRUNED', { argument, value, expected });
}
