/**
 * The DAA score (difficulty adjustment algorithm, KIP-4) counts the blocks that count for difficulty adjustment. A
 * block that is merged so late that its blue score is below the whole difficulty window does not count, so that
 * withholding blocks and releasing them later cannot distort the difficulty.
 */
import { type Blocks, GENESIS } from './blocks.ts';

/** The blue score below which the merged blocks of a block with `blueScore` do not count. */
export function daaThreshold(blueScore: number, windowSpan: number): number {
  return Math.max(blueScore - windowSpan, 0);
}

/**
 * The DAA score of a block: that of its selected parent, plus the number of blocks that count among the selected parent
 * and the merge set. Genesis never counts.
 */
export function daaScore(
  blocks: Blocks,
  selectedParent: number,
  mergeSet: readonly number[],
  blueScore: number,
  windowSpan: number,
): number {
  const threshold = daaThreshold(blueScore, windowSpan);
  let counted = selectedParent !== GENESIS && blocks.blueScore[selectedParent]! >= threshold ? 1 : 0;
  for (const block of mergeSet) if (blocks.blueScore[block]! >= threshold) counted += 1;
  return blocks.daaScore[selectedParent]! + counted;
}
