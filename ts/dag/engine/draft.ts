/**
 * The consensus data of a block before it exists: a pure function of its parents, so never stale. Windows are
 * computed when they are asked for, since the colouring alone is often enough.
 */
import type { BlockData } from './blocks.ts';
import type { DifficultySummary } from './difficulty.ts';
import type { Coloring } from './ghostdag.ts';
import type { SampledWindow } from './windows.ts';

export interface DraftWindows {
  readonly difficulty: SampledWindow<DifficultySummary>;
  readonly medianTime: SampledWindow<number | undefined>;
}

/** What the windows of a draft are made from, and what stands in where they are too short. */
export interface WindowSource {
  windowsOf(draft: Draft): DraftWindows;
  bits(block: number): number;
  timestampMs(block: number): number;
}

/** The parts of a draft that colouring settles. */
export interface DraftScores {
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  readonly mergeDepthRoot: number;
}

export class Draft implements BlockData {
  /** Ascending by index. */
  readonly parents: readonly number[];
  readonly selectedParent: number;
  /** The merge set in ascending key order, without the selected parent. */
  readonly merged: readonly number[];
  readonly mergeSet: readonly number[];
  readonly anticoneBlocks: readonly number[];
  readonly anticoneSizes: readonly number[];
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  readonly mergeDepthRoot: number;
  readonly #source: WindowSource;
  #windows: DraftWindows | undefined;

  constructor(
    source: WindowSource,
    parents: readonly number[],
    selectedParent: number,
    merged: readonly number[],
    coloring: Coloring,
    scores: DraftScores,
  ) {
    this.#source = source;
    this.parents = parents;
    this.selectedParent = selectedParent;
    this.merged = merged;
    this.mergeSet = coloring.mergeSet;
    this.anticoneBlocks = coloring.anticoneBlocks;
    this.anticoneSizes = coloring.anticoneSizes;
    this.blueScore = scores.blueScore;
    this.blueWork = scores.blueWork;
    this.daaScore = scores.daaScore;
    this.mergeDepthRoot = scores.mergeDepthRoot;
  }

  get windows(): DraftWindows {
    this.#windows ??= this.#source.windowsOf(this);
    return this.#windows;
  }

  /** The adjusted difficulty; that of the selected parent while the window is too short. */
  get expectedBits(): number {
    return this.windows.difficulty.summary.bits ?? this.#source.bits(this.selectedParent);
  }

  /** The past median time; the selected parent's timestamp while the window is empty. */
  get pastMedianTimeMs(): number {
    return this.windows.medianTime.summary ?? this.#source.timestampMs(this.selectedParent);
  }
}
