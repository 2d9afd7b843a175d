/**
 * What an engine must keep to go on without the past of its pruning point π.
 *
 * Blocks to come have π on their selected chain, so whatever computing them asks of the chain below π, computing
 * π itself asked as well. That is, going down from the selected parent of π:
 * - windows: as far as building the windows of that parent looks; windows of later blocks have more samples to begin
 *   with and stop no lower;
 * - colouring: k + 1 chain blocks, for each one passed is a blue in the candidate's anticone, and more than k make it red;
 * - merge depth: as far as π's own merge depth root, roots only move up.
 *
 * The *retention root* R is the lowest of these. Kept is all that is not in the past of R and is in the past of a tip that
 * builds on π; other tips can never be merged any more. A block kept thus names only blocks that are kept or in
 * the past of R, which is what makes ancestry among the kept blocks come out right (`trusted.ts`).
 */
import { type Blocks, GENESIS } from './blocks.ts';
import type { Reachability } from './reachability.ts';
import type { Rules } from './rules.ts';
import type { Tips } from './tips.ts';
import type { DagNode, DagParams, TrustedBlock } from './types.ts';
import { viewOf } from './views.ts';
import type { VirtualState } from './virtual.ts';

/** Blocks looked at between two pauses of {@link Retained.mark}. */
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
 * What another engine must be given to go on without the past of the pruning point. A snapshot, but for blocks added
 * since: those are all kept. Blocks go by number: 0 is genesis, the others follow in the order they were added to the
 * engine.
 */
export class Retained {
  readonly #sources: RetainedSources;
  readonly #pruningPoint: number;
  readonly #root: number;
  /** 1 for a block that is kept, once {@link mark} has run. */
  readonly #kept: Uint8Array;

  constructor(sources: RetainedSources) {
    this.#sources = sources;
    this.#pruningPoint = sources.virtual.pruningPoint;
    this.#kept = new Uint8Array(sources.blocks.size);
    this.#root = this.#pruningPoint === GENESIS ? GENESIS : this.#retentionRoot();
  }

  /** Hash of the block behind which the past goes. */
  get pruningPoint(): string {
    return this.hashOf(this.#pruningPoint);
  }

  /** The position in the total order of the first block kept. */
  get orderStart(): number {
    return this.#root === GENESIS ? 0 : this.#sources.virtual.positionOf(this.#root);
  }

  /**
   * Finds out what is kept; to be run to its end, and before anything else is asked. Pauses every 1000 blocks or so.
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

  /** Whether the block is kept. To be asked once {@link mark} has run to its end. */
  isKept(block: number): boolean {
    return block >= this.#kept.length || this.#kept[block] === 1;
  }

  /** Whether everything it takes to compute the block is kept: then {@link node} is enough of it. */
  isComputable(block: number): boolean {
    return this.#sources.reachability.isChainAncestor(this.#pruningPoint, block);
  }

  /** Whether the block is in the past of the pruning point: nothing asks for its contents any more. */
  isSettled(block: number): boolean {
    return block !== this.#pruningPoint && this.#sources.reachability.isAncestor(block, this.#pruningPoint);
  }

  /** The block's hash. */
  hashOf(block: number): string {
    return this.#sources.blocks.index.hashOf(block);
  }

  /** The block as {@link DagEngine.add} takes it: for blocks that are kept and computable. */
  node(block: number): DagNode {
    const { hash, parents, bits, timestampMs } = viewOf(this.#sources.blocks, block);
    return { hash, parents, bits, timestampMs };
  }

  /** The block as {@link DagEngine.addTrusted} takes it: for blocks that are kept and not computable. */
  trusted(block: number): TrustedBlock {
    const { blocks } = this.#sources;
    const view = viewOf(blocks, block);
    const { blocks: recorded, sizes } = blocks.anticoneSizes;
    const start = recorded.starts[block]!;
    return (
      blocks.boundary.get(block) ?? {
        ...this.node(block),
        selectedParent: view.selectedParent,
        mergeSetBlues: view.mergeSetBlues,
        mergeSetReds: view.mergeSetReds,
        blueScore: view.blueScore,
        blueWork: view.blueWork,
        daaScore: view.daaScore,
        expectedBits: view.expectedBits,
        pastMedianTimeMs: view.pastMedianTimeMs,
        anticoneSizes: Array.from(recorded.of(block), (blue, i) => [this.hashOf(blue), sizes[start + i]!]),
      }
    );
  }

  #retentionRoot(): number {
    const { params, blocks, rules } = this.#sources;
    const parent = blocks.chainParent(this.#pruningPoint);
    let forColoring = parent;
    for (let i = 0; i <= params.ghostdagK && forColoring !== GENESIS; i++) {
      forColoring = blocks.chainParent(forColoring);
    }
    // All on one chain, along which indices ascend.
    return Math.min(
      forColoring,
      parent === GENESIS ? GENESIS : rules.lowestForWindows(parent),
      blocks.mergeDepthRoot[this.#pruningPoint]!,
    );
  }
}
