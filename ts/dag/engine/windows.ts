/**
 * Sampled windows (KIP-4): of the blocks that count for difficulty adjustment on the way down the selected-parent
 * chain every `rate`-th is sampled, and the `size` of them with the greatest keys are the window.
 *
 * A block's window is its selected parent's with the samples of its own merge set put in, and the smallest that are too
 * many taken out: the keys of a past are all smaller than the block's own, so nothing further down can come
 * back. Windows are immutable and shared: a block that samples nothing has the very window of its selected parent. Those
 * of recent blocks are remembered; the window of an older one is built by walking down its chain.
 */
import { type Blocks, GENESIS, mergedBlock } from './blocks.ts';
import { daaThreshold } from './daa.ts';

/** What a kind of window computes from its blocks, carried from window to window. */
export interface WindowRule<S> {
  readonly size: number;
  readonly rate: number;
  /** The summary of a window without blocks. */
  readonly empty: S;
  /**
   * The summary of a window, given that of the one it was made from.
   * @param blocks all blocks in the window, ascending by key
   */
  update(previous: S, added: readonly number[], removed: ArrayLike<number>, blocks: Int32Array): S;
}

export interface SampledWindow<S> {
  /** Ascending by key. */
  readonly blocks: Int32Array;
  readonly summary: S;
}

export class SampledWindows<S> {
  readonly #blocks: Blocks;
  readonly #rule: WindowRule<S>;
  readonly #span: number;
  readonly #empty: SampledWindow<S>;
  /** Direct-mapped by block index; `#owners` says whose window a slot holds. */
  readonly #remembered: (SampledWindow<S> | undefined)[];
  readonly #owners: Int32Array;

  /**
   * @param span blue score covered by the whole difficulty window
   * @param remembered how many windows are remembered: a power of two
   */
  constructor(blocks: Blocks, rule: WindowRule<S>, span: number, remembered: number) {
    this.#remembered = new Array(remembered).fill(undefined);
    this.#owners = new Int32Array(remembered).fill(-1);
    this.#blocks = blocks;
    this.#rule = rule;
    this.#span = span;
    this.#empty = { blocks: new Int32Array(0), summary: rule.empty };
  }

  /** The window of a block that is not in the DAG yet. `mergeSet` ascends by key, without the selected parent. */
  windowOf(selectedParent: number, mergeSet: readonly number[], blueScore: number): SampledWindow<S> {
    if (selectedParent === GENESIS) return this.#empty;
    const samples = this.#samples(selectedParent, mergeSet, blueScore);
    return this.#extended(this.#windowOfBlock(selectedParent), samples);
  }

  remember(block: number, window: SampledWindow<S>): void {
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
    const window = this.#rebuilt(block);
    this.remember(block, window);
    return window;
  }

  /**
   * The lowest block of the selected chain that building the window of a block from scratch looks at. Blocks on top of
   * it have samples of their own to begin with, so that building their windows never looks further down.
   */
  lowestOf(block: number): number {
    return this.#walk(block, () => undefined).lowest;
  }

  /** The window of a block in the DAG, from the nearest remembered window down its chain or from scratch. */
  #rebuilt(block: number): SampledWindow<S> {
    const { samples, base } = this.#walk(block, (chainBlock) => this.#recall(chainBlock));
    return this.#extended(base, samples);
  }

  /** Collects samples (ascending) from a block down its selected chain, to a window that is known or as far as it takes. */
  #walk(block: number, known: (chainBlock: number) => SampledWindow<S> | undefined) {
    const { blueScore } = this.#blocks;
    const { size } = this.#rule;
    let samples: number[] = [];
    let base = this.#empty;
    let chainBlock = block;
    let parent = this.#blocks.chainParent(chainBlock);
    while (parent !== GENESIS) {
      // A full window whose smallest key exceeds the next chain block's has nothing to gain from further down.
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
    return Array.from(this.#blocks.mergeSet.of(block), mergedBlock);
  }

  #sorted(blocks: number[]): number[] {
    return blocks.sort((a, b) => this.#blocks.compareKeys(a, b));
  }

  /** The sampled blocks among the selected parent and the merge set, ascending by key. */
  #samples(selectedParent: number, mergeSet: readonly number[], blueScore: number): number[] {
    const { rate } = this.#rule;
    const samples: number[] = [];
    let number = this.#blocks.daaScore[selectedParent]!;
    // Most merge sets are small against the rate and hold no sample at all.
    if (Math.floor((number + 1 + mergeSet.length) / rate) === Math.floor(number / rate)) return samples;
    const threshold = daaThreshold(blueScore, this.#span);
    for (let i = mergeSet.length; i >= 0; i--) {
      const block = i === mergeSet.length ? selectedParent : mergeSet[i]!;
      if (this.#blocks.blueScore[block]! < threshold) continue;
      number += 1;
      if (number % rate === 0) samples.push(block);
    }
    return samples.reverse();
  }

  /** `window` with samples (ascending) put in and the smallest that are too many taken out. */
  #extended(window: SampledWindow<S>, samples: readonly number[]): SampledWindow<S> {
    if (samples.length === 0) return window;
    const old = window.blocks;
    const length = Math.min(old.length + samples.length, this.#rule.size);

    let kept = 0;
    let firstAdded = 0;
    for (let excess = old.length + samples.length - length; excess > 0; excess--) {
      const dropsSample =
        kept === old.length ||
        (firstAdded < samples.length && this.#blocks.compareKeys(samples[firstAdded]!, old[kept]!) < 0);
      if (dropsSample) firstAdded += 1;
      else kept += 1;
    }
    if (firstAdded === samples.length) return window;

    const added = samples.slice(firstAdded);
    const blocks = new Int32Array(length);
    blocks.set(old.subarray(kept));
    // Samples are mostly greater than all that is there: merge from the top, as far as the smallest of them.
    let to = length - 1;
    let from = old.length - kept - 1;
    for (let i = added.length - 1; i >= 0; ) {
      if (from >= 0 && this.#blocks.compareKeys(blocks[from]!, added[i]!) > 0) blocks[to--] = blocks[from--]!;
      else blocks[to--] = added[i--]!;
    }
    const removed = old.subarray(0, kept);
    return { blocks, summary: this.#rule.update(window.summary, added, removed, blocks) };
  }
}
