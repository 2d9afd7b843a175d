/**
 * Bounded merge depth: what a block merges must not have split off from its selected chain further down than the
 * merge depth M, so that a past once left alone for long enough can no longer be brought in.
 *
 * The *merge depth root* of a block is the latest block of its selected chain at least M below it in blue score. A
 * merged block is too deep when the root is not in its past, unless a *kosherizing* blue vouches for it: a blue of the
 * merge set that has the root on its own selected chain and merged the deep block when it was not too deep yet.
 */
import { type Blocks, GENESIS, isRed, mergedBlock } from './blocks.ts';
import type { Draft } from './draft.ts';
import { DagEngineError } from './errors.ts';
import type { Reachability } from './reachability.ts';
import type { DagParams } from './types.ts';

export class MergeDepth {
  readonly #mergeDepth: number;
  readonly #blocks: Blocks;
  readonly #reachability: Reachability;

  constructor(params: DagParams, blocks: Blocks, reachability: Reachability) {
    this.#mergeDepth = params.pruning?.mergeDepth ?? Number.POSITIVE_INFINITY;
    this.#blocks = blocks;
    this.#reachability = reachability;
  }

  /**
   * The merge depth root of a block with this selected parent and blue score: genesis as long as no block is deep enough,
   * for genesis is in the past of all. Roots only move up along a chain, so the search goes up from the parent's.
   */
  rootOf(selectedParent: number, blueScore: number): number {
    const root = this.nearestRootOf(selectedParent, blueScore);
    if (root !== GENESIS && this.#blocks.blueScore[root]! > blueScore - this.#mergeDepth) {
      throw new DagEngineError('ERR_QANTO_RETENTION', { hash: this.#blocks.index.hashOf(root) });
    }
    return root;
  }

  /** {@link rootOf}, or the lowest block kept of the chain when the root was pruned. */
  nearestRootOf(selectedParent: number, blueScore: number): number {
    const scores = this.#blocks.blueScore;
    let root = this.#blocks.mergeDepthRoot[selectedParent]!;
    while (root !== selectedParent) {
      const next = this.#reachability.chainStep(root, selectedParent);
      if (scores[next]! > blueScore - this.#mergeDepth) break;
      root = next;
    }
    return root;
  }

  /** The merged blocks that are too deep for the block. */
  tooDeep({ mergeSet, mergeDepthRoot: root }: Draft): number[] {
    if (root === GENESIS) return [];
    const reachability = this.#reachability;
    const deep = mergeSet.map(mergedBlock).filter((block) => !reachability.isAncestor(root, block));
    if (deep.length === 0) return deep;
    const kosherizing = mergeSet
      .filter((entry) => !isRed(entry))
      .map(mergedBlock)
      .filter((blue) => reachability.isChainAncestor(root, blue));
    return deep.filter((block) => !kosherizing.some((blue) => reachability.isAncestor(block, blue)));
  }
}
