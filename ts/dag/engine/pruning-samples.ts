/**
 * The pruning point that a block commits to. Pruning samples are the blocks of a selected chain where
 * floor(blue score / φ) is greater than for their selected parent. The pruning point of a block is the latest sample of
 * its own selected chain that is at least P below it in blue score, or genesis if there is none. So it depends only on
 * the past of the block.
 *
 * Each block refers to the latest sample of its chain, and each sample to the one before it, so a pruning point is found in
 * about P / φ steps.
 */
import { Lengthening } from './lengthening.ts';
import { type RecordedColumn, recordedColumn } from './recorded-columns.ts';
import type { PrunedChain, PruningParams } from './types.ts';

export interface Sample {
  readonly hash: string;
  readonly blueScore: number;
  /** The number of the sample before it on its chain, or {@link PRUNED_SAMPLE}. */
  readonly previous: number;
}

/** The pruning point that genesis carries, since it has no past. */
export const NO_PRUNING_POINT = '0'.repeat(64);

/** The number of genesis, which is the first sample of every chain. */
const GENESIS_SAMPLE = 0;

/** Stands for the samples of a chain that were pruned. */
const PRUNED_SAMPLE = -1;

export class PruningSamples {
  readonly #finalityDepth: number;
  readonly #pruningDepth: number;
  readonly #samples: Sample[] = [];
  /** By block: the latest sample of its selected chain, which may be the block itself. */
  #latest = new Int32Array(64);
  readonly #lengthening = new Lengthening(
    () => this.#latest,
    (column) => {
      this.#latest = column;
    },
  );

  constructor(pruning: PruningParams | undefined) {
    this.#finalityDepth = pruning?.finalityDepth ?? Number.POSITIVE_INFINITY;
    this.#pruningDepth = pruning?.pruningDepth ?? Number.POSITIVE_INFINITY;
  }

  /** The samples so far, in the order in which they were added. */
  get all(): readonly Sample[] {
    return this.#samples;
  }

  /** The column that a record of the engine contains, besides {@link all}. */
  recordedColumn(): RecordedColumn {
    return recordedColumn(
      { name: 'latestSample', table: 'blocks' },
      () => this.#latest,
      (column) => {
        this.#latest = column;
      },
    );
  }

  /** Adds samples from a record. */
  restore(samples: readonly Sample[]): void {
    for (const { hash, blueScore, previous } of samples) this.#add(hash, blueScore, previous);
  }

  /** Continues after this number of samples, and forgets any others. */
  restored(count: number): void {
    this.#samples.length = count;
  }

  /** Adds genesis. */
  begin(genesis: number, hash: string): void {
    this.#setLatest(genesis, this.#add(hash, 0, PRUNED_SAMPLE));
  }

  /** Adds a block with its blue score and that of its selected parent. */
  add(block: number, hash: string, blueScore: number, selectedParent: number, parentScore: number): void {
    const previous = this.#latest[selectedParent]!;
    const isSample = this.#sampleNumber(blueScore) > this.#sampleNumber(parentScore);
    this.#setLatest(block, isSample ? this.#add(hash, blueScore, previous) : previous);
  }

  /** Adds a block whose past was pruned. `records` are the latest samples of its chain, in ascending order, if known. */
  addPruned(block: number, records: PrunedChain['samples'] = []): void {
    let latest = PRUNED_SAMPLE;
    for (const [hash, blueScore] of records) {
      const isGenesis = hash === this.#samples[GENESIS_SAMPLE]!.hash;
      latest = isGenesis ? GENESIS_SAMPLE : this.#add(hash, blueScore, latest);
    }
    this.#setLatest(block, latest);
  }

  /** Hash of the pruning point of a block with this selected parent and blue score; undefined if the sample was pruned. */
  pruningPointOf(selectedParent: number, blueScore: number): string | undefined {
    return this.#samples[this.#latestBelow(this.#latest[selectedParent]!, blueScore)]?.hash;
  }

  /**
   * The samples that the pruning points of children of a block with a blue score of at least `blueScore` are chosen from,
   * in ascending order; undefined if one of them was pruned.
   */
  recordsOf(block: number, blueScore: number): PrunedChain['samples'] | undefined {
    const last = this.#latestBelow(this.#latest[block]!, blueScore);
    if (last === PRUNED_SAMPLE) return undefined;
    const records: [hash: string, blueScore: number][] = [];
    for (let sample = this.#latest[block]!; sample >= last; sample = this.#samples[sample]!.previous) {
      const { hash, blueScore: score } = this.#samples[sample]!;
      records.push([hash, score]);
    }
    return records.reverse();
  }

  #latestBelow(latest: number, blueScore: number): number {
    const highest = blueScore - this.#pruningDepth;
    let sample = latest;
    while (sample > GENESIS_SAMPLE && this.#samples[sample]!.blueScore > highest) {
      sample = this.#samples[sample]!.previous;
    }
    return sample;
  }

  #sampleNumber(blueScore: number): number {
    return Math.floor(blueScore / this.#finalityDepth);
  }

  #add(hash: string, blueScore: number, previous: number): number {
    return this.#samples.push({ hash, blueScore, previous }) - 1;
  }

  #setLatest(block: number, sample: number): void {
    this.#lengthening.makeRoom(block, block + 1);
    this.#latest[block] = sample;
  }
}
