/**
 * Explains the colour of a block: which rule of the k-cluster made it red, as seen from the block that merged it. The
 * engine stores colours and not reasons, since a reason is found again by the walk that coloured the block
 * (`ghostdag.ts`), which is as short as it was then, however large the DAG has become.
 */
import { type Blocks, isRed, mergedBlock, PRUNED } from './blocks.ts';
import type { Reachability } from './reachability.ts';

/**
 * The rule of the k-cluster that a red block breaks, and the blues that show it, each as hash. If a block breaks several
 * rules, it is the first of them in this order:
 * - `too-many-blues`: the merge set had k + 1 blues already, the selected parent included. These are the blues.
 * - `anticone-too-large`: the block has more than k blues in its anticone. The blues are k + 1 of them.
 * - `blue-anticone-full`: the block would be one more blue in the anticone of a blue that has k already. The blues are all
 *   blues of the block's anticone for which this is true.
 */
export type RedRule = 'too-many-blues' | 'anticone-too-large' | 'blue-anticone-full';

/** A merge set with its colours. The merging block may be the virtual block, which has no index. */
export interface ColouredMergeSet {
  readonly selectedParent: number;
  /** See `mergeEntry`. */
  readonly mergeSet: ArrayLike<number>;
  /** The blues whose blue anticone sizes the merging block records, and parallel to it the sizes. */
  readonly anticoneBlocks: ArrayLike<number>;
  readonly anticoneSizes: ArrayLike<number>;
}

/** Why a block is red, by index. */
export interface RedReason {
  readonly rule: RedRule;
  readonly blues: readonly number[];
}

/** The merge set of a block of the DAG. */
export function mergeSetOf(blocks: Blocks, block: number): ColouredMergeSet {
  const count = blocks.anticoneSizes.read(block);
  return {
    selectedParent: blocks.selectedParent[block]!,
    mergeSet: blocks.mergeEntriesOf(block),
    anticoneBlocks: blocks.anticoneSizes.blocks.slice(0, count),
    anticoneSizes: blocks.anticoneSizes.tags.slice(0, count),
  };
}

/**
 * Why a red block of a merge set is red. Undefined if the walk reaches a block whose selected parent was pruned before the
 * reason is known.
 */
export function redReason(
  k: number,
  blocks: Blocks,
  reachability: Reachability,
  candidate: number,
  merging: ColouredMergeSet,
): RedReason | undefined {
  if (merging.selectedParent === PRUNED) return undefined;
  const { blues, laterBlues } = bluesAround(candidate, merging);
  if (blues.length > k) return { rule: 'too-many-blues', blues };

  const anticone: number[] = [];
  const full: number[] = [];
  const sizes = new Map<number, number>();
  const recordSizes = ({ anticoneBlocks, anticoneSizes }: ColouredMergeSet) => {
    for (let i = 0; i < anticoneBlocks.length; i++) {
      // A size that was recorded further up the chain is newer.
      if (!sizes.has(anticoneBlocks[i]!)) sizes.set(anticoneBlocks[i]!, anticoneSizes[i]!);
    }
  };
  /** The blues that followed the candidate were not in the anticone of any blue when the candidate was coloured. */
  const sizeThen = (blue: number) =>
    sizes.get(blue)! - laterBlues.filter((later) => !reachability.isAncestor(blue, later)).length;
  const examine = (blue: number) => {
    if (reachability.isAncestor(blue, candidate)) return;
    anticone.push(blue);
    if (sizes.get(blue) === k && sizeThen(blue) === k) full.push(blue);
  };

  recordSizes(merging);
  for (const blue of blues) examine(blue);
  for (let chainBlock = merging.selectedParent; anticone.length <= k; ) {
    const next = mergeSetOf(blocks, chainBlock);
    if (next.selectedParent === PRUNED) return undefined;
    recordSizes(next);
    for (const blue of bluesOf(next)) examine(blue);
    // All blocks further down are in the past of the candidate too.
    if (reachability.isAncestor(next.selectedParent, candidate)) break;
    chainBlock = next.selectedParent;
  }
  if (anticone.length > k) return { rule: 'anticone-too-large', blues: anticone.slice(0, k + 1) };
  return { rule: 'blue-anticone-full', blues: full };
}

/** The blues of the merge set that were coloured before and after the candidate. The selected parent is the first. */
function bluesAround(
  candidate: number,
  { selectedParent, mergeSet }: ColouredMergeSet,
): { blues: number[]; laterBlues: number[] } {
  const blues = [selectedParent];
  const laterBlues: number[] = [];
  let isLater = false;
  for (let i = 0; i < mergeSet.length; i++) {
    const entry = mergeSet[i]!;
    if (mergedBlock(entry) === candidate) isLater = true;
    else if (!isRed(entry)) (isLater ? laterBlues : blues).push(mergedBlock(entry));
  }
  return { blues, laterBlues };
}

function bluesOf({ selectedParent, mergeSet }: ColouredMergeSet): number[] {
  const blues = Array.from(mergeSet)
    .filter((entry) => !isRed(entry))
    .map(mergedBlock);
  return [selectedParent, ...blues];
}
