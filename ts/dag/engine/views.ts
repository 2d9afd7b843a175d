/**
 * Consensus data as the caller sees it, hashes instead of indices. Views read the columns when asked, so that making
 * one costs nothing; what they read never changes.
 */
import { type Blocks, isRed, mergedBlock } from './blocks.ts';
import { sameElements } from './columns.ts';
import type { Draft } from './draft.ts';
import type { BlockView, NodePreview } from './types.ts';

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

export class DraftView implements NodePreview {
  readonly draft: Draft;
  readonly #blocks: Blocks;

  constructor(blocks: Blocks, draft: Draft) {
    this.#blocks = blocks;
    this.draft = draft;
  }

  get selectedParent(): string {
    return this.#blocks.index.hashOf(this.draft.selectedParent);
  }

  get mergeSetBlues(): string[] {
    return blues(this.#blocks, this.draft.selectedParent, this.draft.mergeSet);
  }

  get mergeSetReds(): string[] {
    return reds(this.#blocks, this.draft.mergeSet);
  }

  get blueScore(): number {
    return this.draft.blueScore;
  }

  get blueWork(): bigint {
    return this.draft.blueWork;
  }

  get daaScore(): number {
    return this.draft.daaScore;
  }

  get expectedBits(): number {
    return this.draft.expectedBits;
  }

  get pastMedianTimeMs(): number {
    return this.draft.pastMedianTimeMs;
  }
}

/** A preview that remembers what it was asked for, so that adding that very block need not compute it again. */
export class PreviewView extends DraftView {
  /** The indices of the parents, in the order they were named. */
  readonly resolved: readonly number[];
  readonly #blocks: Blocks;
  readonly #parents: readonly string[];

  constructor(blocks: Blocks, draft: Draft, parents: readonly string[], resolved: readonly number[]) {
    super(blocks, draft);
    this.#blocks = blocks;
    this.#parents = [...parents];
    this.resolved = resolved;
  }

  /** Whether it was made for these parents among these blocks. */
  isOf(blocks: Blocks, parents: readonly string[]): boolean {
    return blocks === this.#blocks && sameElements(parents, this.#parents);
  }
}

/** A block of the DAG; of one at the lower end of what was kept, what it was before its past was pruned. */
export function viewOf(blocks: Blocks, block: number): BlockView {
  return blocks.boundary.get(block) ?? new StoredBlockView(blocks, block);
}

class StoredBlockView implements BlockView {
  readonly #blocks: Blocks;
  readonly #block: number;

  constructor(blocks: Blocks, block: number) {
    this.#blocks = blocks;
    this.#block = block;
  }

  get hash(): string {
    return this.#blocks.index.hashOf(this.#block);
  }

  get parents(): string[] {
    return hashes(this.#blocks, this.#blocks.parents.of(this.#block));
  }

  get bits(): number {
    return this.#blocks.bits[this.#block]!;
  }

  get timestampMs(): number {
    return this.#blocks.timestampMs[this.#block]!;
  }

  get selectedParent(): string | undefined {
    const parent = this.#blocks.selectedParent[this.#block]!;
    return parent < 0 ? undefined : this.#blocks.index.hashOf(parent);
  }

  get mergeSetBlues(): string[] {
    const parent = this.#blocks.selectedParent[this.#block]!;
    return parent < 0 ? [] : blues(this.#blocks, parent, this.#blocks.mergeSet.of(this.#block));
  }

  get mergeSetReds(): string[] {
    return reds(this.#blocks, this.#blocks.mergeSet.of(this.#block));
  }

  get blueScore(): number {
    return this.#blocks.blueScore[this.#block]!;
  }

  get blueWork(): bigint {
    return this.#blocks.blueWork[this.#block]!;
  }

  get daaScore(): number {
    return this.#blocks.daaScore[this.#block]!;
  }

  get expectedBits(): number {
    return this.#blocks.expectedBits[this.#block]!;
  }

  get pastMedianTimeMs(): number {
    return this.#blocks.pastMedianTimeMs[this.#block]!;
  }
}
