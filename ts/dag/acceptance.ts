/**
 * Decides whether an offered block is accepted, kept as an orphan, a duplicate, or refused. This module is synchronous
 * and works in memory; the caller makes the result durable.
 */
import type { ParsedBlock } from './block.ts';
import type { ClockGuard } from './clock-guard.ts';
import type { DagEngine } from './engine/engine.ts';
import { DagEngineError, type EngineErrorCode, type EngineErrorDetails } from './engine/errors.ts';
import type { NodePreview } from './engine/views.ts';
import { BlockRejectedError, type Rejection, type RejectionCode } from './errors.ts';
import type { OrphanPool } from './orphans.ts';
import type { NetworkParams } from './params.ts';
import { checkBlockAlone, checkBlockInDag, checkClock } from './validation.ts';

/** The number of refused blocks to remember, so that blocks that build on them are refused at once. */
const REMEMBERED_REJECTIONS = 4096;

/** The result of offering a block that breaks no rule. */
export interface AddResult {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /**
   * `accepted`: the block is in the DAG and on disk. `orphan`: the block waits in memory for its parents, and may be
   * dropped before they arrive. `duplicate`: the block was already in the DAG.
   */
  readonly status: 'accepted' | 'orphan' | 'duplicate';
}

/** The effects of offering a block, besides its own result. */
export interface Consequences {
  /** The blocks added to the engine, parents first: the block itself, then orphans that waited for it. */
  readonly accepted: ParsedBlock[];
  /** The errors of orphans that break a rule. */
  readonly rejectedOrphans: BlockRejectedError[];
  /** Orphans that were dropped because of the orphan limits. */
  readonly droppedOrphans: ParsedBlock[];
}

export function noConsequences(): Consequences {
  return { accepted: [], rejectedOrphans: [], droppedOrphans: [] };
}

export class Acceptance {
  #engine: DagEngine;
  readonly #network: NetworkParams;
  readonly #clock: ClockGuard;
  readonly #orphans: OrphanPool;
  /**
   * Hashes of refused blocks, the latest last. It contains only blocks whose header commits to what is wrong: a block
   * whose contents were altered in transit has the same hash as the valid block.
   */
  readonly #rejected = new Set<string>();

  constructor(engine: DagEngine, network: NetworkParams, clock: ClockGuard, orphans: OrphanPool) {
    this.#engine = engine;
    this.#network = network;
    this.#clock = clock;
    this.#orphans = orphans;
  }

  /** Call when the engine was pruned. Refuses the orphans that can never be accepted. */
  replaceEngine(engine: DagEngine, consequences: Consequences): void {
    this.#engine = engine;
    for (const orphan of this.#orphans.takeUpTo(this.#settledScore)) {
      consequences.rejectedOrphans.push(this.#belowPruningPoint(orphan)!);
      this.#rejectDescendants(orphan.hash, consequences);
    }
  }

  /** Whether the block was refused recently because of something that its header commits to. */
  wasRejected(hash: string): boolean {
    return this.#rejected.has(hash);
  }

  /** Offers a block. Adds the effects to `consequences`, even if it throws the block's BlockRejectedError. */
  offer(parsed: ParsedBlock, consequences: Consequences): AddResult {
    const { hash } = parsed;
    if (this.#engine.has(hash)) return { hash, status: 'duplicate' };
    if (this.#orphans.has(hash)) return { hash, status: 'orphan' };

    checkBlockAlone(parsed, this.#network);
    checkClock(parsed, this.#network, this.#clock.latestMs());
    const { parents } = parsed.block.context;
    const hopeless = this.#belowPruningPoint(parsed) ?? this.#parentRejected(parsed);
    const missing = parents.filter((parent) => !this.#engine.has(parent));
    if (hopeless === undefined && missing.length > 0) {
      consequences.droppedOrphans.push(...this.#orphans.add(parsed, missing));
      return { hash, status: 'orphan' };
    }
    const rejection = hopeless ?? this.#accept(parsed, consequences);
    if (rejection) {
      this.#rejectDescendants(hash, consequences);
      throw rejection;
    }
    this.#acceptOrphans(hash, consequences);
    return { hash, status: 'accepted' };
  }

  get #settledScore(): number {
    return this.#engine.get(this.#engine.pruningPoint())!.blueScore;
  }

  #belowPruningPoint({ hash, block }: ParsedBlock): BlockRejectedError | undefined {
    const { blueScore } = block.context;
    if (blueScore > this.#settledScore) return undefined;
    return new BlockRejectedError('ERR_QANTO_BELOW_PRUNING_POINT', {
      hash,
      field: 'context.blueScore',
      value: blueScore,
      expected: `greater than the blue score of the pruning point, ${this.#settledScore}`,
    });
  }

  #parentRejected(parsed: ParsedBlock): BlockRejectedError | undefined {
    const refused = parsed.block.context.parents.find((parent) => this.#rejected.has(parent));
    return refused === undefined ? undefined : parentRejected(parsed, refused);
  }

  /** Adds a block whose parents are in the engine. Returns the error if the block breaks a rule. */
  #accept(parsed: ParsedBlock, consequences: Consequences): BlockRejectedError | undefined {
    const { hash, block } = parsed;
    const { parents, timestampMs } = block.context;
    let preview: NodePreview;
    try {
      preview = previewBlock(this.#engine, parsed);
      checkBlockInDag(parsed, preview);
    } catch (error) {
      if (error instanceof BlockRejectedError) return error;
      throw error;
    }
    this.#engine.add({ hash, parents, bits: block.header.bits, timestampMs }, preview);
    consequences.accepted.push(parsed);
    this.#clock.observeBlock(timestampMs, this.#network.targetTimePerBlockMs);
    return undefined;
  }

  /** Accepts the orphans that waited for the block, then those that waited for them, and so on. */
  #acceptOrphans(hash: string, consequences: Consequences): void {
    const arrived = [hash];
    for (let parent = arrived.shift(); parent !== undefined; parent = arrived.shift()) {
      for (const orphan of this.#orphans.takeReady(parent)) {
        const rejection = this.#accept(orphan, consequences);
        if (rejection) {
          consequences.rejectedOrphans.push(rejection);
          this.#rejectDescendants(orphan.hash, consequences);
        } else {
          arrived.push(orphan.hash);
        }
      }
    }
  }

  /** Remembers a refused block, and refuses the orphans that build on it. */
  #rejectDescendants(hash: string, consequences: Consequences): void {
    const refused = [hash];
    for (let parent = refused.shift(); parent !== undefined; parent = refused.shift()) {
      this.#remember(parent);
      for (const child of this.#orphans.takeChildren(parent)) {
        consequences.rejectedOrphans.push(parentRejected(child, parent));
        refused.push(child.hash);
      }
    }
  }

  #remember(hash: string): void {
    this.#rejected.add(hash);
    if (this.#rejected.size <= REMEMBERED_REJECTIONS) return;
    for (const oldest of this.#rejected) {
      this.#rejected.delete(oldest);
      return;
    }
  }
}

type Refusal = Pick<Rejection, 'value' | 'expected'>;

/** How the errors of the engine become rejections of a block. */
const REFUSALS: {
  readonly [Code in EngineErrorCode & RejectionCode]?: (details: EngineErrorDetails[Code]) => Refusal;
} = {
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: ({ ancestor, descendant }) => ({
    value: ancestor,
    expected: `no ancestor of another parent; it is an ancestor of ${descendant}`,
  }),
  ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: ({ selectedParent, pruningPoint }) => ({
    value: selectedParent,
    expected: `parents whose selected chain contains the pruning point ${pruningPoint}`,
  }),
  ERR_QANTO_MERGE_TOO_DEEP: ({ merged, root }) => ({
    value: merged,
    expected: `parents that merge only blocks in the future of ${root}`,
  }),
  ERR_QANTO_MERGE_SET_TOO_LARGE: ({ limit }) => ({
    value: undefined,
    expected: `parents that merge at most ${limit} blocks`,
  }),
};

/** What the block must carry. Its parents are known, sorted and not too many; the engine checks the rest. */
function previewBlock(engine: DagEngine, { hash, block }: ParsedBlock): NodePreview {
  try {
    return engine.preview(block.context.parents);
  } catch (cause) {
    throw cause instanceof DagEngineError ? rejectionOf(cause, hash, block.context.parents) : cause;
  }
}

function rejectionOf(cause: DagEngineError, hash: string, parents: readonly string[]): Error {
  const refusal = REFUSALS[cause.code as keyof typeof REFUSALS] as
    | ((details: unknown) => Refusal)
    | undefined;
  if (refusal === undefined) return cause;
  const { value = parents, expected } = refusal(cause.details);
  return new BlockRejectedError(cause.code as RejectionCode, {
    ...{ hash, field: 'context.parents', value, expected, cause },
  });
}

function parentRejected({ hash, block }: ParsedBlock, parent: string): BlockRejectedError {
  return new BlockRejectedError('ERR_QANTO_PARENT_REJECTED', {
    hash,
    field: `context.parents[${block.context.parents.indexOf(parent)}]`,
    value: parent,
    expected: 'a block that was not refused',
  });
}
