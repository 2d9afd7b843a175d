/**
 * How far the selected chain is settled. Both points are blocks of the selected chain and only ever move up along it:
 *
 * - the *finality point*, the latest one at least φ below the virtual block in blue score: the sink builds on it, whatever
 *   is heavier elsewhere;
 * - the *pruning point*, the latest pruning sample at least P below the sink. Samples are the chain blocks where
 *   floor(blue score / φ) rises. Everything not in its future is settled, and may be dropped.
 */
import { type Blocks, GENESIS } from './blocks.ts';
import type { DagParams } from './types.ts';

export class Finality {
  readonly #pruning: DagParams['pruning'];
  readonly #blueScore: (block: number) => number;
  #finalityPoint = GENESIS;
  #pruningPoint = GENESIS;
  /** Heights on the selected chain: of the finality point, and up to where it was searched for samples. */
  #finalityHeight = 0;
  #sampledHeight = 0;

  constructor(params: DagParams, blocks: Blocks) {
    this.#pruning = params.pruning;
    this.#blueScore = (block) => blocks.blueScore[block]!;
  }

  get finalityPoint(): number {
    return this.#finalityPoint;
  }

  get pruningPoint(): number {
    return this.#pruningPoint;
  }

  /** Takes up at points found earlier, given with their heights. */
  resume(finalityPoint: number, finalityHeight: number, pruningPoint: number, pruningHeight: number): void {
    this.#finalityPoint = finalityPoint;
    this.#finalityHeight = finalityHeight;
    this.#pruningPoint = pruningPoint;
    this.#sampledHeight = pruningHeight;
  }

  /** Moves the points up behind a new sink, the last block of the chain. */
  advance(chain: readonly number[], virtualBlueScore: number): void {
    if (this.#pruning === undefined) return;
    const { finalityDepth, pruningDepth } = this.#pruning;
    const score = this.#blueScore;

    const finalScore = virtualBlueScore - finalityDepth;
    while (this.#finalityHeight + 1 < chain.length && score(chain[this.#finalityHeight + 1]!) <= finalScore) {
      this.#finalityHeight += 1;
    }
    this.#finalityPoint = chain[this.#finalityHeight]!;

    const settledScore = score(chain.at(-1)!) - pruningDepth;
    const sample = (height: number) => Math.floor(score(chain[height]!) / finalityDepth);
    // Never above the finality point, since P > φ: a change of the chain does not touch what was searched.
    while (this.#sampledHeight + 1 < chain.length && score(chain[this.#sampledHeight + 1]!) <= settledScore) {
      this.#sampledHeight += 1;
      if (sample(this.#sampledHeight) > sample(this.#sampledHeight - 1)) {
        this.#pruningPoint = chain[this.#sampledHeight]!;
      }
    }
  }
}
