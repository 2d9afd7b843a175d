/** Operations on whole subtrees of the interval tree: counting, relabelling and moving them. */
import { enlarged } from './columns.ts';
import type { IntervalTree } from './interval-tree.ts';

/**
 * The minimum weight of future children when the space of a node is divided. It is so small that a chain of a million
 * nodes still passes most of the space on to its tip.
 */
const RESERVE = 2 ** -20;

/** 2^-i. Beyond the end of the table the value is negligible. */
const HALVINGS = Float64Array.from({ length: 64 }, (_, i) => 2 ** -i);

function halved(times: number): number {
  return times < HALVINGS.length ? HALVINGS[times]! : 0;
}

export class SubtreeLayout {
  readonly #tree: IntervalTree;
  /** The sizes of the subtrees counted in the current operation; all others are stale. */
  #sizes = new Uint32Array(64);
  readonly #stack: number[] = [];
  readonly #breadthFirst: number[] = [];

  constructor(tree: IntervalTree) {
    this.#tree = tree;
  }

  /** The number of nodes in a subtree, as counted last. */
  size(top: number): number {
    return this.#sizes[top]!;
  }

  /** Counts a subtree and all subtrees in it. Returns the number of nodes. */
  count(top: number): number {
    const tree = this.#tree;
    if (this.#sizes.length < tree.size) this.#sizes = enlarged(this.#sizes, tree.start.length);
    const order = this.#breadthFirst;
    order.length = 0;
    order.push(top);
    for (let next = 0; next < order.length; next++) {
      const node = order[next]!;
      this.#sizes[node] = 1;
      for (let i = 0; i < tree.children.length[node]!; i++) order.push(tree.child(node, i));
    }
    for (let i = order.length - 1; i > 0; i--) {
      const node = order[i]!;
      this.#sizes[tree.parent[node]!]! += this.#sizes[node]!;
    }
    return this.#sizes[top]!;
  }

  /** Counts the subtree of the parent of `counted`, whose own subtree was counted before. */
  countParent(counted: number): number {
    const tree = this.#tree;
    const parent = tree.parent[counted]!;
    let size = 1;
    for (let i = 0; i < tree.children.length[parent]!; i++) {
      const child = tree.child(parent, i);
      size += child === counted ? this.#sizes[child]! : this.count(child);
    }
    this.#sizes[parent] = size;
    return size;
  }

  /**
   * Relabels the subtree of `top`: divides its interval among its descendants again. The subtree must have been
   * counted.
   */
  relabel(top: number): void {
    const tree = this.#tree;
    const stack = this.#stack;
    stack.push(top);
    while (stack.length > 0) {
      const node = stack.pop()!;
      const count = tree.children.length[node]!;
      if (count === 0) continue;
      this.#divide(node, count);
      for (let i = 0; i < count; i++) stack.push(tree.child(node, i));
    }
  }

  /** Moves a subtree by `offset`. */
  translate(top: number, offset: number): void {
    const tree = this.#tree;
    const stack = this.#stack;
    stack.push(top);
    while (stack.length > 0) {
      const node = stack.pop()!;
      tree.start[node]! += offset;
      tree.end[node]! += offset;
      for (let i = 0; i < tree.children.length[node]!; i++) stack.push(tree.child(node, i));
    }
  }

  /**
   * Divides the space of a node among its children. Each gets the size of its subtree, and the spare space is divided
   * in proportion to 2^size. So almost all of it goes to the largest subtree, which will most likely keep growing.
   * Future children count as one leaf.
   */
  #divide(node: number, count: number): void {
    const tree = this.#tree;
    let largest = 0;
    for (let i = 0; i < count; i++) largest = Math.max(largest, this.#sizes[tree.child(node, i)]!);
    let weights = Math.max(halved(largest - 1), RESERVE);
    for (let i = 0; i < count; i++) weights += halved(largest - this.#sizes[tree.child(node, i)]!);

    let position = tree.start[node]!;
    const spare = tree.end[node]! - 1 - position - (this.#sizes[node]! - 1);
    if (spare < 0) throw new Error('reachability: the interval space is exhausted');
    let left = spare;
    for (let i = 0; i < count; i++) {
      const child = tree.child(node, i);
      const size = this.#sizes[child]!;
      // Because of rounding the shares may exceed the spare space by a few integers.
      const share = Math.min(left, Math.floor((spare * halved(largest - size)) / weights));
      left -= share;
      tree.start[child] = position;
      position += size + share;
      tree.end[child] = position;
    }
  }
}
