/**
 * Re-indexing: reassigning intervals of the tree. Every block of a chain halves the space that is left, so intervals
 * run out every few dozen blocks. Re-indexing then must touch as few nodes as possible.
 *
 * The *reindex root* is a chain block at least `depth` blocks below the heaviest tip. Nearly all the space belongs to
 * its subtree, where new blocks arrive. Re-indexing there stays inside the subtree, costs at most about its size, and
 * is needed once in many blocks. Elsewhere subtrees are packed without gaps, but every chain block below the reindex
 * root keeps `slack` integers free on either side. So a late block deep in the DAG takes its space from the chain
 * nearby and does not move everything that was added since.
 */
import type { IntervalTree } from './interval-tree.ts';
import { SubtreeLayout } from './subtree-layout.ts';

export interface ReindexOptions {
  /** The minimum distance between the reindex root and the heaviest tip, in chain blocks. */
  readonly depth: number;
  /** The number of integers kept free on either side of each chain block below the reindex root. */
  readonly slack: number;
}

/**
 * Re-indexing chooses an interval at least this many times the size of its subtree, since a tighter one would soon be
 * full.
 */
const MIN_SPARE_FACTOR = 4;

/** The side of the chain to the reindex root on which a subtree is. */
type Side = 'before' | 'after';

export class Reindexer {
  readonly #tree: IntervalTree;
  readonly #layout: SubtreeLayout;
  readonly #depth: number;
  readonly #slack: number;
  #root = 0;

  constructor(tree: IntervalTree, options: ReindexOptions) {
    this.#tree = tree;
    this.#layout = new SubtreeLayout(tree);
    this.#depth = options.depth;
    this.#slack = options.slack;
  }

  /** Gives an interval to a new leaf that has none: relabels the subtree of the nearest ancestor with enough space. */
  makeRoom(leaf: number): void {
    const tree = this.#tree;
    let node = leaf;
    let size = this.#layout.count(leaf);
    while (node !== this.#root && tree.intervalSize(node) < MIN_SPARE_FACTOR * size) {
      const parent = tree.parent[node]!;
      if (parent !== this.#root && tree.contains(parent, this.#root)) {
        this.#takeFromChain(node, parent);
        return;
      }
      size = this.#layout.countParent(node);
      node = parent;
    }
    this.#layout.relabel(node);
  }

  /** Moves the reindex root up behind a new heaviest tip. */
  advance(tip: number): void {
    const tree = this.#tree;
    const lead = tree.height[tip]! - tree.height[this.#root]!;
    // The root moves in strides, so that the walk below costs a few steps per block. If the tip is on another branch,
    // the root moves only after a long lead: moving back and forth between two branches would relabel both each time.
    const stride = tree.contains(this.#root, tip) ? this.#depth + (this.#depth >>> 2) : this.#slack;
    if (lead < Math.max(stride, this.#depth + 1)) return;

    let node = tip;
    for (let i = 0; i < this.#depth; i++) node = tree.parent[node]!;
    const next = node;
    const path: number[] = [];
    while (!tree.contains(node, this.#root)) {
      path.push(node);
      node = tree.parent[node]!;
    }
    while (path.length > 0) {
      const child = path.pop()!;
      this.#concentrate(node, child, child === next);
      node = child;
    }
    this.#root = next;
  }

  /**
   * Gives more integers to `subtree`, a child of a chain block below the reindex root, from the slack kept along the
   * chain up to the reindex root. It gives enough that a subtree or a list of children that keeps growing is not
   * re-indexed for every block.
   */
  #takeFromChain(subtree: number, ancestor: number): void {
    const tree = this.#tree;
    const at = tree.childPositionTowards(ancestor, this.#root);
    const chosen = tree.child(ancestor, at);
    const side: Side = tree.start[subtree]! < tree.start[chosen]! ? 'before' : 'after';
    const last = tree.children.length[ancestor]! - 1;
    const forSubtree = MIN_SPARE_FACTOR * this.#layout.size(subtree);
    const forNextChildren = subtree === tree.child(ancestor, last) ? last - at : 0;
    this.#widen(subtree, chosen, side, forSubtree + forNextChildren);
    if (side === 'after') tree.end[subtree]! -= forNextChildren;
    this.#layout.count(subtree);
    this.#layout.relabel(subtree);
  }

  /** Widens `subtree` by `amount` towards `chosen`, its sibling on the way to the reindex root. */
  #widen(subtree: number, chosen: number, side: Side, amount: number): void {
    const tree = this.#tree;
    // Walk up the chain until its slack adds up to the amount.
    let node = chosen;
    let missing = amount;
    let keep = 0;
    while (node !== this.#root) {
      const free = this.#freeAtEdge(node, side);
      if (free >= missing) break;
      missing -= free;
      node = tree.child(node, tree.childPositionTowards(node, this.#root));
    }
    if (node === this.#root) {
      // The reindex root has ample space: take what is missing there, and new slack for the chain below it.
      keep = this.#slack;
      missing += keep * (tree.height[node]! - tree.height[chosen]!);
      this.#trim(node, missing, side);
      this.#layout.count(node);
      this.#layout.relabel(node);
    } else {
      this.#trim(node, missing, side);
    }
    this.#shiftSiblings(node, subtree, missing, side);
    // Walk back and pass the gained integers down to the subtree.
    while (node !== chosen) {
      node = tree.parent[node]!;
      const gained = this.#freeAtEdge(node, side) - keep;
      this.#trim(node, gained, side);
      this.#shiftSiblings(node, subtree, gained, side);
    }
  }

  /** The number of free integers between the edge of a chain block and its children. */
  #freeAtEdge(node: number, side: Side): number {
    const tree = this.#tree;
    return side === 'before'
      ? tree.firstChildStart(node) - tree.start[node]!
      : tree.end[node]! - 1 - tree.lastChildEnd(node);
  }

  /** Moves one edge of a node inwards. */
  #trim(node: number, amount: number, side: Side): void {
    if (side === 'before') this.#tree.start[node]! += amount;
    else this.#tree.end[node]! -= amount;
  }

  /**
   * The integers trimmed from `node` are free next to it. Moves the siblings on that side over them, one after the
   * other, until the free integers reach `subtree`, which gets them, or the edge of the parent.
   */
  #shiftSiblings(node: number, subtree: number, amount: number, side: Side): void {
    const tree = this.#tree;
    const parent = tree.parent[node]!;
    const step = side === 'before' ? -1 : 1;
    const count = tree.children.length[parent]!;
    for (let i = tree.childPositionTowards(parent, node) + step; i >= 0 && i < count; i += step) {
      const sibling = tree.child(parent, i);
      if (sibling === subtree) {
        if (side === 'before') tree.end[sibling]! += amount;
        else tree.start[sibling]! -= amount;
        return;
      }
      this.#layout.translate(sibling, -step * amount);
    }
  }

  /**
   * Gives `child` all integers of its parent except the slack and what its siblings need, which are packed without gaps
   * on either side. If `child` is the new reindex root, its subtree is relabelled if it no longer fits.
   */
  #concentrate(parent: number, child: number, isNewRoot: boolean): void {
    const tree = this.#tree;
    const at = tree.childPositionTowards(parent, child);
    const count = tree.children.length[parent]!;
    const slack = this.#slack;

    const start = this.#pack(parent, 0, at, tree.start[parent]! + slack);
    let sizeAfter = 0;
    for (let i = at + 1; i < count; i++) sizeAfter += this.#layout.count(tree.child(parent, i));
    const end = tree.end[parent]! - 1 - slack - sizeAfter;
    this.#pack(parent, at + 1, count, end);

    if (isNewRoot && (tree.start[child]! < start || end < tree.end[child]!)) {
      // Relabelled with spare slack, so that it most likely still fits when the root moves on and the space shrinks
      // again.
      tree.start[child] = start + slack;
      tree.end[child] = end - slack;
      this.#layout.count(child);
      this.#layout.relabel(child);
    }
    tree.start[child] = start;
    tree.end[child] = end;
  }

  /** Packs the subtrees of children `from` … `to - 1` from `position` on without gaps. Returns the end of the last. */
  #pack(parent: number, from: number, to: number, position: number): number {
    const tree = this.#tree;
    let at = position;
    for (let i = from; i < to; i++) {
      const node = tree.child(parent, i);
      const size = this.#layout.count(node);
      tree.start[node] = at;
      at += size;
      tree.end[node] = at;
      this.#layout.relabel(node);
    }
    return at;
  }
}
