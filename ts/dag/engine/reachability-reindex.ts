/**
 * Making room in the interval tree. A chain halves its room with every block, so intervals run out every few
 * dozen blocks and must be handed out anew; the art is to touch few nodes when that happens.
 *
 * A *reindex root* trails the heaviest tip by `depth` blocks or a little more on its chain. Nearly all the space
 * belongs to its subtree, where new blocks arrive: a reindex there never needs to look above it, and costs at most
 * about the size of that subtree, once in many blocks. Off the chain below the reindex root, subtrees are packed tight,
 * but every chain block keeps `slack` integers free on either side, so that late blocks in old places take their
 * room from the chain nearby and not by moving everything that came since.
 */
import type { IntervalTree } from './interval-tree.ts';
import { SubtreeLayout } from './subtree-layout.ts';

export interface ReindexOptions {
  /** Least distance, in chain blocks, of the reindex root from the heaviest tip. */
  readonly depth: number;
  /** Integers kept free on either side of each chain block below the reindex root. */
  readonly slack: number;
}

/** An interval is roomy when it is this many times the size of its subtree; a tighter one is soon full again. */
const ROOMINESS = 4;

/** Which side of the chain to the reindex root a subtree lies on. */
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

  /** Gives a new leaf, whose interval is empty, an interval: relabels below the nearest roomy ancestor. */
  makeRoom(leaf: number): void {
    const tree = this.#tree;
    let node = leaf;
    let size = this.#layout.count(leaf);
    while (node !== this.#root && tree.intervalSize(node) < ROOMINESS * size) {
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

  /** Moves the reindex root along behind a new heaviest tip. */
  advance(tip: number): void {
    const tree = this.#tree;
    const lead = tree.height[tip]! - tree.height[this.#root]!;
    // Moving in strides makes the climb below cost a few steps per block. A tip on another branch gets the space only
    // when its lead shows that the branch is there to stay: moving back and forth would relabel both each time.
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
   * Gives more integers to `subtree`, a child of a chain block below the reindex root, out of the slack kept along the
   * chain from there up to the reindex root. So many that a subtree that goes on growing, or a row of children that
   * goes on getting longer, does not come back for every block.
   */
  #takeFromChain(subtree: number, ancestor: number): void {
    const tree = this.#tree;
    const at = tree.childPositionTowards(ancestor, this.#root);
    const chosen = tree.child(ancestor, at);
    const side: Side = tree.start[subtree]! < tree.start[chosen]! ? 'before' : 'after';
    const last = tree.children.length[ancestor]! - 1;
    const forSubtree = ROOMINESS * this.#layout.size(subtree);
    const forNextChildren = subtree === tree.child(ancestor, last) ? last - at : 0;
    this.#widen(subtree, chosen, side, forSubtree + forNextChildren);
    if (side === 'after') tree.end[subtree]! -= forNextChildren;
    this.#layout.count(subtree);
    this.#layout.relabel(subtree);
  }

  /** Widens `subtree` by `amount` towards `chosen`, its sibling on the way to the reindex root. */
  #widen(subtree: number, chosen: number, side: Side, amount: number): void {
    const tree = this.#tree;
    // Up the chain until the slack passed adds up to the amount.
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
      // The root has space without end: take what is missing there, and new slack for the chain just passed.
      keep = this.#slack;
      missing += keep * (tree.height[node]! - tree.height[chosen]!);
      this.#trim(node, missing, side);
      this.#layout.count(node);
      this.#layout.relabel(node);
    } else {
      this.#trim(node, missing, side);
    }
    this.#shiftSiblings(node, subtree, missing, side);
    // And back: hand what was gained to the next below, all the way to the subtree.
    while (node !== chosen) {
      node = tree.parent[node]!;
      const gained = this.#freeAtEdge(node, side) - keep;
      this.#trim(node, gained, side);
      this.#shiftSiblings(node, subtree, gained, side);
    }
  }

  /** Free integers between a chain block's edge and its children. */
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
   * The integers trimmed from `node` lie free next to it. Moves its siblings on that side over them, outward
   * neighbours following, until the free integers reach `subtree`, which gets them, or the parent's edge.
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
   * Gives `child` all of its parent's room but the slack and what its siblings need, which are packed tight on
   * either side. When `child` is the new reindex root, what lies below it is relabelled if it no longer fits.
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
      // Laid out with slack to spare, so that it most likely still fits when the root moves on and the room shrinks again.
      tree.start[child] = start + slack;
      tree.end[child] = end - slack;
      this.#layout.count(child);
      this.#layout.relabel(child);
    }
    tree.start[child] = start;
    tree.end[child] = end;
  }

  /** Lays the subtrees of children `from` … `to - 1` out from `position` without gaps; returns where they end. */
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
