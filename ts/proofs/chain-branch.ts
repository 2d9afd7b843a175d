/**
 * The way from a leaf of the tree over a selected chain to its root. The shape of the tree is that of RFC 6962, so the
 * index of the leaf and the number of leaves determine on which side each sibling is and how many leaves it has.
 */
import { parseDisplayHash } from '../pow/hex.ts';
import { ProofError } from './errors.ts';
import { encodeRangeNode, joinRanges, rangeLeaf, rangeRoot } from './range-node.ts';
import type { ChainBranch } from './types.ts';

/** A sibling on the way up. */
export interface BranchStep {
  readonly isLeft: boolean;
  readonly leaves: number;
}

/** The siblings on the way from the leaf with this index, which is less than `leaves`, from the leaf up. */
export function branchSteps(index: number, leaves: number): BranchStep[] {
  const steps: BranchStep[] = [];
  let [position, count] = [index, leaves];
  while (count > 1) {
    const split = leftLeaves(count);
    const isLeft = position >= split;
    steps.push({ isLeft, leaves: isLeft ? split : count - split });
    position -= isLeft ? split : 0;
    count = isLeft ? count - split : split;
  }
  return steps.reverse();
}

/** The number of leaves of the left subtree of a tree with more than one leaf: the greatest power of two below `leaves`. */
export function leftLeaves(leaves: number): number {
  let left = 1;
  while (left * 2 < leaves) left *= 2;
  return left;
}

/** A block of the selected chain, as its context states it. */
interface ChainLeaf {
  readonly hash: string;
  readonly timestampMs: number;
  readonly blueWork: bigint;
}

/**
 * Throws `ERR_QANTO_PROOF_WRONG_RANGE` if the branch does not lead from the block to the root. The block states its blue
 * work, which is what the blocks of the chain add up to and including it.
 */
export function verifyChainBranch(branch: ChainBranch, block: ChainLeaf, root: string): void {
  let node = rangeLeaf(parseDisplayHash(block.hash), branch.work, block.timestampMs);
  let work = branch.work;
  for (const [i, { isLeft, leaves }] of branchSteps(branch.index, branch.leaves).entries()) {
    const sibling = encodeRangeNode({ ...branch.nodes[i]!, leaves });
    node = isLeft ? joinRanges(node, sibling) : joinRanges(sibling, node);
    if (isLeft) work += branch.nodes[i]!.work;
  }
  const found = rangeRoot(node);
  if (found !== root) throw wrongRange('range', `a root of ${found}`, `a branch to the chain root ${root}`);
  if (work !== block.blueWork) {
    throw wrongRange('range', work, `a branch with the blue work of the block, ${block.blueWork}`);
  }
}

function wrongRange(field: string, value: unknown, expected: string): ProofError {
  return new ProofError('ERR_QANTO_PROOF_WRONG_RANGE', field, value, expected);
}
