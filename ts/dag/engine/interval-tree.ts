/**
 * The tree of selected parents, with an interval of integers on every node. The interval of a node contains the
 * intervals of its descendants and of no other node, so one comparison answers whether a is on the selected chain of b.
 *
 * Intervals are half open, [start, end), and of integers below 2^53, which are exact as doubles. A node keeps the last
 * integer of its interval for itself; its children divide the rest in the order in which they were added.
 */
import { enlarged, grownCapacity, ListPool } from './columns.ts';

const NONE = -1;

export class IntervalTree {
  size = 1;
  start = new Float64Array(64);
  end = new Float64Array(64);
  /** -1 for the root, node 0. */
  parent = new Int32Array(64);
  /** The number of edges up to the root. */
  height = new Int32Array(64);
  /** The children of each node in ascending interval order. */
  readonly children = new ListPool();

  /** @param space the size of the root's interval, at most 2^53 - 1 */
  constructor(space: number) {
    this.parent[0] = NONE;
    this.end[0] = space;
  }

  /** Whether a is b or an ancestor of b in the tree. */
  contains(a: number, b: number): boolean {
    return this.start[a]! <= this.start[b]! && this.end[b]! <= this.end[a]!;
  }

  intervalSize(node: number): number {
    return this.end[node]! - this.start[node]!;
  }

  /**
   * Adds a child of `parent`. The first child gets half of the space, the second a third of what is left, and so on. So
   * thousands of children fit, whereas halving each time would leave nothing after fifty. The interval is empty if no
   * space was left.
   */
  add(parent: number): number {
    const node = this.size;
    if (node === this.start.length) this.#grow();
    const from = this.lastChildEnd(parent);
    const space = this.end[parent]! - 1 - from;
    this.start[node] = from;
    this.end[node] = from + Math.ceil(space / (this.children.length[parent]! + 2));
    this.parent[node] = parent;
    this.height[node] = this.height[parent]! + 1;
    this.children.push(parent, node);
    this.size += 1;
    return node;
  }

  /** The start of the first child's interval; without children, the end of the space for children. */
  firstChildStart(node: number): number {
    if (this.children.length[node] === 0) return this.end[node]! - 1;
    return this.start[this.child(node, 0)]!;
  }

  /** The end of the last child's interval; without children, the start of the space for children. */
  lastChildEnd(node: number): number {
    const count = this.children.length[node]!;
    return count === 0 ? this.start[node]! : this.end[this.child(node, count - 1)]!;
  }

  child(node: number, position: number): number {
    return this.children.values[this.children.start[node]! + position]!;
  }

  /** The position among the children of `ancestor` of the child whose subtree contains `descendant`. */
  childPositionTowards(ancestor: number, descendant: number): number {
    const target = this.start[descendant]!;
    let low = 0;
    let high = this.children.length[ancestor]! - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.start[this.child(ancestor, middle)]! <= target) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #grow(): void {
    const capacity = grownCapacity(this.size, this.size + 1);
    this.start = enlarged(this.start, capacity);
    this.end = enlarged(this.end, capacity);
    this.parent = enlarged(this.parent, capacity);
    this.height = enlarged(this.height, capacity);
    this.children.reserve(capacity);
  }
}
