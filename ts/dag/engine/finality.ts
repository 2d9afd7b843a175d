/**
 * The finality point and the pruning point. Both are blocks of the selected chain and only move up along it:
 *
 * - The *finality point* is the latest block at least φ below the virtual block in blue score. The sink builds on it,
 *   even if another branch is heavier.
 * - The *pruning point* is the latest pruning sample at least P below the sink. Pruning samples are the chain blocks
 *   where floor(blue score / φ) increases. The past of the pruning point is *settled*: it cannot change. Blocks that
 *   are not in its future may be dropped.
 */
import { type Blocks, GENESIS } from './blocks.ts';
import type { DagParams } from './types.ts';

export class Finality {
  readonly #pruning: DagParams['pruning'];
  readonly #blueScore: (block: number) => number;
  #finalityPoint = GENESIS;
  #pruningPoint = GENESIS;
  /** The height of the finality point on the selected chain, and the height up to which samples were searched for. */
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

  /** Continues from points that were found earlier, given with their heights. */
  resume(finalityPoint: number, finalityHeight: number, pruningPoint: number, pruningHeight: number): void {
    this.#finalityPoint = finalityPoint;
    this.#finalityHeight = finalityHeight;
    this.#pruningPoint = pruningPoint;
    this.#sampledHeight = pruningHeight;
  }

  /** Moves the points up for a new sink, which is the last block of the chain. */
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
    // The search stays below the finality point, since P > φ. So no change of the chain affects what was searched.
    while (this.#sampledHeight + 1 < chain.length && score(chain[this.#sampledHeight + 1]!) <= settledScore) {
      this.#sampledHeight += 1;
      if (sample(this.#sampledHeight) > sample(this.#sampledHeight - 1)) {
        this.#pruningPoint = chain[this.#sampledHeight]!;
      }
    }
  }
}
