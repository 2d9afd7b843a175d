/**
 * Determines which blocks an engine must keep in order to continue without the past of its pruning point π.
 *
 * Every future block has π on its selected chain, so computing it reads no lower block of that chain than computing π
 * did. Going down from the selected parent of π, that is:
 * - windows: the lowest block that building the windows of that parent reads. The windows of later blocks begin with
 *   more samples, so they read no lower block.
 * - colouring: k + 1 chain blocks. Each chain block passed is a blue in the candidate's anticone, and more than k of
 *   them make the candidate red.
 * - merge depth: the merge depth root of π, since roots only move up.
 * - commitments: the pruning samples from the pruning point of π up, and the peaks of the Merkle mountain range over the
 *   chain. They are kept with the selected parent of π ({@link PrunedChain}), whether or not the blocks below it are kept.
 *
 * The *retention root* R is the lowest of these. A block is kept if it is not in the past of R and is in the past of a
 * tip that builds on π; other tips can never be merged. So a kept block names only blocks that are kept or in the past
 * of R, which is why ancestry among the kept blocks is right (`trusted.ts`).
 */
import { type Blocks, GENESIS } from './blocks.ts';
import type { Reachability } from './reachability.ts';
import type { Rules } from './rules.ts';
import type { Tips } from './tips.ts';
import type { DagNode, DagParams, TrustedBlock } from './types.ts';
import { BlockView } from './views.ts';
import type { VirtualState } from './virtual.ts';

/** The number of blocks that {@link Retained.mark} processes between two pauses. */
const BLOCKS_PER_PAUSE = 1000;

export interface RetainedSources {
  readonly params: DagParams;
  readonly blocks: Blocks;
  readonly reachability: Reachability;
  readonly rules: Rules;
  readonly tips: Tips;
  readonly virtual: VirtualState;
}

/**
 * What another engine needs in order to continue without the past of the pruning point. A snapshot; blocks that are
 * added later are all kept. Blocks are identified by index: 0 is genesis, and the others follow in the order in which
 * they were added.
 */
export class Retained {
  readonly #sources: RetainedSources;
  readonly #pruningPoint: number;
  readonly #root: number;
  /** 1 for a block that is kept; valid once {@link mark} has run. */
  readonly #kept: Uint8Array;

  constructor(sources: RetainedSources) {
    this.#sources = sources;
    this.#pruningPoint = sources.virtual.pruningPoint;
    this.#kept = new Uint8Array(sources.blocks.size);
    this.#root = this.#pruningPoint === GENESIS ? GENESIS : this.#retentionRoot();
  }

  /** Hash of the pruning point. */
  get pruningPoint(): string {
    return this.hashOf(this.#pruningPoint);
  }

  /** The position in the total order of the first block kept. */
  get orderStart(): number {
    return this.#root === GENESIS ? 0 : this.#sources.virtual.positionOf(this.#root);
  }

  /**
   * Determines which blocks are kept. Run it to its end before calling {@link isKept}. It pauses about every 1000 blocks.
   */
  *mark(): Generator<void, void> {
    const { blocks, reachability, tips } = this.#sources;
    const kept = this.#kept;
    for (const tip of tips.ascending) {
      if (tip < kept.length && reachability.isAncestor(this.#pruningPoint, tip)) kept[tip] = 1;
    }
    yield;
    // Children come after their parents.
    for (let block = kept.length - 1; block > GENESIS; block--) {
      if (block % BLOCKS_PER_PAUSE === 0) yield;
      if (kept[block] === 0) continue;
      if (block !== this.#root && reachability.isAncestor(block, this.#root)) kept[block] = 0;
      else for (const parent of blocks.parents.of(block)) kept[parent] = 1;
    }
  }

  /** Whether the block is kept. {@link mark} must have run to its end. */
  isKept(block: number): boolean {
    return block >= this.#kept.length || this.#kept[block] === 1;
  }

  /** Whether everything needed to compute the block is kept, so that its {@link node} suffices. */
  isComputable(block: number): boolean {
    return this.#sources.reachability.isChainAncestor(this.#pruningPoint, block);
  }

  /** Whether the block is settled: in the past of the pruning point, so that its contents are no longer needed. */
  isSettled(block: number): boolean {
    return block !== this.#pruningPoint && this.#sources.reachability.isAncestor(block, this.#pruningPoint);
  }

  /** Hash of the block. */
  hashOf(block: number): string {
    return this.#sources.blocks.index.hashOf(block);
  }

  /** The block for {@link DagEngine.add}, if it is kept and computable. */
  node(block: number): DagNode {
    const { hash, parents, bits, timestampMs } = new BlockView(this.#sources.blocks, block);
    return { hash, parents, bits, timestampMs };
  }

  /** The block for {@link DagEngine.addTrusted}, if it is kept and not computable. */
  trusted(block: number): TrustedBlock {
    const { blocks } = this.#sources;
    const trusted = this.#asTrusted(block);
    if (block !== blocks.chainParent(this.#pruningPoint)) return trusted;
    return { ...trusted, chain: blocks.prunedChain(block) };
  }

  #asTrusted(block: number): TrustedBlock {
    const { blocks } = this.#sources;
    const view = new BlockView(blocks, block);
    return (
      blocks.trusted.get(block) ?? {
        ...this.node(block),
        selectedParent: view.selectedParent,
        mergeSetBlues: view.mergeSetBlues,
        mergeSetReds: view.mergeSetReds,
        blueScore: view.blueScore,
        blueWork: view.blueWork,
        daaScore: view.daaScore,
        expectedBits: view.expectedBits,
        pastMedianTimeMs: view.pastMedianTimeMs,
        pruningPoint: view.pruningPoint,
        chainRoot: view.chainRoot,
        anticoneSizes: this.#anticoneSizes(block),
      }
    );
  }

  #anticoneSizes(block: number): TrustedBlock['anticoneSizes'] {
    const { anticoneSizes } = this.#sources.blocks;
    const count = anticoneSizes.read(block);
    const { blocks, tags } = anticoneSizes;
    return blocks.slice(0, count).map((blue, i) => [this.hashOf(blue), tags[i]!]);
  }

  #retentionRoot(): number {
    const { params, blocks, rules } = this.#sources;
    const parent = blocks.chainParent(this.#pruningPoint);
    let forColoring = parent;
    for (let i = 0; i <= params.ghostdagK && forColoring !== GENESIS; i++) {
      forColoring = blocks.chainParent(forColoring);
    }
    // All are on one chain, along which indices ascend.
    return Math.min(
      forColoring,
      parent === GENESIS ? GENESIS : rules.lowestForWindows(parent),
      blocks.mergeDepthRoot[this.#pruningPoint]!,
    );
  }
}
