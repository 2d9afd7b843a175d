/** The consensus rules that compute a {@link Draft} from parents. */
import { workFromCompact } from '../../pow/targets.ts';
import { type Blocks, isRed, mergedBlock } from './blocks.ts';
import { daaScore } from './daa.ts';
import { DifficultyRule } from './difficulty.ts';
import { type DifficultySummary, Draft, type Requirements, type WindowRules } from './draft.ts';
import { Ghostdag } from './ghostdag.ts';
import { MedianTimeRule } from './median-time.ts';
import { MergeDepth } from './merge-depth.ts';
import type { Reachability } from './reachability.ts';
import type { DagParams } from './types.ts';
import { SampledWindows } from './windows.ts';

/** Size of the cache of work by bits. Neighbouring blocks have few different bits. */
const REMEMBERED_WORK = 4096;

export class Rules implements WindowRules {
  readonly #blocks: Blocks;
  readonly #ghostdag: Ghostdag;
  readonly #difficulty: SampledWindows<DifficultySummary, number | undefined>;
  readonly #medianTime: SampledWindows<number | undefined, number | undefined>;
  /** The blue score that the difficulty window covers. */
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
    const { mergeSet, anticoneBlocks, anticoneSizes } = coloring;
    const fields = {
      parents,
      selectedParent,
      merged,
      mergeSet,
      anticoneBlocks,
      anticoneSizes,
      blueScore,
      blueWork: this.#blueWork(selectedParent, mergeSet),
      daaScore: daaScore(this.#blocks, selectedParent, merged, blueScore, this.#span),
      mergeDepthRoot: this.mergeDepth.rootOf(selectedParent, blueScore),
    };
    return new Draft(fields, this);
  }

  /** If a window is too short, the bits or the timestamp of the selected parent are used. */
  requirementsOf({ selectedParent, merged, blueScore }: Draft): Requirements {
    const bits = this.#difficulty.valueOf(selectedParent, merged, blueScore);
    const timeMs = this.#medianTime.valueOf(selectedParent, merged, blueScore);
    return {
      expectedBits: bits ?? this.#blocks.bits[selectedParent]!,
      pastMedianTimeMs: timeMs ?? this.#blocks.timestampMs[selectedParent]!,
    };
  }

  /** The lowest block of the selected chain that the windows of a block, and of all blocks that build on it, can read. */
  lowestForWindows(block: number): number {
    // Indices ascend along a chain.
    return Math.min(this.#difficulty.lowestOf(block), this.#medianTime.lowestOf(block));
  }

  /** Builds and remembers the windows of a block other than genesis. Pauses now and then. */
  *rebuildWindows(block: number): Generator<void, void> {
    yield* this.#difficulty.rebuild(block);
    yield* this.#medianTime.rebuild(block);
  }

  #blueWork(selectedParent: number, mergeSet: readonly number[]): bigint {
    let work = this.#blocks.blueWork.of(selectedParent) + this.#work(selectedParent);
    for (const entry of mergeSet) if (!isRed(entry)) work += this.#work(mergedBlock(entry));
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
