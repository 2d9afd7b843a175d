/**
 * Ancestry queries in at most O(log n). The intervals on a spanning tree are the tree cover of Agrawal, Borgida and
 * Jagadish (SIGMOD 1989); the tree grows block by block as in Kaspa's nodes.
 *
 * Each block is a child of its selected parent in the spanning tree and has an interval, so that one comparison answers
 * ancestry within the tree. The part of a block's future outside its own subtree is a union of other subtrees. Their
 * roots, the *future covering set*, are sorted by interval, so that a binary search finds the only one that can contain
 * a given block.
 */
import { ListPool } from './columns.ts';
import { IntervalTree } from './interval-tree.ts';
import { Reindexer, type ReindexOptions } from './reachability-reindex.ts';

export interface ReachabilityOptions extends ReindexOptions {
  /** The number of integers to divide into intervals: at most 2^53 - 1, which is the default. */
  readonly space?: number;
}

/** Blocks are identified by index: 0 (genesis), 1, 2, … in the order in which they are added. */
export class Reachability {
  readonly #tree: IntervalTree;
  readonly #reindexer: Reindexer;
  readonly #futureCovering = new ListPool();

  constructor(options: ReachabilityOptions) {
    this.#tree = new IntervalTree(options.space ?? Number.MAX_SAFE_INTEGER);
    this.#reindexer = new Reindexer(this.#tree, options);
  }

  /** The number of blocks. */
  get size(): number {
    return this.#tree.size;
  }

  /** The number of blocks on the selected chain below a block. Genesis has height 0. */
  height(block: number): number {
    return this.#tree.height[block]!;
  }

  /** The parent of a block in the spanning tree: its selected parent, or genesis if that was pruned. */
  treeParent(block: number): number {
    return this.#tree.parent[block]!;
  }

  /** The next block after `ancestor` on the selected chain from there up to `descendant`, which is another block. */
  chainStep(ancestor: number, descendant: number): number {
    return this.#tree.child(ancestor, this.#tree.childPositionTowards(ancestor, descendant));
  }

  /**
   * Adds the next block as a child of its selected parent, in the future of the blocks that it merges. Returns its
   * index.
   */
  add(selectedParent: number, mergeSet: ArrayLike<number>): number {
    const tree = this.#tree;
    const block = tree.add(selectedParent);
    if (tree.intervalSize(block) === 0) this.#reindexer.makeRoom(block);
    this.#futureCovering.reserve(tree.size);
    for (let i = 0; i < mergeSet.length; i++) {
      const merged = mergeSet[i]!;
      this.#futureCovering.insert(merged, this.#lastStartingBy(merged, tree.start[block]!) + 1, block);
    }
    return block;
  }

  /** Sets the heaviest tip, near which interval space is reserved. Results do not depend on it, but costs do. */
  follow(tip: number): void {
    this.#reindexer.advance(tip);
  }

  /** Whether a is b or in the past of b. */
  isAncestor(a: number, b: number): boolean {
    // Indices are in topological order.
    if (a > b) return false;
    const tree = this.#tree;
    if (tree.contains(a, b)) return true;
    const position = this.#lastStartingBy(a, tree.start[b]!);
    if (position < 0) return false;
    const covering = this.#futureCovering;
    return tree.contains(covering.values[covering.start[a]! + position]!, b);
  }

  /** Whether a is b or on the selected chain of b. */
  isChainAncestor(a: number, b: number): boolean {
    return this.#tree.contains(a, b);
  }

  /** Position of the last entry of a future covering set whose interval starts at or before `start`, or -1. */
  #lastStartingBy(block: number, start: number): number {
    const covering = this.#futureCovering;
    const starts = this.#tree.start;
    const base = covering.start[block]!;
    let low = 0;
    let high = covering.length[block]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[covering.values[base + middle]!]! <= start) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
