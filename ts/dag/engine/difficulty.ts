/**
 * Difficulty adjustment over the sampled window (KIP-4): the mean target of the window, multiplied by the time that its
 * blocks took and divided by the time that they should have taken.
 *
 * The sum of the targets and the order of the blocks by time are carried from window to window, so that a window costs
 * as much as changed in it, whatever its size.
 */
import { compactToTarget, targetToCompact } from '../../pow/targets.ts';
import type { Blocks } from './blocks.ts';
import type { DifficultySummary, SampledWindow } from './draft.ts';
import type { DagParams } from './types.ts';
import type { WindowRule } from './windows.ts';

/** Size of the cache of targets, a power of two. Most blocks of a window enter and leave it several times, on each branch. */
const REMEMBERED_TARGETS = 1024;

/** The easiest target that the adjustment yields. */
const MAX_TARGET = 2n ** 255n - 1n;

export class DifficultyRule implements WindowRule<DifficultySummary, number | undefined> {
  readonly size: number;
  readonly rate: number;
  readonly empty: DifficultySummary = { byTime: new Int32Array(0), targetSum: 0n, bits: undefined };
  readonly #blocks: Blocks;
  readonly #minSize: number;
  readonly #targetTimePerSampleMs: bigint;
  /** A direct-mapped cache; `#targetBits` has the bits of each slot, and 0 encodes no target. */
  readonly #targets: bigint[] = new Array(REMEMBERED_TARGETS).fill(0n);
  readonly #targetBits = new Uint32Array(REMEMBERED_TARGETS);

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
      targetSum -= this.#targetOf(block);
    }
    for (const block of added) {
      const at = this.#positionByTime(byTime, length, block);
      byTime.copyWithin(at + 1, at, length);
      byTime[at] = block;
      length += 1;
      targetSum += this.#targetOf(block);
    }
    const ends = { earliest: byTime[0]!, latest: byTime[length - 1]! };
    return { byTime, targetSum, bits: this.#adjustedBits(length, ends, targetSum) };
  }

  valueOf({ bits }: DifficultySummary): number | undefined {
    return bits;
  }

  changedValue(
    { blocks, summary }: SampledWindow<DifficultySummary>,
    removed: number,
    added: readonly number[],
  ): number | undefined {
    const length = blocks.length - removed + added.length;
    if (length < this.#minSize) return undefined;
    let { targetSum } = summary;
    for (let i = 0; i < removed; i++) targetSum -= this.#targetOf(blocks[i]!);
    for (const block of added) targetSum += this.#targetOf(block);
    const isRemoved = (block: number) => {
      for (let i = 0; i < removed; i++) if (blocks[i] === block) return true;
      return false;
    };
    const { byTime } = summary;
    let first = 0;
    let last = byTime.length - 1;
    while (first <= last && isRemoved(byTime[first]!)) first += 1;
    while (last >= first && isRemoved(byTime[last]!)) last -= 1;
    let earliest = first <= last ? byTime[first]! : added[0]!;
    let latest = first <= last ? byTime[last]! : added[0]!;
    for (const block of added) {
      if (this.#compareTimes(block, earliest) < 0) earliest = block;
      if (this.#compareTimes(block, latest) > 0) latest = block;
    }
    return this.#adjustedBits(length, { earliest, latest }, targetSum);
  }

  #targetOf(block: number): bigint {
    const bits = this.#blocks.bits[block]!;
    const slot = (bits ^ (bits >>> 8)) & (REMEMBERED_TARGETS - 1);
    if (this.#targetBits[slot] !== bits) {
      this.#targets[slot] = compactToTarget(bits);
      this.#targetBits[slot] = bits;
    }
    return this.#targets[slot]!;
  }

  /** Compares two blocks by (timestamp, blueWork, hash). */
  #compareTimes(a: number, b: number): number {
    const { timestampMs } = this.#blocks;
    return timestampMs[a]! - timestampMs[b]! || this.#blocks.compareKeys(a, b);
  }

  /** The position where a block is, or belongs, among the first `length` blocks of `byTime`. */
  #positionByTime(byTime: Int32Array, length: number, block: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareTimes(byTime[middle]!, block) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param length the number of blocks of the window */
  #adjustedBits(
    length: number,
    { earliest, latest }: { readonly earliest: number; readonly latest: number },
    targetSum: bigint,
  ): number | undefined {
    if (length < this.#minSize) return undefined;
    // The earliest block only marks the start: the n intervals between n + 1 blocks are the time of n blocks.
    const { timestampMs } = this.#blocks;
    const measuredMs = BigInt(Math.max(timestampMs[latest]! - timestampMs[earliest]!, 1));
    const count = BigInt(length - 1);
    const mean = (targetSum - this.#targetOf(earliest)) / count;
    const target = (mean * measuredMs) / (this.#targetTimePerSampleMs * count);
    if (target > MAX_TARGET) return targetToCompact(MAX_TARGET);
    // A target must be at least 1.
    return targetToCompact(target > 0n ? target : 1n);
  }
}
