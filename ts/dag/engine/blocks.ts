/**
 * All that is kept of the blocks, in columns by dense index. Indices are given in the order of arrival, which is a
 * topological order; genesis is 0.
 */
import { AnticoneSizes } from './anticone-sizes.ts';
import { BlockIndex } from './block-index.ts';
import { enlarged, grownCapacity } from './columns.ts';
import { DagEngineError } from './errors.ts';
import { ListColumn } from './list-column.ts';
import type { DagNode, TrustedBlock } from './types.ts';

/** The index of genesis. */
export const GENESIS = 0;

/** In place of the selected parent of a block whose selected parent was pruned. */
export const PRUNED = -2;

/** Integers above this are not exact as doubles. */
const EXACT_LIMIT = 2 ** 53;

/**
 * A merge set is stored as its members but the selected parent, in ascending key order, each with its colour in the
 * lowest bit. So blues, reds and the order of both together come from one list.
 */
export const mergedBlock = (entry: number): number => entry >> 1;
export const isRed = (entry: number): boolean => (entry & 1) === 1;
export const mergeEntry = (block: number, red: boolean): number => (block << 1) | (red ? 1 : 0);

/** What is stored of a block's consensus data. */
export interface BlockData {
  readonly selectedParent: number;
  readonly mergeSet: readonly number[];
  readonly anticoneBlocks: readonly number[];
  readonly anticoneSizes: readonly number[];
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  readonly expectedBits: number;
  readonly pastMedianTimeMs: number;
  /** See `MergeDepth`. */
  readonly mergeDepthRoot: number;
}

export class Blocks {
  size = 0;
  readonly index = new BlockIndex();
  readonly parents = new ListColumn();
  /** See {@link mergeEntry}. */
  readonly mergeSet = new ListColumn();
  readonly anticoneSizes = new AnticoneSizes();
  /** -1 for genesis, {@link PRUNED} for a block at the lower end of what was kept. */
  selectedParent = new Int32Array(64);
  bits = new Uint32Array(64);
  expectedBits = new Uint32Array(64);
  timestampMs = new Float64Array(64);
  pastMedianTimeMs = new Float64Array(64);
  blueScore = new Float64Array(64);
  daaScore = new Float64Array(64);
  mergeDepthRoot = new Int32Array(64);
  readonly blueWork: bigint[] = [];
  /** `blueWork` rounded to a double: rounding keeps the order, so most comparisons need no bigint. */
  #roundedBlueWork = new Float64Array(64);
  /** The blocks that name pruned ones, as they were; the columns hold only what is left of their past. */
  readonly boundary = new Map<number, TrustedBlock>();

  /** Appends a block, its parents in the order they were given; returns its index. */
  append(node: DagNode, parents: readonly number[], data: BlockData): number {
    // Computed on access, which must not fail half-way.
    const { expectedBits, pastMedianTimeMs } = data;
    const block = this.size;
    if (block === this.bits.length) this.#grow();
    this.index.add(node.hash);
    this.parents.push(parents);
    this.mergeSet.push(data.mergeSet);
    this.anticoneSizes.push(data.anticoneBlocks, data.anticoneSizes);
    this.selectedParent[block] = data.selectedParent;
    this.bits[block] = node.bits;
    this.expectedBits[block] = expectedBits;
    this.timestampMs[block] = node.timestampMs;
    this.pastMedianTimeMs[block] = pastMedianTimeMs;
    this.blueScore[block] = data.blueScore;
    this.daaScore[block] = data.daaScore;
    this.mergeDepthRoot[block] = data.mergeDepthRoot;
    this.blueWork.push(data.blueWork);
    this.#roundedBlueWork[block] = Number(data.blueWork);
    this.size += 1;
    return block;
  }

  /** The selected parent of a block other than genesis, to walk on to. Throws `ERR_QANTO_RETENTION` where it was pruned. */
  chainParent(block: number): number {
    const parent = this.selectedParent[block]!;
    if (parent === PRUNED)
      throw new DagEngineError('ERR_QANTO_RETENTION', { hash: this.index.hashOf(block) });
    return parent;
  }

  /** Compares two blocks by key (blueWork, hash): negative, 0 or positive. */
  compareKeys(a: number, b: number): number {
    const workA = this.#roundedBlueWork[a]!;
    const workB = this.#roundedBlueWork[b]!;
    if (workA !== workB) return workA - workB;
    if (workA >= EXACT_LIMIT) {
      const exactA = this.blueWork[a]!;
      const exactB = this.blueWork[b]!;
      if (exactA !== exactB) return exactA < exactB ? -1 : 1;
    }
    return this.index.compare(a, b);
  }

  #grow(): void {
    const capacity = grownCapacity(this.size, this.size + 1);
    this.selectedParent = enlarged(this.selectedParent, capacity);
    this.bits = enlarged(this.bits, capacity);
    this.expectedBits = enlarged(this.expectedBits, capacity);
    this.timestampMs = enlarged(this.timestampMs, capacity);
    this.pastMedianTimeMs = enlarged(this.pastMedianTimeMs, capacity);
    this.blueScore = enlarged(this.blueScore, capacity);
    this.daaScore = enlarged(this.daaScore, capacity);
    this.mergeDepthRoot = enlarged(this.mergeDepthRoot, capacity);
    this.#roundedBlueWork = enlarged(this.#roundedBlueWork, capacity);
  }
}
