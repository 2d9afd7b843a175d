/**
 * The way from a block down to a block of its past, for a proof of inclusion: from the block down its selected chain to the
 * block that merged the other, by a branch of the tree over that chain, and then through parents.
 *
 * The tree stores only the last peak of the range of each chain block (`chain-ranges.ts`), which suffices. The left
 * siblings of a leaf are the peaks of the range before it. A right sibling is split until its parts are leaves, or were
 * the last peak when their last leaf was added; so a branch takes O(log^2 n) steps.
 */
import { branchSteps, leftLeaves } from '../../proofs/chain-branch.ts';
import { decodeRangeNode, joinRanges, leavesOf } from '../../proofs/range-node.ts';
import type { ChainBranch } from '../../proofs/types.ts';
import { type Blocks, GENESIS } from './blocks.ts';
import type { Reachability } from './reachability.ts';

interface PathSources {
  readonly blocks: Blocks;
  readonly reachability: Reachability;
}

export interface InclusionPath {
  /** The way down the selected chain to the first block of `path`; absent if that is a parent of the upper block. */
  readonly range?: ChainBranch;
  /** Hashes of the blocks below the upper block, as in {@link InclusionProof.path}. */
  readonly path: readonly string[];
}

/**
 * The block of the selected chain of `descendant`, or `descendant` itself, from which the path to `block` begins: `block` if
 * it is on that chain, otherwise the block that merged it. The tree over the chain was pruned for the trusted blocks, so if
 * that is one of them, the path begins further up, at the lowest block of the chain that is not.
 */
export function provenAncestor(
  { blocks, reachability }: PathSources,
  block: number,
  descendant: number,
): number {
  const lowest = reachability.isChainAncestor(block, descendant)
    ? block
    : reachability.mergerOf(block, descendant);
  let low = reachability.height(lowest);
  let high = reachability.height(descendant);
  // The trusted blocks of a chain are its lowest ones, after genesis.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks.trusted.has(reachability.chainBlockAt(middle, descendant))) low = middle + 1;
    else high = middle;
  }
  return reachability.chainBlockAt(low, descendant);
}

/** The branch of a lower block of the selected chain of `upper`. The range of the lower block must be known. */
export function chainBranch(
  { blocks, reachability }: PathSources,
  lower: number,
  upper: number,
): ChainBranch {
  const { ranges } = blocks;
  const index = ranges.lengthOf(lower) - 1;
  const last = blocks.chainParent(upper);
  const leaves = ranges.lengthOf(last);
  const prunedHeights = index - reachability.height(lower);
  const blockAt = (leaf: number) => reachability.chainBlockAt(leaf - prunedHeights, last);
  const subtree = (start: number, size: number): Uint8Array => {
    const end = blockAt(start + size - 1);
    if (size === 1) return ranges.leafOf(end);
    const peak = ranges.lastPeakOf(end);
    if (leavesOf(peak) === size) return peak;
    const left = leftLeaves(size);
    return joinRanges(subtree(start + left, size - left), subtree(start, left));
  };

  const leftPeaks = lower === GENESIS ? [] : ranges.peaksOf(blocks.chainParent(lower));
  let end = index + 1;
  const siblings = branchSteps(index, leaves).map(({ isLeft, leaves }) => {
    if (isLeft) return leftPeaks.pop()!;
    end += leaves;
    return subtree(end - leaves, leaves);
  });
  const { work } = decodeRangeNode(ranges.leafOf(lower));
  const nodes = siblings.map((sibling) => {
    const { leaves: _, ...node } = decodeRangeNode(sibling);
    return node;
  });
  return { index, leaves, work, nodes };
}

/** A shortest path from `descendant` through parents to `block`, both included. */
export function shortestPath(
  { blocks, reachability }: PathSources,
  block: number,
  descendant: number,
): number[] {
  // Each visited block has `block` in its past. So it is held, and it is in the merge set of `descendant` if that merged `block`.
  const childOf = new Map([[descendant, descendant]]);
  for (const visited of childOf.keys()) {
    if (visited === block) break;
    for (const parent of blocks.parents.of(visited)) {
      if (!childOf.has(parent) && reachability.isAncestor(block, parent)) childOf.set(parent, visited);
    }
  }
  const path = [block];
  for (let next = block; next !== descendant; path.push(next)) next = childOf.get(next)!;
  return path.reverse();
}
