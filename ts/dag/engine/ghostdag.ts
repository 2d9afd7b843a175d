/**
 * GHOSTDAG colouring (PHANTOM and GHOSTDAG, eprint 2018/104, algorithm 1). A block inherits the colours of its selected
 * parent's past and colours its own merge set greedily: a candidate is blue if every blue, including the candidate,
 * then has at most k blues in its anticone.
 *
 * The anticone of a candidate is found by walking down the selected chain from the new block. The blues of each merge
 * set on the way are either in the candidate's past or in its anticone, since they cannot be in its future. The walk
 * ends at the first chain block in the candidate's past, because everything further down is in its past too. So a
 * candidate costs a few ancestry queries, however large the DAG is.
 */
import { type Blocks, mergeEntry, RED } from './blocks.ts';
import { grownCapacity, ReusedList } from './columns.ts';
import type { Reachability } from './reachability.ts';

/** The colours of a merge set. */
export interface Coloring {
  /** Entries as they are stored: see `mergeEntry`. */
  readonly mergeSet: readonly number[];
  /** The number of blues of the merge set, including the selected parent. */
  readonly blueCount: number;
  /** The blues whose blue anticone sizes this block records, and parallel to it the sizes. */
  readonly anticoneBlocks: readonly number[];
  readonly anticoneSizes: readonly number[];
}

export class Ghostdag {
  readonly #k: number;
  readonly #blocks: Blocks;
  readonly #reachability: Reachability;

  // The blues of the merge sets down the selected chain, nearest first, as far as they were needed. The blues of the i-th
  // merge set end at `#levelEnds[i]`.
  readonly #chainBlues = new ReusedList();
  readonly #levelEnds = new ReusedList();
  /** The chain block whose merge set comes next. */
  #nextChainBlock = 0;

  /**
   * Blue anticone sizes as seen from the block being coloured. A size is valid if its round is `#round`, and has
   * changed if its round is `#round + 1`.
   */
  #sizes = new Uint16Array(64);
  #rounds = new Uint32Array(64);
  #round = 0;
  readonly #changed = new ReusedList();
  /** Blues in the anticone of the candidate. */
  readonly #anticone = new ReusedList();

  constructor(k: number, blocks: Blocks, reachability: Reachability) {
    this.#k = k;
    this.#blocks = blocks;
    this.#reachability = reachability;
  }

  /** Colours a merge set, which is in ascending key order and without the selected parent. */
  color(selectedParent: number, mergeSet: readonly number[]): Coloring {
    this.#begin(selectedParent);
    const blues = [selectedParent];
    this.#setSize(selectedParent, 0);
    const entries: number[] = [];
    for (const candidate of mergeSet) {
      const blue = this.#isBlue(candidate, blues);
      if (blue) {
        const { values, length } = this.#anticone;
        for (let i = 0; i < length; i++) this.#setSize(values[i]!, this.#sizes[values[i]!]! + 1);
        blues.push(candidate);
        this.#setSize(candidate, this.#anticone.length);
      }
      entries.push(mergeEntry(candidate, !blue));
    }
    // Arrays of a known length take no more memory than they need.
    const changed = this.#changed;
    const anticoneBlocks = new Array<number>(changed.length);
    const anticoneSizes = new Array<number>(changed.length);
    for (let i = 0; i < changed.length; i++) {
      const block = changed.values[i]!;
      anticoneBlocks[i] = block;
      anticoneSizes[i] = this.#sizes[block]!;
    }
    return { mergeSet: entries, blueCount: blues.length, anticoneBlocks, anticoneSizes };
  }

  #begin(selectedParent: number): void {
    const size = this.#blocks.size;
    if (this.#sizes.length < size) {
      const capacity = grownCapacity(this.#sizes.length, size);
      // Nothing is copied, because a new round begins.
      this.#sizes = new Uint16Array(capacity);
      this.#rounds = new Uint32Array(capacity);
    }
    this.#round += 2;
    if (this.#round > 0xfffffffd) {
      this.#rounds.fill(0);
      this.#round = 2;
    }
    this.#chainBlues.clear();
    this.#levelEnds.clear();
    this.#nextChainBlock = selectedParent;
    this.#changed.clear();
  }

  /** Decides the colour of a candidate. If it is blue, `#anticone` then holds the blues of its anticone. */
  #isBlue(candidate: number, blues: readonly number[]): boolean {
    this.#anticone.clear();
    if (blues.length > this.#k) return false;
    for (const blue of blues) if (!this.#admits(blue, candidate)) return false;

    let next = 0;
    for (let level = 0; ; level++) {
      if (level === this.#levelEnds.length) this.#descend();
      // The first blue of a merge set is its selected parent, the next block down the chain.
      const isLast = this.#reachability.isAncestor(this.#chainBlues.values[next]!, candidate);
      if (isLast) next += 1;
      for (; next < this.#levelEnds.values[level]!; next++) {
        if (!this.#admits(this.#chainBlues.values[next]!, candidate)) return false;
      }
      if (isLast) return true;
    }
  }

  /** Adds a blue to the anticone if it belongs there. Returns false if the candidate must then be red. */
  #admits(blue: number, candidate: number): boolean {
    if (this.#reachability.isAncestor(blue, candidate)) return true;
    this.#anticone.push(blue);
    return this.#anticone.length <= this.#k && this.#sizes[blue]! < this.#k;
  }

  /** Reads the blues of the next merge set down the selected chain, and their blue anticone sizes. */
  #descend(): void {
    const { mergeSet, anticoneSizes } = this.#blocks;
    const chainBlock = this.#nextChainBlock;
    const parent = this.#blocks.chainParent(chainBlock);
    const sizes = anticoneSizes.read(chainBlock);
    for (let i = 0; i < sizes; i++) {
      const block = anticoneSizes.blocks[i]!;
      // A size that was read already is newer.
      if ((this.#rounds[block]! | 1) === (this.#round | 1)) continue;
      this.#rounds[block] = this.#round;
      this.#sizes[block] = anticoneSizes.tags[i]!;
    }
    this.#chainBlues.push(parent);
    const merged = mergeSet.read(chainBlock);
    for (let i = 0; i < merged; i++) {
      if (mergeSet.tags[i] !== RED) this.#chainBlues.push(mergeSet.blocks[i]!);
    }
    this.#levelEnds.push(this.#chainBlues.length);
    this.#nextChainBlock = parent;
  }

  #setSize(block: number, size: number): void {
    if (this.#rounds[block] !== this.#round + 1) {
      this.#rounds[block] = this.#round + 1;
      this.#changed.push(block);
    }
    this.#sizes[block] = size;
  }
}
