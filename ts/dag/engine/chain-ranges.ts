/**
 * The Merkle mountain ranges over all selected chains. The range of a block covers its selected chain from genesis up to
 * the block itself, so the children that select it commit to the root of its range.
 *
 * The range of a block is that of its selected parent with one leaf added. Only the last peak of each range is stored,
 * with a reference to the range that has the other peaks. So each block adds one node, branches share the ranges of their
 * common chain, and appending a block takes one join on average. A range is computed when it is first needed.
 */
import {
  EMPTY_RANGE_ROOT,
  haveEqualLeaves,
  leavesOf,
  RANGE_NODE_BYTES,
  rangeLeaf,
  rangeRoot,
  writeJoined,
} from '../../proofs/range-node.ts';
import type { Blocks } from './blocks.ts';
import { Lengthening } from './lengthening.ts';
import { type RecordedColumn, recordedColumn } from './recorded-columns.ts';

const NONE = -1;

/** The size of the cache of roots, a power of two. */
const REMEMBERED_ROOTS = 256;

/** The number of ranges that are restored between two pauses. */
const RANGES_PER_PAUSE = 8192;

export class ChainRanges {
  readonly #blocks: Blocks;
  /** By block: the number of its range plus 1, or 0 if it is not computed yet. */
  #rangeOfBlock = new Int32Array(64);
  #size = 0;
  /** By range: its last peak. */
  #peaks = new Uint8Array(64 * RANGE_NODE_BYTES);
  /** By range: the range that has the other peaks, or NONE. */
  #others = new Int32Array(64);
  /** By range: the block that it belongs to, or NONE for a range that only has the peaks of others. */
  #blockOfRange = new Int32Array(64);
  readonly #rangesLengthening = new Lengthening(
    () => this.#rangeOfBlock,
    (column) => {
      this.#rangeOfBlock = column;
    },
  );
  readonly #peaksLengthening = new Lengthening(
    () => this.#peaks,
    (column) => {
      this.#peaks = column;
    },
  );
  readonly #othersLengthening = new Lengthening(
    () => this.#others,
    (column) => {
      this.#others = column;
    },
  );
  readonly #blocksLengthening = new Lengthening(
    () => this.#blockOfRange,
    (column) => {
      this.#blockOfRange = column;
    },
  );
  /**
   * Roots that were computed, in a direct-mapped cache by selected parent. Blocks that are mined at the same time have the same
   * few selected parents.
   */
  readonly #roots: string[] = new Array(REMEMBERED_ROOTS).fill(EMPTY_RANGE_ROOT);
  /** A node that is being computed. It is reused, since allocation costs as much as hashing. */
  readonly #joined = new Uint8Array(RANGE_NODE_BYTES);
  readonly #rootOwners = new Int32Array(REMEMBERED_ROOTS).fill(NONE);

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** The root that a block with this selected parent commits to. Throws `ERR_QANTO_RETENTION` if the chain was pruned. */
  rootOf(selectedParent: number): string {
    const slot = selectedParent & (REMEMBERED_ROOTS - 1);
    if (this.#rootOwners[slot] !== selectedParent) {
      const [last, ...others] = this.#peaksFromLast(this.#rangeOf(selectedParent));
      this.#roots[slot] = rangeRoot(writeJoined(this.#joined, last!, others));
      this.#rootOwners[slot] = selectedParent;
    }
    return this.#roots[slot]!;
  }

  /** The peaks of the range of a block, from left to right: all that is needed to append to it. */
  peaksOf(block: number): Uint8Array[] {
    return this.#peaksFromLast(this.#rangeOf(block)).reverse();
  }

  /** The number of leaves of the range of a block: its height on its selected chain, plus 1. */
  lengthOf(block: number): number {
    return this.#peaksFromLast(this.#rangeOf(block)).reduce((length, peak) => length + leavesOf(peak), 0);
  }

  /** The last peak of the range of a block: the greatest perfect subtree that ends with the block. */
  lastPeakOf(block: number): Uint8Array {
    return this.#peak(this.#rangeOf(block));
  }

  /** Gives a block whose past was pruned the range with these peaks, from left to right. */
  addPruned(block: number, peaks: readonly Uint8Array[]): void {
    let range = NONE;
    for (const peak of peaks) range = this.#add(peak, range);
    this.#setRange(block, range);
  }

  /** The number of ranges that were computed so far. */
  get size(): number {
    return this.#size;
  }

  /** The columns that a record of the engine contains. Ranges that it lacks are computed again. */
  recordedColumns(): RecordedColumn[] {
    return [
      recordedColumn(
        { name: 'blockOfRange', table: 'ranges' },
        () => this.#blockOfRange,
        (column) => {
          this.#blockOfRange = column;
        },
      ),
      recordedColumn(
        { name: 'rangeOthers', table: 'ranges' },
        () => this.#others,
        (column) => {
          this.#others = column;
        },
      ),
      recordedColumn(
        { name: 'rangePeaks', table: 'ranges', stride: RANGE_NODE_BYTES },
        () => this.#peaks,
        (column) => {
          this.#peaks = column;
        },
      ),
    ];
  }

  /** Continues after ranges whose columns were restored from a record. */
  *restored(size: number): Generator<void, void> {
    this.#makeRoom();
    for (let range = this.#size; range < size; range++) {
      if (range % RANGES_PER_PAUSE === 0) yield;
      const block = this.#blockOfRange[range]!;
      if (block !== NONE) this.#setRange(block, range);
    }
    this.#size = size;
  }

  #rangeOf(block: number): number {
    const missing: number[] = [];
    let known = block;
    while (known >= 0 && !this.#isKnown(known)) {
      missing.push(known);
      known = known === 0 ? NONE : this.#blocks.chainParent(known);
    }
    let range = known === NONE ? NONE : this.#rangeOfBlock[known]! - 1;
    for (const chainBlock of missing.reverse()) {
      range = this.#append(range, this.leafOf(chainBlock));
      this.#setRange(chainBlock, range);
    }
    return range;
  }

  #isKnown(block: number): boolean {
    return block < this.#rangeOfBlock.length && this.#rangeOfBlock[block] !== 0;
  }

  /** Joins the leaf with the last peak as long as both have the same number of leaves. */
  #append(range: number, leaf: Uint8Array): number {
    let peak = leaf;
    let others = range;
    while (others !== NONE && haveEqualLeaves(this.#peak(others), peak)) {
      peak = writeJoined(this.#joined, peak, [this.#peak(others)]);
      others = this.#others[others]!;
    }
    return this.#add(peak, others);
  }

  /** The leaf of a block. Throws `ERR_QANTO_RETENTION` if its selected parent was pruned. */
  leafOf(block: number): Uint8Array {
    const { index, blueWork, timestampMs } = this.#blocks;
    const before = block === 0 ? 0n : blueWork.of(this.#blocks.chainParent(block));
    return rangeLeaf(index.rawHashOf(block), blueWork.of(block) - before, timestampMs[block]!);
  }

  #peaksFromLast(range: number): Uint8Array[] {
    const peaks: Uint8Array[] = [];
    for (let part = range; part !== NONE; part = this.#others[part]!) peaks.push(this.#peak(part));
    return peaks;
  }

  #peak(range: number): Uint8Array {
    return this.#peaks.subarray(range * RANGE_NODE_BYTES, (range + 1) * RANGE_NODE_BYTES);
  }

  #add(peak: Uint8Array, others: number): number {
    const range = this.#size++;
    this.#othersLengthening.makeRoom(range, range + 1);
    this.#blocksLengthening.makeRoom(range, range + 1);
    this.#peaksLengthening.makeRoom(range * RANGE_NODE_BYTES, (range + 1) * RANGE_NODE_BYTES);
    this.#peaks.set(peak, range * RANGE_NODE_BYTES);
    this.#others[range] = others;
    this.#blockOfRange[range] = NONE;
    return range;
  }

  #setRange(block: number, range: number): void {
    this.#makeRoom();
    this.#rangeOfBlock[block] = range + 1;
    this.#rangesLengthening.changed(block, block + 1);
    this.#blockOfRange[range] = block;
  }

  /** Makes room for the ranges of all blocks. */
  #makeRoom(): void {
    const { size } = this.#blocks;
    this.#rangesLengthening.makeRoom(size, size + 1);
  }
}
