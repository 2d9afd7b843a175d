/** The consensus rules put together: from parents to a {@link Draft}. */
import { workFromCompact } from '../../pow/targets.ts';
import { type Blocks, isRed, mergedBlock } from './blocks.ts';
import { daaScore } from './daa.ts';
import { DifficultyRule, type DifficultySummary } from './difficulty.ts';
import { Draft, type DraftWindows, type WindowSource } from './draft.ts';
import { type Coloring, Ghostdag } from './ghostdag.ts';
import { MedianTimeRule } from './median-time.ts';
import { MergeDepth } from './merge-depth.ts';
import type { Reachability } from './reachability.ts';
import type { DagParams } from './types.ts';
import { SampledWindows } from './windows.ts';

/** Work values remembered by bits. Blocks near one another share few different bits. */
const REMEMBERED_WORK = 4096;

export class Rules implements WindowSource {
  readonly #blocks: Blocks;
  readonly #ghostdag: Ghostdag;
  readonly #difficulty: SampledWindows<DifficultySummary>;
  readonly #medianTime: SampledWindows<number | undefined>;
  /** The blue score covered by the difficulty window. */
  readonly #span: number;
  readonly mergeDepth: MergeDepth;
  readonly #workByBits = new Map<number, bigint>();

  constructor(params: DagParams, blocks: Blocks, reachability: Reachability, rememberedWindows: number) {
    this.#blocks = blocks;
    this.#ghostdag = new Ghostdag(params.ghostdagK, blocks, reachability);
    this.mergeDepth = new MergeDepth(params, blocks, reachability);
    this.#span = params.difficultyWindow * params.difficultySampleRate;
    this.#difficulty = new SampledWindows(
      blocks,
      new DifficultyRule(blocks, params),
      this.#span,
      rememberedWindows,
    );
    this.#medianTime = new SampledWindows(
      blocks,
      new MedianTimeRule(blocks, params),
      this.#span,
      rememberedWindows,
    );
  }

  /**
   * @param parents ascending by index
   * @param merged the merge set in ascending key order, without the selected parent
   */
  draft(parents: readonly number[], selectedParent: number, merged: readonly number[]): Draft {
    const coloring = this.#ghostdag.color(selectedParent, merged);
    const blueScore = this.#blocks.blueScore[selectedParent]! + coloring.blueCount;
    return new Draft(this, parents, selectedParent, merged, coloring, {
      blueScore,
      blueWork: this.#blueWork(selectedParent, coloring),
      daaScore: daaScore(this.#blocks, selectedParent, merged, blueScore, this.#span),
      mergeDepthRoot: this.mergeDepth.rootOf(selectedParent, blueScore),
    });
  }

  windowsOf(draft: Draft): DraftWindows {
    const { selectedParent, merged, blueScore } = draft;
    return {
      difficulty: this.#difficulty.windowOf(selectedParent, merged, blueScore),
      medianTime: this.#medianTime.windowOf(selectedParent, merged, blueScore),
    };
  }

  /** The lowest block of the selected chain that the windows of a block, and of all that build on it, can ask for. */
  lowestForWindows(block: number): number {
    // Genesis is the lowest of all, and indices ascend along a chain.
    return Math.min(this.#difficulty.lowestOf(block), this.#medianTime.lowestOf(block));
  }

  bits(block: number): number {
    return this.#blocks.bits[block]!;
  }

  timestampMs(block: number): number {
    return this.#blocks.timestampMs[block]!;
  }

  /** Keeps the windows of a draft that has become a block, for the blocks to come on top of it. */
  remember(block: number, draft: Draft): void {
    this.#difficulty.remember(block, draft.windows.difficulty);
    this.#medianTime.remember(block, draft.windows.medianTime);
  }

  #blueWork(selectedParent: number, coloring: Coloring): bigint {
    let work = this.#blocks.blueWork[selectedParent]! + this.#work(selectedParent);
    for (const entry of coloring.mergeSet) if (!isRed(entry)) work += this.#work(mergedBlock(entry));
    return work;
  }

  #work(block: number): bigint {
    const bits = this.#blocks.bits[block]!;
    let work = this.#workByBits.get(bits);
    if (work === undefined) {
      if (this.#workByBits.size >= REMEMBERED_WORK) this.#workByBits.clear();
      work = workFromCompact(bits);
      this.#workByBits.set(bits, work);
    }
    return work;
  }
}
