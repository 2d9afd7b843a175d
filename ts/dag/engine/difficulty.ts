/**
 * Difficulty adjustment over the sampled window (KIP-4): the mean target of the window, multiplied by the time that its
 * blocks took and divided by the time that they should have taken.
 *
 * The sum of the targets and the order of the blocks by time are carried from window to window, so that a window costs
 * as much as changed in it, whatever its size.
 */
import { compactToTarget, targetToCompact } from '../../pow/targets.ts';
import type { Blocks } from './blocks.ts';
import type { DifficultySummary } from './draft.ts';
import type { DagParams } from './types.ts';
import type { WindowRule } from './windows.ts';

/** The easiest target that the adjustment yields. */
const MAX_TARGET = 2n ** 255n - 1n;

export class DifficultyRule implements WindowRule<DifficultySummary> {
  readonly size: number;
  readonly rate: number;
  readonly empty: DifficultySummary = { byTime: new Int32Array(0), targetSum: 0n, bits: undefined };
  readonly #blocks: Blocks;
  readonly #minSize: number;
  readonly #targetTimePerSampleMs: bigint;

  constructor(blocks: Blocks, params: DagParams) {
    this.#blocks = blocks;
    this.size = params.difficultyWindow;
    this.rate = params.difficultySampleRate;
    this.#minSize = params.minDifficultyWindow;
    this.#targetTimePerSampleMs = BigInt(params.targetTimePerBlockMs) * BigInt(params.difficultySampleRate);
  }

  update(
    previous: DifficultySummary,
    added: readonly number[],
    removed: ArrayLike<number>,
    blocks: Int32Array,
  ): DifficultySummary {
    const byTime = new Int32Array(blocks.length);
    byTime.set(previous.byTime);
    let length = previous.byTime.length;
    let targetSum = previous.targetSum;
    for (let i = 0; i < removed.length; i++) {
      const block = removed[i]!;
      const at = this.#positionByTime(byTime, length, block);
      byTime.copyWithin(at, at + 1, length);
      length -= 1;
      targetSum -= compactToTarget(this.#blocks.bits[block]!);
    }
    for (const block of added) {
      const at = this.#positionByTime(byTime, length, block);
      byTime.copyWithin(at + 1, at, length);
      byTime[at] = block;
      length += 1;
      targetSum += compactToTarget(this.#blocks.bits[block]!);
    }
    return { byTime, targetSum, bits: this.#adjustedBits(byTime, targetSum) };
  }

  /** The position where a block is, or belongs, among the first `length` blocks of `byTime`. */
  #positionByTime(byTime: Int32Array, length: number, block: number): number {
    const { timestampMs } = this.#blocks;
    const time = timestampMs[block]!;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = byTime[middle]!;
      const order = timestampMs[other]! - time || this.#blocks.compareKeys(other, block);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #adjustedBits(byTime: Int32Array, targetSum: bigint): number | undefined {
    if (byTime.length < this.#minSize) return undefined;
    // The earliest block only marks the start: the n intervals between n + 1 blocks are the time of n blocks.
    const earliest = byTime[0]!;
    const latest = byTime[byTime.length - 1]!;
    const { timestampMs, bits } = this.#blocks;
    const measuredMs = BigInt(Math.max(timestampMs[latest]! - timestampMs[earliest]!, 1));
    const count = BigInt(byTime.length - 1);
    const mean = (targetSum - compactToTarget(bits[earliest]!)) / count;
    const target = (mean * measuredMs) / (this.#targetTimePerSampleMs * count);
    if (target > MAX_TARGET) return targetToCompact(MAX_TARGET);
    // A target must be at least 1.
    return targetToCompact(target > 0n ? target : 1n);
  }
}
