/**
 * The finality point and the pruning point. Both are blocks of the selected chain and only move up along it:
 *
 * - The *finality point* is the latest block at least φ below the virtual block in blue score. The sink builds on it,
 *   even if another branch is heavier.
 * - The *pruning point* is the one that the sink commits to (`pruning-samples.ts`): the latest pruning sample at least P
 *   below the sink. The past of the pruning point is *settled*: it cannot change. Blocks that are not in its future may
 *   be dropped.
 */
import type { BlockStack } from './block-stack.ts';
import { type Blocks, GENESIS } from './blocks.ts';
import type { DagParams } from './types.ts';

export class Finality {
  readonly #pruning: DagParams['pruning'];
  readonly #blocks: Blocks;
  #finalityPoint = GENESIS;
  #pruningPoint = GENESIS;
  /** The height of the finality point on the selected chain. */
  #finalityHeight = 0;

  constructor(params: DagParams, blocks: Blocks) {
    this.#pruning = params.pruning;
    this.#blocks = blocks;
  }

  get finalityPoint(): number {
    return this.#finalityPoint;
  }

  get pruningPoint(): number {
    return this.#pruningPoint;
  }

  /** Continues from points that were found earlier. */
  resume(finalityPoint: number, finalityHeight: number, pruningPoint: number): void {
    this.#finalityPoint = finalityPoint;
    this.#finalityHeight = finalityHeight;
    this.#pruningPoint = pruningPoint;
  }

  /** Moves the points up for a new sink, which is the last block of the chain. */
  advance(chain: Pick<BlockStack, 'length' | 'at'>, virtualBlueScore: number): void {
    if (this.#pruning === undefined) return;
    const { blueScore } = this.#blocks;
    const finalScore = virtualBlueScore - this.#pruning.finalityDepth;
    let height = this.#finalityHeight;
    while (height + 1 < chain.length && blueScore[chain.at(height + 1)!]! <= finalScore) height += 1;
    this.#finalityHeight = height;
    this.#finalityPoint = chain.at(height)!;

    const sink = chain.at(chain.length - 1)!;
    if (sink === GENESIS) return;
    const hash = this.#blocks.pruningPointOf(this.#blocks.chainParent(sink), blueScore[sink]!);
    const pruningPoint = this.#blocks.index.find(hash);
    // After a reorganisation, the new sink may have a smaller blue score than the old one, and a lower pruning point.
    if (pruningPoint >= 0 && blueScore[pruningPoint]! > blueScore[this.#pruningPoint]!) {
      this.#pruningPoint = pruningPoint;
    }
  }
}
