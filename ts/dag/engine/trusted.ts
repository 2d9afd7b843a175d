/**
 * Adds trusted blocks: the oldest blocks of a pruned engine, whose consensus data cannot be computed because their past
 * was pruned. The columns leave out the pruned blocks that they name.
 *
 * If the selected parent of a block was pruned, the block becomes a child of genesis in the reachability tree. Ancestry
 * among the kept blocks is still right: the pruned blocks are the past of one chain block, so the past of the selected
 * parent was pruned too, and every kept block in the past of the block is in its merge set.
 */
import { fromHex } from '../../pow/hex.ts';
import { RANGE_NODE_BYTES } from '../../proofs/range-node.ts';
import { type Blocks, GENESIS, mergeEntry, PRUNED } from './blocks.ts';
import type { MergeDepth } from './merge-depth.ts';
import type { Reachability } from './reachability.ts';
import type { Tips } from './tips.ts';
import type { TrustedBlock } from './types.ts';

export interface TrustedTarget {
  readonly blocks: Blocks;
  readonly reachability: Reachability;
  readonly mergeDepth: MergeDepth;
  readonly tips: Tips;
}

/** Adds a block that is not held yet. The kept blocks of its past must be held. */
export function addTrusted(trusted: TrustedBlock, target: TrustedTarget): void {
  const { blocks, reachability, mergeDepth, tips } = target;
  const find = (hash: string) => blocks.index.find(hash);
  const kept = (hashes: readonly string[]) => hashes.map(find).filter((block) => block >= 0);

  const block = blocks.size;
  const parent = trusted.selectedParent === undefined ? -1 : find(trusted.selectedParent);
  const isParentKept = parent > GENESIS;
  const blues = kept(trusted.mergeSetBlues.slice(1));
  const reds = new Set(kept(trusted.mergeSetReds));
  const merged = [...blues, ...reds].sort((a, b) => blocks.compareKeys(a, b));
  const parents = kept(trusted.parents);
  const anticone = trusted.anticoneSizes.filter(([hash]) => find(hash) >= 0);

  blocks.append(trusted, parents.length === trusted.parents.length ? parents : [...parents, GENESIS], {
    ...trusted,
    selectedParent: isParentKept ? parent : PRUNED,
    mergeSet: merged.map((member) => mergeEntry(member, reds.has(member))),
    anticoneBlocks: anticone.map(([hash]) => find(hash)),
    anticoneSizes: anticone.map(([, size]) => size),
    mergeDepthRoot: isParentKept ? mergeDepth.nearestRootOf(parent, trusted.blueScore) : block,
  });
  if (trusted.chain !== undefined) {
    blocks.samples.addPruned(block, trusted.chain.samples);
    blocks.ranges.addPruned(
      block,
      trusted.chain.peaks.map((peak) => fromHex(peak, RANGE_NODE_BYTES)),
    );
  }
  reachability.add(isParentKept ? parent : GENESIS, merged);
  tips.add(block, blocks.parents.of(block));
  blocks.trusted.set(block, trusted);
}
