/**
 * Ancestry in a DAG of any size in O(log n) at most. Intervals on a spanning tree are the tree cover of Agrawal, Borgida
 * and Jagadish (SIGMOD 1989); growing it block by block follows what Kaspa's nodes do.
 *
 * A spanning tree, each block below its selected parent, carries intervals: one comparison answers ancestry within
 * the tree. What a block's future holds outside its own subtree is a union of other subtrees; their roots, the
 * *future covering set*, are kept sorted by interval, so that a binary search finds the only one that can hold a given block.
 */
import { IntervalTree } from './interval-tree.ts';
import { ListPool } from './list-pool.ts';
import { Reindexer, type ReindexOptions } from './reachability-reindex.ts';

export interface ReachabilityOptions extends ReindexOptions {
  /** Integers to hand out as intervals, at most 2^53 - 1, the default. */
  readonly space?: number;
}

/** Blocks are the integers 0 (genesis), 1, 2, … in the order they are added. */
export class Reachability {
  readonly #tree: IntervalTree;
  readonly #reindexer: Reindexer;
  readonly #futureCovering = new ListPool();

  constructor(options: ReachabilityOptions) {
    this.#tree = new IntervalTree(options.space ?? Number.MAX_SAFE_INTEGER);
    this.#reindexer = new Reindexer(this.#tree, options);
  }

  /** Blocks held. */
  get size(): number {
    return this.#tree.size;
  }

  /** Blocks on the selected-parent chain below a block; genesis has 0. */
  height(block: number): number {
    return this.#tree.height[block]!;
  }

  /** The block below which a block was added. */
  treeParent(block: number): number {
    return this.#tree.parent[block]!;
  }

  /** The next block after `ancestor` on the selected-parent chain from there to `descendant`, another block on it. */
  chainStep(ancestor: number, descendant: number): number {
    return this.#tree.child(ancestor, this.#tree.childPositionTowards(ancestor, descendant));
  }

  /** Adds the next block: below its selected parent, and into the future of each block it merges. Returns its number. */
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

  /** Tells which block is the heaviest tip now: where to keep the space. Answers do not depend on it, costs do. */
  follow(tip: number): void {
    this.#reindexer.advance(tip);
  }

  /** True when a is b or in the past of b. */
  isAncestor(a: number, b: number): boolean {
    // Numbers are given in topological order.
    if (a > b) return false;
    const tree = this.#tree;
    if (tree.contains(a, b)) return true;
    const position = this.#lastStartingBy(a, tree.start[b]!);
    if (position < 0) return false;
    const covering = this.#futureCovering;
    return tree.contains(covering.values[covering.start[a]! + position]!, b);
  }

  /** True when a is b or on the selected-parent chain of b. */
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
