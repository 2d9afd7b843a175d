/**
 * A total order of blocks, in which each new block is inserted directly before another one. A constant number of steps
 * tells which of two blocks comes first, and an insertion changes a constant number of labels on average, wherever it is.
 *
 * As in "Two Algorithms for Maintaining Order in a List" (Dietz and Sleator, STOC 1987), the order is cut into groups of
 * at most 31 blocks. A {@link LabelledList} labels the groups, and each block has a label within its group. A group that is
 * full is split into halves, which changes 31 labels. So a group receives at least 15 blocks before it is split. Of the
 * O(log n) labels of groups that a new group moves on average, each of these blocks is charged a fifteenth. Since log n is
 * at most 31, that is a constant.
 *
 * The longest operation moves the labels of all groups, of which there are at most about n / 15, and never those of all
 * blocks.
 */
import { enlarged, grownCapacity } from './columns.ts';
import { LabelledList, MAX_LABEL_BITS } from './labelled-list.ts';
import { Lengthening } from './lengthening.ts';

const NONE = -1;

/** The number of blocks, or of groups, that {@link BlockOrder.fill} inserts between two pauses. */
const BLOCKS_PER_PAUSE = 4096;

export interface BlockOrderOptions {
  /** The greatest number of blocks in a group: 2 to 31, which is the default. Smaller groups are split more often. */
  readonly groupCapacity?: number;
  /** The groups have labels below 2^labelBits, which must be at least the number of groups. At most 53, the default. */
  readonly labelBits?: number;
}

/**
 * Labels within a group are below 2^31. They never run out: a group begins with one block, or with at most 16 blocks that
 * are 2^27 - 1 apart, and it has 31 blocks at most. A new block halves the distance between two others.
 */
const MAX_LABEL = 2 ** 31 - 1;
const MAX_GROUP_CAPACITY = 31;

/** Blocks are identified by index: 0, 1, 2, … in the order in which they are inserted. Block 0 is always the last one. */
export class BlockOrder {
  readonly #capacity: number;
  readonly #groups: LabelledList;
  #size = 0;
  /** By block. */
  #previous = new Int32Array(64);
  /** By block: its group and its label, side by side, because they are read together. */
  #places = new Int32Array(2 * 64);
  /** By group: its last block, and the number of its blocks. */
  #lastBlock = new Int32Array(64);
  #count = new Uint8Array(64);
  #changed = 0;
  readonly #previousLengthening = new Lengthening(
    () => this.#previous,
    (column) => {
      this.#previous = column;
    },
  );
  readonly #placesLengthening = new Lengthening(
    () => this.#places,
    (column) => {
      this.#places = column;
    },
  );

  constructor({ groupCapacity = MAX_GROUP_CAPACITY, labelBits = MAX_LABEL_BITS }: BlockOrderOptions = {}) {
    this.#capacity = groupCapacity;
    this.#groups = new LabelledList(labelBits);
    this.#addAlone(NONE, 0);
  }

  /** The number of labels, of blocks and of groups, that were changed so far to make room for new blocks. */
  get changedLabels(): number {
    return this.#changed + this.#groups.changedLabels;
  }

  /** The block directly before another one, or -1. */
  previous(block: number): number {
    return this.#previous[block]!;
  }

  /** Whether block a comes before block b. */
  precedes(a: number, b: number): boolean {
    const places = this.#places;
    const groupOfA = places[2 * a]!;
    const groupOfB = places[2 * b]!;
    if (groupOfA === groupOfB) return places[2 * a + 1]! < places[2 * b + 1]!;
    return this.#groups.labels[groupOfA]! < this.#groups.labels[groupOfB]!;
  }

  /**
   * Whether a block comes after block `before`, which may be -1, but not after block `last`. Most of the time that queries
   * take is spent here and in {@link countBefore}, so both read the columns themselves.
   */
  isBetween(before: number, block: number, last: number): boolean {
    const places = this.#places;
    const groupLabels = this.#groups.labels;
    const group = places[2 * block]!;
    const groupLabel = groupLabels[group]!;
    const groupOfLast = places[2 * last]!;
    if (
      group === groupOfLast
        ? places[2 * block + 1]! > places[2 * last + 1]!
        : groupLabel > groupLabels[groupOfLast]!
    ) {
      return false;
    }
    if (before === NONE) return true;
    const groupOfBefore = places[2 * before]!;
    return group === groupOfBefore
      ? places[2 * before + 1]! < places[2 * block + 1]!
      : groupLabels[groupOfBefore]! < groupLabel;
  }

  /** How many of the blocks `sorted[from]` … `sorted[from + length - 1]`, which are in order, come before a block. */
  countBefore(sorted: Int32Array, from: number, length: number, block: number): number {
    const places = this.#places;
    const groupLabels = this.#groups.labels;
    const group = places[2 * block]!;
    const label = places[2 * block + 1]!;
    const groupLabel = groupLabels[group]!;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = 2 * sorted[from + middle]!;
      const groupOfOther = places[other]!;
      if (groupOfOther === group ? places[other + 1]! < label : groupLabels[groupOfOther]! < groupLabel) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Inserts all blocks of `sequence`, which has them in order. The order must have block 0 only, which comes last. The groups
   * are as full as those that were split, so the same limits hold afterwards.
   */
  *fill(sequence: Int32Array): Generator<void, void> {
    const size = sequence.length;
    const groupSize = Math.max(1, (this.#capacity + 1) >>> 1);
    const groups = Math.ceil(size / groupSize);
    const capacity = grownCapacity(this.#previous.length, size);
    this.#previous = enlarged(this.#previous, capacity);
    this.#places = enlarged(this.#places, 2 * capacity);
    yield* this.#groups.fill(groups);
    this.#makeRoomForGroups();
    for (let at = 0; at < size; at++) {
      if (at % BLOCKS_PER_PAUSE === 0) yield;
      this.#previous[sequence[at]!] = at === 0 ? NONE : sequence[at - 1]!;
    }
    for (let group = 0, end = size; group < groups; group++, end -= groupSize) {
      if (group % BLOCKS_PER_PAUSE === 0) yield;
      this.#lastBlock[group] = sequence[end - 1]!;
      this.#place(group, this.#lastBlock[group]!, Math.min(groupSize, end));
    }
    this.#size = size;
  }

  /** Inserts the next block directly before `next`. */
  insertBefore(next: number): void {
    const previous = this.#previous[next]!;
    let group = this.#places[2 * next]!;
    const isFull = this.#count[group] === this.#capacity;
    if (isFull && previous === NONE) {
      // A chain grows here, at the front of the order. If the group were split, both halves would stay half full.
      this.#setPrevious(next, this.#addAlone(previous, this.#groups.insertBefore(group)));
      return;
    }
    if (isFull) {
      this.#split(group);
      group = this.#places[2 * next]!;
    }
    const from =
      previous !== NONE && this.#places[2 * previous] === group ? this.#places[2 * previous + 1]! : 0;
    const label = from + ((this.#places[2 * next + 1]! - from) >>> 1);
    this.#count[group]! += 1;
    this.#setPrevious(next, this.#append(previous, group, label));
  }

  #setPrevious(block: number, previous: number): void {
    this.#previous[block] = previous;
    this.#previousLengthening.changed(block, block + 1);
  }

  /** Adds the next block, whose neighbours are in other groups, to a new group. Returns its index. */
  #addAlone(previous: number, group: number): number {
    this.#makeRoomForGroups();
    const block = this.#append(previous, group, MAX_LABEL);
    this.#lastBlock[group] = block;
    this.#count[group] = 1;
    return block;
  }

  /** Appends the next block to the columns. Returns its index. */
  #append(previous: number, group: number, label: number): number {
    const block = this.#size;
    this.#previousLengthening.makeRoom(block, block + 1);
    this.#placesLengthening.makeRoom(2 * block, 2 * block + 2);
    this.#previous[block] = previous;
    this.#places[2 * block] = group;
    this.#places[2 * block + 1] = label;
    this.#size += 1;
    return block;
  }

  /** Moves the first half of a group to a new group before it. */
  #split(group: number): void {
    const created = this.#groups.insertBefore(group);
    this.#makeRoomForGroups();
    const count = this.#count[group]!;
    const kept = count >>> 1;
    this.#lastBlock[created] = this.#assign(group, this.#lastBlock[group]!, kept);
    this.#assign(created, this.#lastBlock[created]!, count - kept);
  }

  /** Makes a group of `count` blocks that end with `last`, and spreads their labels. Returns the block before them. */
  #assign(group: number, last: number, count: number): number {
    this.#changed += count;
    return this.#place(group, last, count);
  }

  #place(group: number, last: number, count: number): number {
    const distance = Math.floor(MAX_LABEL / count);
    let block = last;
    for (let left = count; left > 0; left--) {
      this.#places[2 * block] = group;
      this.#places[2 * block + 1] = left * distance;
      this.#placesLengthening.changed(2 * block, 2 * block + 2);
      block = this.#previous[block]!;
    }
    this.#count[group] = count;
    return block;
  }

  #makeRoomForGroups(): void {
    const count = this.#groups.size;
    if (count <= this.#count.length) return;
    const capacity = grownCapacity(this.#count.length, count);
    this.#lastBlock = enlarged(this.#lastBlock, capacity);
    this.#count = enlarged(this.#count, capacity);
  }
}
