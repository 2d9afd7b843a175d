/** The consensus data of a would-be block by index. It is a pure function of the parents, so it never becomes stale. */

/** A sampled window (KIP-4), and what is computed from its blocks. */
export interface SampledWindow<S> {
  /** Ascending by key. They are part of the run. */
  readonly blocks: Int32Array;
  readonly run: WindowRun;
  readonly summary: S;
}

/** The memory that windows share: a window that only adds greater blocks to another one begins and ends further on in it. */
export interface WindowRun {
  readonly blocks: Int32Array;
  /** The number of blocks so far. Only a window that ends here can be continued; any other one has been already. */
  length: number;
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

/** The rules that a draft calls when their results are needed. */
export interface WindowRules {
  requirementsOf(draft: Draft): Requirements;
}

/** Computes what the windows require on first access, since the colouring alone is often enough. */
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

  constructor(fields: Omit<Draft, keyof Requirements>, rules: WindowRules) {
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
