/**
 * The data of all blocks, in columns by dense index. Indices are given in the order of arrival, which is a topological
 * order; genesis is 0.
 */
import { toHex } from '../../pow/hex.ts';
import { BlockIndex } from './block-index.ts';
import { BlueWork } from './blue-work.ts';
import { ChainRanges } from './chain-ranges.ts';
import type { Column } from './columns.ts';
import type { Draft } from './draft.ts';
import { DagEngineError } from './errors.ts';
import { isNearlyFull, Lengthening } from './lengthening.ts';
import { PackedLists } from './packed-lists.ts';
import { PruningSamples } from './pruning-samples.ts';
import { type Counts, type RecordedColumn, recordedColumn } from './recorded-columns.ts';
import type { DagNode, DagParams, PrunedChain, TrustedBlock } from './types.ts';

/** The index of genesis. */
export const GENESIS = 0;

/** Stored as the selected parent of a block whose selected parent was pruned. */
export const PRUNED = -2;

/** The tag of a red block in a merge set. That of a blue one is 0. */
export const RED = 1;

/**
 * An entry of a merge set, which is without the selected parent and in ascending key order; the lowest bit of each entry is
 * the colour. So one list gives the blues, the reds and the order of both together.
 */
export const mergedBlock = (entry: number): number => entry >> 1;
const colourOf = (entry: number): number => entry & 1;
export const isRed = (entry: number): boolean => colourOf(entry) === RED;
export const mergeEntry = (block: number, red: boolean): number => (block << 1) | (red ? 1 : 0);

/** The public columns of {@link Blocks} with one number per block. */
const NUMBER_COLUMNS = [
  'selectedParent',
  'bits',
  'expectedBits',
  'timestampMs',
  'pastMedianTimeMs',
  'blueScore',
  'daaScore',
  'mergeDepthRoot',
] as const;

export class Blocks {
  size = 0;
  readonly index = new BlockIndex();
  readonly parents = new PackedLists(0);
  /** Without the selected parent, in ascending key order. The tag is the colour: 1 is red. */
  readonly mergeSet = new PackedLists(RED);
  /**
   * The blues whose blue anticone size the merge set of a block changed, the blues of the merge set included, each with its new
   * size as the tag. The size of a blue as seen from a block is the one recorded nearest down the selected chain of that
   * block.
   */
  readonly anticoneSizes: PackedLists;
  /** -1 for genesis, {@link PRUNED} for a block whose selected parent was pruned. */
  selectedParent = new Int32Array(64);
  bits = new Uint32Array(64);
  expectedBits = new Uint32Array(64);
  timestampMs = new Float64Array(64);
  pastMedianTimeMs = new Float64Array(64);
  blueScore = new Float64Array(64);
  daaScore = new Float64Array(64);
  mergeDepthRoot = new Int32Array(64);
  readonly blueWork = new BlueWork();
  /** The trusted blocks, as they were before their past was pruned; the columns name only the blocks that are kept. */
  readonly trusted = new Map<number, TrustedBlock>();
  readonly samples: PruningSamples;
  readonly ranges = new ChainRanges(this);
  readonly #numberColumns = NUMBER_COLUMNS.map((name) => ({
    name,
    get: (): Column => this[name],
    set: (column: Column): void => {
      Object.assign(this, { [name]: column });
    },
  }));
  readonly #lengthenings = this.#numberColumns.map(({ get, set }) => new Lengthening(get, set));

  constructor({ ghostdagK, pruning }: Pick<DagParams, 'ghostdagK' | 'pruning'>) {
    this.anticoneSizes = new PackedLists(ghostdagK);
    this.samples = new PruningSamples(pruning);
  }

  /** Appends a block and returns its index. The parents are stored in the order given. */
  append(node: DagNode, parents: readonly number[], draft: Omit<Draft, 'parents' | 'merged'>): number {
    // These getters compute the windows and may throw, so they come before any change.
    const { expectedBits, pastMedianTimeMs } = draft;
    const block = this.size;
    // All of these columns are equally long.
    if (isNearlyFull(this.bits.length, block + 1)) this.#makeRoom(block);
    this.index.add(node.hash);
    this.parents.push(parents);
    this.mergeSet.push(draft.mergeSet.map(mergedBlock), draft.mergeSet.map(colourOf));
    this.anticoneSizes.push(draft.anticoneBlocks, draft.anticoneSizes);
    this.selectedParent[block] = draft.selectedParent;
    this.bits[block] = node.bits;
    this.expectedBits[block] = expectedBits;
    this.timestampMs[block] = node.timestampMs;
    this.pastMedianTimeMs[block] = pastMedianTimeMs;
    this.blueScore[block] = draft.blueScore;
    this.daaScore[block] = draft.daaScore;
    this.mergeDepthRoot[block] = draft.mergeDepthRoot;
    this.blueWork.set(block, draft.blueWork);
    this.size += 1;
    this.#addSample(block, node.hash);
    return block;
  }

  /**
   * Hash of the pruning point of a block with this selected parent and blue score. Throws `ERR_QANTO_RETENTION` if
   * the sample was pruned.
   */
  pruningPointOf(selectedParent: number, blueScore: number): string {
    const hash = this.samples.pruningPointOf(selectedParent, blueScore);
    if (hash === undefined) throw this.#wasPruned(selectedParent);
    return hash;
  }

  /** What remains of the selected chain of a block when its past is pruned. */
  prunedChain(block: number): PrunedChain {
    // The children of the block have greater blue scores.
    const samples = this.samples.recordsOf(block, this.blueScore[block]! + 1);
    if (samples === undefined) throw this.#wasPruned(block);
    return { samples, peaks: this.ranges.peaksOf(block).map(toHex) };
  }

  /** The selected parent of a block other than genesis. Throws `ERR_QANTO_RETENTION` if it was pruned. */
  chainParent(block: number): number {
    const parent = this.selectedParent[block]!;
    if (parent === PRUNED) throw this.#wasPruned(block);
    return parent;
  }

  /** The merge set of a block: see {@link mergeEntry}. */
  mergeEntriesOf(block: number): number[] {
    const { mergeSet } = this;
    const entries: number[] = [];
    const count = mergeSet.read(block);
    for (let i = 0; i < count; i++) entries.push(mergeEntry(mergeSet.blocks[i]!, mergeSet.tags[i] === RED));
    return entries;
  }

  /** Compares two blocks by key (blueWork, hash): negative, 0 or positive. */
  compareKeys(a: number, b: number): number {
    return this.blueWork.compare(a, b) || this.index.compare(a, b);
  }

  /** The number of entries in each table of {@link recordedColumns}, and of the samples. */
  get counts(): Counts {
    return {
      blocks: this.size,
      parents: this.parents.end,
      mergeSets: this.mergeSet.end,
      anticones: this.anticoneSizes.end,
      ranges: this.ranges.size,
      samples: this.samples.all.length,
    };
  }

  /** The columns that a record of the engine contains. */
  recordedColumns(): RecordedColumn[] {
    const { blueWork } = this;
    return [
      ...this.#numberColumns.map(({ name, get, set }) => recordedColumn({ name, table: 'blocks' }, get, set)),
      ...blueWork.recordedColumns(),
      this.index.recordedColumn(),
      this.samples.recordedColumn(),
      ...this.parents.recordedColumns('parents'),
      ...this.mergeSet.recordedColumns('mergeSets'),
      ...this.anticoneSizes.recordedColumns('anticones'),
      ...this.ranges.recordedColumns(),
    ];
  }

  /** Continues after blocks whose columns, samples and trusted blocks were restored from a record. */
  *restored({ blocks, ranges }: Counts): Generator<void, void> {
    for (const lists of [this.parents, this.mergeSet, this.anticoneSizes]) lists.restored(blocks);
    yield* this.index.restored(blocks);
    this.size = blocks;
    yield* this.ranges.restored(ranges);
  }

  #addSample(block: number, hash: string): void {
    const parent = this.selectedParent[block]!;
    if (parent === PRUNED) this.samples.addPruned(block);
    else if (parent < 0) this.samples.begin(block, hash);
    else this.samples.add(block, hash, this.blueScore[block]!, parent, this.blueScore[parent]!);
  }

  #wasPruned(block: number): DagEngineError {
    return new DagEngineError('ERR_QANTO_RETENTION', { hash: this.index.hashOf(block) });
  }

  #makeRoom(block: number): void {
    for (const lengthening of this.#lengthenings) lengthening.makeRoom(block, block + 1);
  }
}
