/**
 * The tree of selected parents. Its blocks are kept in postorder: the subtrees of the children of a block, the oldest
 * child first, and then the block itself. So a subtree is a run of the order that ends with its root, and two comparisons
 * tell whether a block is in it. The block directly before the run never changes: a new block is inserted directly before
 * its parent, after the subtrees of its older siblings.
 */
import { BlockOrder, type BlockOrderOptions } from './block-order.ts';
import { enlarged, grownCapacity } from './columns.ts';
import { isNearlyFull, Lengthening } from './lengthening.ts';

const NONE = -1;

/** The number of blocks that {@link SelectedParentTree.fill} adds between two pauses. */
const BLOCKS_PER_PAUSE = 4096;

/** Blocks are identified by index: 0 (the root), 1, 2, … in the order in which they are added. */
export class SelectedParentTree {
  readonly order: BlockOrder;
  size = 1;
  /** By block. The parent of the root is -1. */
  parent = new Int32Array(64);
  /** The number of edges up to the root. */
  height = new Int32Array(64);
  /** The block directly before the subtree in postorder, or -1. */
  #before = new Int32Array(64);
  /**
   * An ancestor further down, so that a walk down from height h to any lower height takes O(log h) steps ("An Applicative
   * Random-Access Stack", Myers 1983). The jump of the root is the root itself.
   */
  #jump = new Int32Array(64);

  readonly #lengthenings = [
    new Lengthening(
      () => this.parent,
      (column) => {
        this.parent = column;
      },
    ),
    new Lengthening(
      () => this.height,
      (column) => {
        this.height = column;
      },
    ),
    new Lengthening(
      () => this.#before,
      (column) => {
        this.#before = column;
      },
    ),
    new Lengthening(
      () => this.#jump,
      (column) => {
        this.#jump = column;
      },
    ),
  ];

  constructor(options: BlockOrderOptions) {
    this.order = new BlockOrder(options);
    this.parent[0] = NONE;
    this.#before[0] = NONE;
  }

  /** Whether a is b or an ancestor of b in the tree. */
  contains(a: number, b: number): boolean {
    return this.order.isBetween(this.#before[a]!, b, a);
  }

  /**
   * Adds the blocks from 1 up to `size` at once, in much less time than one after the other. `parentOf` returns the parent
   * of a block, which is an earlier one. The tree must have the root only. Returns the blocks in postorder.
   */
  *fill(size: number, parentOf: (block: number) => number): Generator<void, Int32Array> {
    this.#reserve(grownCapacity(this.parent.length, size));
    const { parent, height } = this;
    const before = this.#before;
    /** By block: the number of blocks in its subtree. */
    const sizes = new Uint32Array(size);
    /** By block: its child with the greatest index so far, or 0, since the root is no child. */
    const youngest = new Int32Array(size);
    for (let block = 1; block < size; block++) {
      if (block % BLOCKS_PER_PAUSE === 0) yield;
      const above = parentOf(block);
      parent[block] = above;
      height[block] = height[above]! + 1;
      this.#jump[block] = this.#jumpFrom(above);
      // The block before a subtree is the root of that of the next older sibling, or comes before that of the parent.
      before[block] = youngest[above] === 0 ? before[above]! : youngest[above]!;
      youngest[above] = block;
    }
    for (let block = size - 1; block >= 0; block--) {
      if (block % BLOCKS_PER_PAUSE === 0) yield;
      sizes[block]! += 1;
      if (block > 0) sizes[parent[block]!]! += sizes[block]!;
    }
    /** By block: the position in postorder at which the subtree of its next child begins. */
    const next = new Uint32Array(size);
    const sequence = new Int32Array(size);
    for (let block = 0; block < size; block++) {
      if (block % BLOCKS_PER_PAUSE === 0) yield;
      const start = block === 0 ? 0 : next[parent[block]!]!;
      if (block > 0) next[parent[block]!]! += sizes[block]!;
      next[block] = start;
      sequence[start + sizes[block]! - 1] = block;
    }
    yield* this.order.fill(sequence);
    this.size = size;
    return sequence;
  }

  /** Adds the next block as a child of `parent`. Returns its index. */
  add(parent: number): number {
    const block = this.size;
    // The columns are equally long.
    if (isNearlyFull(this.parent.length, block + 1)) this.#makeRoom(block);
    this.#before[block] = this.order.previous(parent);
    this.order.insertBefore(parent);
    this.parent[block] = parent;
    this.height[block] = this.height[parent]! + 1;
    this.#jump[block] = this.#jumpFrom(parent);
    this.size += 1;
    return block;
  }

  /** The child of `ancestor` whose subtree contains `descendant`, which is another block of its subtree. */
  childTowards(ancestor: number, descendant: number): number {
    const height = this.height[ancestor]!;
    let block = descendant;
    while (this.parent[block] !== ancestor) {
      const jump = this.#jump[block]!;
      block = this.height[jump]! > height ? jump : this.parent[block]!;
    }
    return block;
  }

  /** The block at this height on the way from `descendant` down to the root. */
  ancestorAt(height: number, descendant: number): number {
    let block = descendant;
    while (this.height[block]! > height) {
      const jump = this.#jump[block]!;
      block = this.height[jump]! >= height ? jump : this.parent[block]!;
    }
    return block;
  }

  /**
   * Returns the jump of a child of `parent`. If the two jumps from `parent` are equally long, the new jump spans both and the
   * edge to `parent`; otherwise it leads to `parent`.
   */
  #jumpFrom(parent: number): number {
    const first = this.#jump[parent]!;
    const second = this.#jump[first]!;
    const areEqual =
      this.height[parent]! - this.height[first]! === this.height[first]! - this.height[second]!;
    return areEqual ? second : parent;
  }

  #makeRoom(block: number): void {
    for (const lengthening of this.#lengthenings) lengthening.makeRoom(block, block + 1);
  }

  #reserve(capacity: number): void {
    this.parent = enlarged(this.parent, capacity);
    this.height = enlarged(this.height, capacity);
    this.#before = enlarged(this.#before, capacity);
    this.#jump = enlarged(this.#jump, capacity);
  }
}
