/**
 * Ancestry queries in at most O(log n). Each block is a child of its selected parent in a spanning tree, whose order
 * answers ancestry within the tree. The part of a block's future outside its own subtree is a union of other subtrees.
 * Their roots, the *future covering set*, are sorted in the order of the tree, so that a binary search finds the only one
 * that can contain a given block. This is the tree cover of Agrawal, Borgida and Jagadish (SIGMOD 1989), which Kaspa's
 * nodes use as well. They number the tree with intervals; see `block-order.ts` for the order that takes their place.
 */
import type { BlockOrderOptions } from './block-order.ts';
import { ListPool } from './list-pool.ts';
import type { PackedLists } from './packed-lists.ts';
import { SelectedParentTree } from './selected-parent-tree.ts';

/** Stands for the block that merged another one, if there is none. */
export const NO_MERGER = -1;

/** The number of blocks that {@link Reachability.fill} adds between two pauses. */
const BLOCKS_PER_PAUSE = 4096;

/** Blocks are identified by index: 0 (genesis), 1, 2, … in the order in which they are added. */
export class Reachability {
  readonly #tree: SelectedParentTree;
  readonly #futureCovering = new ListPool();

  constructor(options: BlockOrderOptions = {}) {
    this.#tree = new SelectedParentTree(options);
  }

  /** The number of blocks. */
  get size(): number {
    return this.#tree.size;
  }

  /** The number of labels in the order of the tree that were changed so far to make room for new blocks. */
  get changedLabels(): number {
    return this.#tree.order.changedLabels;
  }

  /** The number of blocks on the selected chain below a block. Genesis has height 0. */
  height(block: number): number {
    return this.#tree.height[block]!;
  }

  /** The parent of a block in the spanning tree: its selected parent, or genesis if that was pruned. */
  treeParent(block: number): number {
    return this.#tree.parent[block]!;
  }

  /** The block at this height that is `descendant` or on its selected chain. */
  chainBlockAt(height: number, descendant: number): number {
    return this.#tree.ancestorAt(height, descendant);
  }

  /** The next block after `ancestor` on the selected chain from there up to `descendant`, which is another block. */
  chainStep(ancestor: number, descendant: number): number {
    return this.#tree.childTowards(ancestor, descendant);
  }

  /**
   * Adds the next block as a child of its selected parent, in the future of the blocks that it merges. Returns its
   * index.
   */
  add(selectedParent: number, mergeSet: ArrayLike<number>): number {
    const block = this.#tree.add(selectedParent);
    this.#futureCovering.reserve(this.#tree.size);
    for (let i = 0; i < mergeSet.length; i++) {
      const merged = mergeSet[i]!;
      this.#futureCovering.insert(merged, this.#positionOf(merged, block), block);
    }
    return block;
  }

  /**
   * Adds the blocks from 1 up to `size` at once, in much less time than one after the other. Genesis must be the only block.
   * `parentOf` returns what {@link add} takes as the selected parent. `merged` has the merge sets.
   */
  *fill(size: number, parentOf: (block: number) => number, merged: PackedLists): Generator<void, void> {
    const sequence = yield* this.#tree.fill(size, parentOf);
    const covering = this.#futureCovering;
    const lengths = new Uint32Array(size);
    for (let block = 1; block < size; block++) {
      if (block % BLOCKS_PER_PAUSE === 0) yield;
      const count = merged.read(block);
      for (let i = 0; i < count; i++) lengths[merged.blocks[i]!]! += 1;
    }
    yield* covering.allocateAll(lengths);
    // The blocks come in the order of the tree, so each set ends up in this order.
    for (let at = 0; at < size; at++) {
      if (at % BLOCKS_PER_PAUSE === 0) yield;
      const block = sequence[at]!;
      const count = merged.read(block);
      for (let i = 0; i < count; i++) covering.append(merged.blocks[i]!, block);
    }
  }

  /** Whether a is b or in the past of b. */
  isAncestor(a: number, b: number): boolean {
    // Indices are in topological order.
    if (a >= b) return a === b;
    return this.#tree.contains(a, b) || this.mergerOf(a, b) !== NO_MERGER;
  }

  /**
   * The block that merged `block` and is `descendant` or on the selected chain of `descendant`. {@link NO_MERGER} if there
   * is none, because `block` is on that chain too or is not in the past of `descendant`.
   */
  mergerOf(block: number, descendant: number): number {
    const { values, start, length } = this.#futureCovering;
    const count = length[block]!;
    if (count === 0) return NO_MERGER;
    const tree = this.#tree;
    const position = tree.order.countBefore(values, start[block]!, count, descendant);
    if (position === count) return NO_MERGER;
    const merger = values[start[block]! + position]!;
    return tree.contains(merger, descendant) ? merger : NO_MERGER;
  }

  /** Whether a is b or on the selected chain of b. */
  isChainAncestor(a: number, b: number): boolean {
    return this.#tree.contains(a, b);
  }

  /** The number of entries in the future covering set of `block` that come before `other` in the order of the tree. */
  #positionOf(block: number, other: number): number {
    const { values, start, length } = this.#futureCovering;
    return this.#tree.order.countBefore(values, start[block]!, length[block]!, other);
  }
}
