/**
 * Bounded merge depth: a block cannot merge a block that split off from its selected chain further down than the merge
 * depth M. So a branch that nobody merged for long enough can never be merged.
 *
 * The *merge depth root* of a block is the latest block of its selected chain at least M below it in blue score. A
 * merged block is too deep if the root is not in its past, unless it is in the past of a *kosherizing* blue: a blue of
 * the merge set that has the root on its own selected chain, and so merged the deep block before it was too deep.
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
   * The merge depth root of a block with this selected parent and blue score, or genesis if no block is deep enough.
   * Roots only move up along a chain, so the search begins at the root of the selected parent. Throws
   * `ERR_QANTO_RETENTION` if the root was pruned.
   */
  rootOf(selectedParent: number, blueScore: number): number {
    const root = this.nearestRootOf(selectedParent, blueScore);
    if (root !== GENESIS && this.#blocks.blueScore[root]! > blueScore - this.#mergeDepth) {
      throw new DagEngineError('ERR_QANTO_RETENTION', { hash: this.#blocks.index.hashOf(root) });
    }
    return root;
  }

  /** As {@link rootOf}, but the lowest kept block of the chain if the root was pruned. */
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

  /** The merged blocks that are too deep. */
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
