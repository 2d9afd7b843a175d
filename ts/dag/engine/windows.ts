/**
 * Sampled windows (KIP-4). Going down the selected chain, every `rate`-th of the blocks that count for difficulty
 * adjustment is sampled, and the `size` samples with the greatest keys are the window.
 *
 * The window of a block is the window of its selected parent with the samples of its own merge set added, and the
 * smallest excess blocks removed. A removed block never returns, since a block has a greater key than its past. Windows
 * are immutable and shared: a block that samples nothing has the same window object as its selected parent, and the windows
 * along a chain are parts of one array of blocks.
 *
 * Most blocks are never a selected parent, so the window of a block is built when a child first needs it, by walking down its
 * selected chain to a window that is remembered. The windows of recent blocks are.
 */
import { type Blocks, GENESIS } from './blocks.ts';
import { sorted } from './columns.ts';
import { daaThreshold } from './daa.ts';
import type { SampledWindow, WindowRun } from './draft.ts';

/**
 * The size and rate of a kind of window, the summary that it computes from the blocks of a window, and the value that the
 * summary has for a block.
 */
export interface WindowRule<S, V> {
  readonly size: number;
  readonly rate: number;
  /** The summary of a window without blocks. */
  readonly empty: S;
  /**
   * The summary of a window, computed from the summary of the window that it was made from.
   *
   * @param blocks all blocks of the window, ascending by key
   */
  update(previous: S, added: readonly number[], removed: ArrayLike<number>, blocks: Int32Array): S;
  valueOf(summary: S): V;
  /**
   * The value of the summary that `update` would return, without creating it.
   *
   * @param window the window to change
   * @param removed the number of blocks, counted from the smallest, that are removed
   */
  changedValue(window: SampledWindow<S>, removed: number, added: readonly number[]): V;
}

const NO_SAMPLES: readonly number[] = [];

/** The number of chain blocks that are read between two pauses. */
const CHAIN_BLOCKS_PER_PAUSE = 256;

export class SampledWindows<S, V> {
  readonly #blocks: Blocks;
  readonly #rule: WindowRule<S, V>;
  readonly #span: number;
  readonly #empty: SampledWindow<S>;
  /** A direct-mapped cache by block index; `#owners` has the block of each slot. */
  readonly #remembered: (SampledWindow<S> | undefined)[];
  readonly #owners: Int32Array;

  /**
   * @param span the blue score that the whole difficulty window covers
   * @param remembered the number of windows to remember, a power of two
   */
  constructor(blocks: Blocks, rule: WindowRule<S, V>, span: number, remembered: number) {
    this.#remembered = new Array(remembered).fill(undefined);
    this.#owners = new Int32Array(remembered).fill(-1);
    this.#blocks = blocks;
    this.#rule = rule;
    this.#span = span;
    const none = new Int32Array(0);
    this.#empty = { blocks: none, run: { blocks: none, length: 0 }, summary: rule.empty };
  }

  /** The value of the window of a would-be block. `mergeSet` is ascending by key and without the selected parent. */
  valueOf(selectedParent: number, mergeSet: readonly number[], blueScore: number): V {
    if (selectedParent === GENESIS) return this.#rule.valueOf(this.#empty.summary);
    const samples = this.#samples(selectedParent, mergeSet, blueScore);
    const window = this.#windowOfBlock(selectedParent);
    const { removed, added } = this.#change(window, samples);
    if (added.length === 0) return this.#rule.valueOf(window.summary);
    return this.#rule.changedValue(window, removed, added);
  }

  #remember(block: number, window: SampledWindow<S>): void {
    const slot = block & (this.#owners.length - 1);
    this.#remembered[slot] = window;
    this.#owners[slot] = block;
  }

  #recall(block: number): SampledWindow<S> | undefined {
    const slot = block & (this.#owners.length - 1);
    return this.#owners[slot] === block ? this.#remembered[slot] : undefined;
  }

  #windowOfBlock(block: number): SampledWindow<S> {
    const recalled = this.#recall(block);
    if (recalled !== undefined) return recalled;
    const parent = this.#blocks.chainParent(block);
    const base = this.#recall(parent);
    if (base === undefined) return runSteps(this.rebuild(block));
    // The window of the selected parent of most blocks is remembered, so that there is nothing to walk.
    const samples = this.#samples(parent, this.#mergeSetOf(block), this.#blocks.blueScore[block]!);
    const window = this.#extended(base, samples);
    this.#remember(block, window);
    return window;
  }

  /**
   * The lowest block of the selected chain that is read when the window of a block is built from scratch. Blocks that
   * build on it begin with more samples, so that building their windows reads no lower block.
   */
  lowestOf(block: number): number {
    return runSteps(this.#walk(block, () => undefined)).lowest;
  }

  /**
   * Builds the window of a block in the DAG, from the nearest remembered window down its chain or from scratch, and remembers
   * it. Pauses now and then.
   */
  *rebuild(block: number): Generator<void, SampledWindow<S>> {
    const { samples, base } = yield* this.#walk(block, (chainBlock) => this.#recall(chainBlock));
    const window = this.#extended(base, samples);
    this.#remember(block, window);
    return window;
  }

  /**
   * Collects samples (ascending) down the selected chain of a block, until a window is `known` or the samples suffice.
   */
  *#walk(
    block: number,
    known: (chainBlock: number) => SampledWindow<S> | undefined,
  ): Generator<void, { samples: number[]; base: SampledWindow<S>; lowest: number }> {
    const { blueScore } = this.#blocks;
    const { size } = this.#rule;
    let samples: number[] = [];
    let base = this.#empty;
    let chainBlock = block;
    let parent = this.#blocks.chainParent(chainBlock);
    for (let walked = 0; parent !== GENESIS; walked++) {
      if (walked % CHAIN_BLOCKS_PER_PAUSE === CHAIN_BLOCKS_PER_PAUSE - 1) yield;
      // If the smallest key of a full window exceeds that of the next chain block, no lower block can be in the window.
      if (samples.length === size && this.#blocks.compareKeys(samples[0]!, parent) > 0) break;
      const found = this.#samples(parent, this.#mergeSetOf(chainBlock), blueScore[chainBlock]!);
      samples.push(...found);
      if (found.length > 0 && samples.length >= size) samples = this.#sorted(samples).slice(-size);
      const recalled = known(parent);
      if (recalled !== undefined) {
        base = recalled;
        break;
      }
      chainBlock = parent;
      parent = this.#blocks.chainParent(chainBlock);
    }
    return { samples: this.#sorted(samples), base, lowest: parent };
  }

  #mergeSetOf(block: number): number[] {
    return this.#blocks.mergeSet.of(block);
  }

  #sorted(blocks: number[]): number[] {
    return sorted(blocks, (a, b) => this.#blocks.compareKeys(a, b));
  }

  /** The sampled blocks among the selected parent and the merge set, ascending by key. */
  #samples(selectedParent: number, mergeSet: readonly number[], blueScore: number): readonly number[] {
    const { rate } = this.#rule;
    let number = this.#blocks.daaScore[selectedParent]!;
    // Most merge sets are smaller than the rate and contain no sample.
    if (Math.floor((number + 1 + mergeSet.length) / rate) === Math.floor(number / rate)) return NO_SAMPLES;
    const samples: number[] = [];
    const threshold = daaThreshold(blueScore, this.#span);
    for (let i = mergeSet.length; i >= 0; i--) {
      const block = i === mergeSet.length ? selectedParent : mergeSet[i]!;
      if (this.#blocks.blueScore[block]! < threshold) continue;
      number += 1;
      if (number % rate === 0) samples.push(block);
    }
    return samples.reverse();
  }

  /** The number of the smallest blocks that leave the window, and the samples (ascending) that enter it. */
  #change({ blocks: old }: SampledWindow<S>, samples: readonly number[]) {
    let removed = 0;
    let firstAdded = 0;
    for (let excess = old.length + samples.length - this.#rule.size; excess > 0; excess--) {
      const dropsSample =
        removed === old.length ||
        (firstAdded < samples.length && this.#blocks.compareKeys(samples[firstAdded]!, old[removed]!) < 0);
      if (dropsSample) firstAdded += 1;
      else removed += 1;
    }
    return { removed, added: firstAdded === 0 ? samples : samples.slice(firstAdded) };
  }

  /** A window with samples (ascending) added and the smallest excess blocks removed. */
  #extended(window: SampledWindow<S>, samples: readonly number[]): SampledWindow<S> {
    const { removed: count, added } = this.#change(window, samples);
    if (added.length === 0) return window;
    const old = window.blocks;
    const removed = old.subarray(0, count);
    const { run, blocks } = this.#continued(window, count, added) ?? this.#merged(old.subarray(count), added);
    return { blocks, run, summary: this.#rule.update(window.summary, added, removed, blocks) };
  }

  /**
   * The blocks of a window without the smallest ones, and other blocks behind them. Undefined if these are not greater, or if
   * there is no room.
   */
  #continued({ blocks: old, run }: SampledWindow<S>, removed: number, added: readonly number[]) {
    const end = old.byteOffset / old.BYTES_PER_ELEMENT + old.length;
    const isLast = run.length === end && end + added.length <= run.blocks.length;
    if (!isLast || this.#blocks.compareKeys(old[old.length - 1]!, added[0]!) > 0) return undefined;
    run.blocks.set(added, end);
    run.length += added.length;
    return { run, blocks: run.blocks.subarray(end - old.length + removed, run.length) };
  }

  /** Both lists of blocks merged in a new array, which has room for more. */
  #merged(old: Int32Array, added: readonly number[]) {
    const length = old.length + added.length;
    const run: WindowRun = { blocks: new Int32Array(length + this.#rule.size), length };
    const blocks = run.blocks.subarray(0, length);
    blocks.set(old);
    // Samples are mostly greater than the blocks of the window, so merge from the top down to the smallest sample.
    let to = length - 1;
    let from = old.length - 1;
    for (let i = added.length - 1; i >= 0; ) {
      if (from >= 0 && this.#blocks.compareKeys(blocks[from]!, added[i]!) > 0) blocks[to--] = blocks[from--]!;
      else blocks[to--] = added[i--]!;
    }
    return { run, blocks };
  }
}

/** Runs all steps without a pause. */
function runSteps<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
