/**
 * Which merged blocks count for difficulty adjustment, and the score that counts them (KIP-4). A block merged so
 * late that its blue score lies below the whole difficulty window is left out, so that old blocks kept back and released
 * later cannot bend the difficulty.
 */
import { type Blocks, GENESIS } from './blocks.ts';

/** The blue score below which a block in the merge set of a block with `blueScore` does not count. */
export function daaThreshold(blueScore: number, windowSpan: number): number {
  return Math.max(blueScore - windowSpan, 0);
}

/**
 * DAA score: that of the selected parent plus the blocks merged, the selected parent included, that count. The first
 * block after genesis does not count genesis.
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
