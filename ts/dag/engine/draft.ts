/** The consensus data of a would-be block by index. It is a pure function of the parents, so it never becomes stale. */

/** A sampled window (KIP-4), and what is computed from its blocks. */
export interface SampledWindow<S> {
  /** Ascending by key. */
  readonly blocks: Int32Array;
  readonly summary: S;
}

export interface DifficultySummary {
  /** The blocks of the window, ascending by (timestamp, blueWork, hash). */
  readonly byTime: Int32Array;
  readonly targetSum: bigint;
  /** The adjusted compact target; undefined while the window is too short. */
  readonly bits: number | undefined;
}

/** What the windows of a would-be block require of it. */
export interface Requirements {
  readonly expectedBits: number;
  readonly pastMedianTimeMs: number;
}

/** The windows of a would-be block, and what they require of it. */
export interface DraftWindows extends Requirements {
  readonly difficulty: SampledWindow<DifficultySummary>;
  readonly medianTime: SampledWindow<number | undefined>;
}

/** The rules that a draft calls when their results are needed. */
export interface WindowRules {
  windowsOf(draft: Draft): DraftWindows;
  /** What the windows require, without creating them. */
  requirementsOf(draft: Draft): Requirements;
}

/**
 * Computes the windows on first access, since the colouring alone is often enough. A block that claims wrong bits is refused
 * without its windows, because they would be most of what a flood of such blocks leaves to the garbage collector.
 */
export class Draft {
  /** Ascending by index. */
  readonly parents: readonly number[];
  readonly selectedParent: number;
  /** The merge set in ascending key order, without the selected parent. */
  readonly merged: readonly number[];
  /** The same blocks with their colours: see `mergeEntry`. */
  readonly mergeSet: readonly number[];
  /** The blues whose blue anticone sizes this block records, and parallel to it the sizes. */
  readonly anticoneBlocks: readonly number[];
  readonly anticoneSizes: readonly number[];
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  /** See `MergeDepth`. */
  readonly mergeDepthRoot: number;
  readonly #rules: WindowRules;
  #requirements: Requirements | undefined;
  #windows: DraftWindows | undefined;

  constructor(fields: Omit<Draft, keyof Requirements | 'windows'>, rules: WindowRules) {
    this.parents = fields.parents;
    this.selectedParent = fields.selectedParent;
    this.merged = fields.merged;
    this.mergeSet = fields.mergeSet;
    this.anticoneBlocks = fields.anticoneBlocks;
    this.anticoneSizes = fields.anticoneSizes;
    this.blueScore = fields.blueScore;
    this.blueWork = fields.blueWork;
    this.daaScore = fields.daaScore;
    this.mergeDepthRoot = fields.mergeDepthRoot;
    this.#rules = rules;
  }

  get windows(): DraftWindows {
    this.#windows ??= this.#rules.windowsOf(this);
    this.#requirements = this.#windows;
    return this.#windows;
  }

  get expectedBits(): number {
    return this.#required.expectedBits;
  }

  get pastMedianTimeMs(): number {
    return this.#required.pastMedianTimeMs;
  }

  get #required(): Requirements {
    this.#requirements ??= this.#rules.requirementsOf(this);
    return this.#requirements;
  }
}
