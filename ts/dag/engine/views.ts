/**
 * What callers see of consensus data: hashes in place of indices. A view reads the columns when a property is read, so
 * creating one costs nothing. What it reads never changes, so a view stays readable after the engine has gone on.
 */

import { EMPTY_RANGE_ROOT } from '../../proofs/range-node.ts';
import { type Blocks, isRed, mergedBlock } from './blocks.ts';
import { sameElements } from './columns.ts';
import type { Draft } from './draft.ts';
import { NO_PRUNING_POINT } from './pruning-samples.ts';
import type { ConsensusData, DagNode, TrustedBlock } from './types.ts';

/** What a block with given parents must carry. A snapshot: it stays readable whatever happens to the engine. */
export class NodePreview implements ConsensusData {
  readonly #blocks: Blocks;
  readonly #parents: readonly string[] | undefined;
  /** @internal */
  readonly draft: Draft;
  /**
   * The indices of the parents, in the order in which they were named.
   *
   * @internal
   */
  readonly resolved: readonly number[];

  /**
   * @param parents the parents that were passed to `preview`; without them, `add` does not use the preview
   * @internal
   */
  constructor(blocks: Blocks, draft: Draft, parents?: readonly string[], resolved: readonly number[] = []) {
    this.#blocks = blocks;
    this.#parents = parents && [...parents];
    this.draft = draft;
    this.resolved = resolved;
  }

  /**
   * Whether it was made for these parents among these blocks, so that `add` need not compute it again.
   *
   * @internal
   */
  isOf(blocks: Blocks, parents: readonly string[]): boolean {
    return blocks === this.#blocks && this.#parents !== undefined && sameElements(parents, this.#parents);
  }

  /** Hash of the parent with the greatest key. */
  get selectedParent(): string {
    return this.#blocks.index.hashOf(this.draft.selectedParent);
  }

  /** Hashes of the blues of the merge set: the selected parent, then the others in ascending key order. */
  get mergeSetBlues(): readonly string[] {
    return blues(this.#blocks, this.draft.selectedParent, this.draft.mergeSet);
  }

  /** Hashes of the reds of the merge set in ascending key order. */
  get mergeSetReds(): readonly string[] {
    return reds(this.#blocks, this.draft.mergeSet);
  }

  /** The number of blue blocks in the past. */
  get blueScore(): number {
    return this.draft.blueScore;
  }

  /** The sum of the work of the blue blocks in the past. */
  get blueWork(): bigint {
    return this.draft.blueWork;
  }

  /** The number of blocks that count for difficulty adjustment, up to and including this block's merge set. */
  get daaScore(): number {
    return this.draft.daaScore;
  }

  /** The compact target (u32) that the block must claim. */
  get expectedBits(): number {
    return this.draft.expectedBits;
  }

  /** The block's timestamp must be greater than this; milliseconds since the Unix epoch. */
  get pastMedianTimeMs(): number {
    return this.draft.pastMedianTimeMs;
  }

  /** Hash of the pruning point that the block must commit to. */
  get pruningPoint(): string {
    return this.#blocks.pruningPointOf(this.draft.selectedParent, this.draft.blueScore);
  }

  /** The root of the Merkle mountain range over the selected chain, from genesis to the selected parent. */
  get chainRoot(): string {
    return this.#blocks.ranges.rootOf(this.draft.selectedParent);
  }
}

/** A block of the DAG with its consensus data. A snapshot: it stays readable whatever happens to the engine. */
export class BlockView implements ConsensusData, DagNode {
  readonly #blocks: Blocks;
  readonly #block: number;
  /** A block whose past was pruned names the blocks that it named before, although the columns lack them. */
  readonly #trusted: TrustedBlock | undefined;

  /** @internal */
  constructor(blocks: Blocks, block: number) {
    this.#blocks = blocks;
    this.#block = block;
    this.#trusted = blocks.trusted.get(block);
  }

  /** The block's id: 64 lowercase hex digits. */
  get hash(): string {
    return this.#blocks.index.hashOf(this.#block);
  }

  /** Hashes of the parents, in the order in which they were given. Empty for genesis alone. */
  get parents(): readonly string[] {
    return this.#trusted?.parents ?? hashes(this.#blocks, this.#blocks.parents.of(this.#block));
  }

  /** The target that the block claims, in compact form (u32). */
  get bits(): number {
    return this.#blocks.bits[this.#block]!;
  }

  /** Milliseconds since the Unix epoch. */
  get timestampMs(): number {
    return this.#blocks.timestampMs[this.#block]!;
  }

  /** Hash of the parent with the greatest key; undefined for genesis alone. */
  get selectedParent(): string | undefined {
    if (this.#trusted !== undefined) return this.#trusted.selectedParent;
    const parent = this.#blocks.selectedParent[this.#block]!;
    return parent < 0 ? undefined : this.#blocks.index.hashOf(parent);
  }

  /** Hashes of the blues of the merge set: the selected parent, then the others in ascending key order. */
  get mergeSetBlues(): readonly string[] {
    if (this.#trusted !== undefined) return this.#trusted.mergeSetBlues;
    const parent = this.#blocks.selectedParent[this.#block]!;
    return parent < 0 ? [] : blues(this.#blocks, parent, this.#blocks.mergeEntriesOf(this.#block));
  }

  /** Hashes of the reds of the merge set in ascending key order. */
  get mergeSetReds(): readonly string[] {
    return this.#trusted?.mergeSetReds ?? reds(this.#blocks, this.#blocks.mergeEntriesOf(this.#block));
  }

  /** The number of blue blocks in the past. */
  get blueScore(): number {
    return this.#blocks.blueScore[this.#block]!;
  }

  /** The sum of the work of the blue blocks in the past. */
  get blueWork(): bigint {
    return this.#blocks.blueWork.of(this.#block);
  }

  /** The number of blocks that count for difficulty adjustment, up to and including this block's merge set. */
  get daaScore(): number {
    return this.#blocks.daaScore[this.#block]!;
  }

  /** The compact target (u32) that a block with this past must claim. */
  get expectedBits(): number {
    return this.#blocks.expectedBits[this.#block]!;
  }

  /** A block's timestamp must be greater than this; milliseconds since the Unix epoch. */
  get pastMedianTimeMs(): number {
    return this.#blocks.pastMedianTimeMs[this.#block]!;
  }

  /** Hash of the pruning point that the block commits to; 64 zeros for genesis alone. */
  get pruningPoint(): string {
    if (this.#trusted !== undefined) return this.#trusted.pruningPoint;
    const parent = this.#blocks.selectedParent[this.#block]!;
    return parent < 0 ? NO_PRUNING_POINT : this.#blocks.pruningPointOf(parent, this.blueScore);
  }

  /**
   * The root of the Merkle mountain range over the selected chain, from genesis to the selected parent; 64 zeros for
   * genesis alone.
   */
  get chainRoot(): string {
    if (this.#trusted !== undefined) return this.#trusted.chainRoot;
    const parent = this.#blocks.selectedParent[this.#block]!;
    return parent < 0 ? EMPTY_RANGE_ROOT : this.#blocks.ranges.rootOf(parent);
  }
}

function hashes(blocks: Blocks, indices: Iterable<number>): string[] {
  return Array.from(indices, (block) => blocks.index.hashOf(block));
}

function blues(blocks: Blocks, selectedParent: number, mergeSet: ArrayLike<number>): string[] {
  const entries = Array.from(mergeSet).filter((entry) => !isRed(entry));
  return hashes(blocks, [selectedParent, ...entries.map(mergedBlock)]);
}

function reds(blocks: Blocks, mergeSet: ArrayLike<number>): string[] {
  return hashes(blocks, Array.from(mergeSet).filter(isRed).map(mergedBlock));
}
