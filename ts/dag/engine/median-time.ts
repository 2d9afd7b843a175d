/**
 * Past median time: the mean of the middle timestamps of a sampled window (KIP-4). The timestamp of a block must be
 * greater, so that time advances although no single timestamp can be trusted.
 */
import type { Blocks } from './blocks.ts';
import type { SampledWindow } from './draft.ts';
import type { DagParams } from './types.ts';
import type { WindowRule } from './windows.ts';

/** The number of timestamps around the median that are averaged, so that a single outlier has little effect. */
const FRAME = 11;

/** The summary is the past median time in milliseconds; undefined for the empty window. */
export class MedianTimeRule implements WindowRule<number | undefined, number | undefined> {
  readonly size: number;
  readonly rate: number;
  readonly empty = undefined;
  readonly #blocks: Blocks;
  /** The timestamps of one window. The array is reused, since a new one for each refused block would burden the garbage collector. */
  #timestampsMs = new Float64Array(64);

  constructor(blocks: Blocks, params: DagParams) {
    this.#blocks = blocks;
    this.size = params.pastMedianTimeWindow;
    this.rate = params.pastMedianTimeSampleRate;
  }

  update(
    _previous: number | undefined,
    _added: readonly number[],
    _removed: ArrayLike<number>,
    blocks: Int32Array,
  ): number {
    return this.#medianOf(blocks, 0, []);
  }

  valueOf(summary: number | undefined): number | undefined {
    return summary;
  }

  changedValue(
    { blocks }: SampledWindow<number | undefined>,
    removed: number,
    added: readonly number[],
  ): number {
    return this.#medianOf(blocks, removed, added);
  }

  /** The past median time of the blocks from position `first` on and of other blocks. */
  #medianOf(blocks: Int32Array, first: number, others: readonly number[]): number {
    const { timestampMs } = this.#blocks;
    const length = blocks.length - first + others.length;
    if (this.#timestampsMs.length < length) this.#timestampsMs = new Float64Array(2 * length);
    const timestampsMs = this.#timestampsMs.subarray(0, length);
    let next = 0;
    for (let i = first; i < blocks.length; i++) timestampsMs[next++] = timestampMs[blocks[i]!]!;
    for (const block of others) timestampsMs[next++] = timestampMs[block]!;
    return pastMedianTime(timestampsMs);
  }
}

/** The rounded mean of the middle timestamps. Sorts its argument, which must not be empty. */
export function pastMedianTime(timestampsMs: Float64Array): number {
  timestampsMs.sort();
  const frame = Math.min(timestampsMs.length, FRAME);
  const end = Math.floor((timestampsMs.length + frame + 1) / 2);
  // Sums of timestamps may exceed 2^53; sums of differences from the first do not.
  const base = timestampsMs[end - frame]!;
  let sum = 0;
  for (let i = end - frame; i < end; i++) sum += timestampsMs[i]! - base;
  return base + Math.floor((sum + Math.floor(frame / 2)) / frame);
}
