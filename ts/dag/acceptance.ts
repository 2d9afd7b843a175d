/**
 * Decides whether an offered block is accepted, kept as an orphan, a duplicate, or refused. This module works in memory;
 * the caller makes the result durable. It works in steps, and the caller must not offer another block, or replace the
 * engine, before the steps have ended.
 */
import type { HeadedBlock, ParsedBlock } from './block.ts';
import type { ClockGuard } from './clock-guard.ts';
import { checkContents } from './content-rules.ts';
import type { DagEngine } from './engine/engine.ts';
import type { NodePreview } from './engine/views.ts';
import { BlockRejectedError } from './errors.ts';
import type { Orphan, OrphanPool } from './orphans.ts';
import type { NetworkParams } from './params.ts';
import { previewBlock } from './preview-block.ts';
import { reject } from './reject.ts';
import type { Steps } from './slices.ts';
import { checkBlockInDag, checkClock, checkContextHash, checkHeadAlone } from './validation.ts';

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
  /** The blocks added to the engine by hash, parents first: the block itself, then orphans that waited for it. */
  readonly accepted: Map<string, ParsedBlock>;
  /** Hashes of the orphans whose parents have arrived. They are not in the orphan pool any more. */
  readonly readyOrphans: Set<string>;
  /** The errors of orphans that break a rule. */
  readonly rejectedOrphans: BlockRejectedError[];
  /** Orphans that were dropped because of the orphan limits. */
  readonly droppedOrphans: HeadedBlock[];
}

/** The refusal of a block. */
interface Refusal {
  readonly error: BlockRejectedError;
  /**
   * Whether every block with this hash must be refused. A block whose contents were altered in transit has the same hash
   * as the valid block.
   */
  readonly isFinal: boolean;
}

export function noConsequences(): Consequences {
  return { accepted: new Map(), readyOrphans: new Set(), rejectedOrphans: [], droppedOrphans: [] };
}

export class Acceptance {
  #engine: DagEngine;
  readonly #network: NetworkParams;
  readonly #clock: ClockGuard;
  readonly #orphans: OrphanPool;
  /**
   * Hashes of refused blocks, the latest last. It contains only blocks with proof of work whose header commits to what
   * is wrong.
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
  *offer(block: HeadedBlock, consequences: Consequences): Steps<AddResult> {
    const { hash } = block;
    if (this.#engine.has(hash)) return { hash, status: 'duplicate' };
    checkContextHash(block);
    const waiting = this.#orphans.get(hash);
    if (waiting) return yield* this.#offerCopy(block, waiting, consequences);

    const earlyRefusal = this.#refuseBeforeParents(block);
    if (earlyRefusal === undefined && this.#waits(block, consequences)) return { hash, status: 'orphan' };
    const refusal = earlyRefusal ?? (yield* this.#accept(block, consequences));
    if (refusal) {
      if (refusal.isFinal) this.#rejectDescendants(hash, consequences);
      throw refusal.error;
    }
    yield* this.#acceptOrphans(hash, consequences);
    return { hash, status: 'accepted' };
  }

  /**
   * Offers a copy of a waiting block. The copy can differ from it only in its contents. The contents of the waiting block
   * are checked when the first such copy arrives. If they break a rule, the copy takes the place of the waiting block.
   * Otherwise the copy is refused, and so is every later one, without being read.
   */
  *#offerCopy(copy: HeadedBlock, waiting: Orphan, consequences: Consequences): Steps<AddResult> {
    const { hash } = copy;
    if (Buffer.compare(copy.body, waiting.block.body) === 0) return { hash, status: 'orphan' };
    if (!waiting.isVerified) {
      const read = yield* this.#readContents(waiting.block);
      if (read instanceof BlockRejectedError) {
        consequences.rejectedOrphans.push(read);
        consequences.droppedOrphans.push(...this.#orphans.replace(waiting, copy));
        return { hash, status: 'orphan' };
      }
      waiting.isVerified = true;
    }
    reject(copy, 'ERR_QANTO_CONTENT_ROOT_MISMATCH', {
      field: 'contents',
      value: `${copy.body.length} other bytes`,
      expected: 'those of the block with this hash that waits for its parents',
    });
  }

  /** The refusal of a block by the rules that are checked before its parents must be known. */
  #refuseBeforeParents(block: HeadedBlock): Refusal | undefined {
    const broken = rejectionBy(() => checkHeadAlone(block, this.#network));
    if (broken) return { error: broken, isFinal: true };
    const tooFarAhead = rejectionBy(() => checkClock(block, this.#network, this.#clock.latestMs()));
    if (tooFarAhead) return { error: tooFarAhead, isFinal: false };
    const error = this.#belowPruningPoint(block) ?? this.#parentRejected(block);
    return error && { error, isFinal: true };
  }

  get #settledScore(): number {
    return this.#engine.get(this.#engine.pruningPoint())!.blueScore;
  }

  #belowPruningPoint({ hash, block }: HeadedBlock): BlockRejectedError | undefined {
    const { blueScore } = block.context;
    if (blueScore > this.#settledScore) return undefined;
    return new BlockRejectedError('ERR_QANTO_BELOW_PRUNING_POINT', {
      hash,
      field: 'context.blueScore',
      value: blueScore,
      expected: `greater than the blue score of the pruning point, ${this.#settledScore}`,
    });
  }

  #parentRejected(block: HeadedBlock): BlockRejectedError | undefined {
    const refused = block.block.context.parents.find((parent) => this.#rejected.has(parent));
    return refused === undefined ? undefined : parentRejected(block, refused);
  }

  /** Keeps the block as an orphan if the engine lacks a parent. Returns whether it does. */
  #waits(block: HeadedBlock, consequences: Consequences): boolean {
    const missing = block.block.context.parents.filter((parent) => !this.#engine.has(parent));
    if (missing.length === 0) return false;
    consequences.droppedOrphans.push(...this.#orphans.add(block, missing));
    return true;
  }

  /** Adds a block whose parents are in the engine. Returns the refusal if the block breaks a rule. */
  *#accept(block: HeadedBlock, consequences: Consequences): Steps<Refusal | undefined> {
    const { hash } = block;
    const { header, context } = block.block;
    const { parents, timestampMs } = context;
    const preview = this.#checkInDag(block);
    if (preview instanceof BlockRejectedError) return { error: preview, isFinal: true };
    const parsed = yield* this.#readContents(block);
    if (parsed instanceof BlockRejectedError) return { error: parsed, isFinal: false };
    this.#engine.add({ hash, parents, bits: header.bits, timestampMs }, preview);
    consequences.accepted.set(hash, parsed);
    this.#clock.observeBlock(timestampMs, this.#network.targetTimePerBlockMs);
    return undefined;
  }

  /** The consensus data that the engine computes for the block; the error if the block breaks a rule that depends on its past. */
  #checkInDag(block: HeadedBlock): NodePreview | BlockRejectedError {
    try {
      const preview = previewBlock(this.#engine, block);
      checkBlockInDag(block, preview);
      return preview;
    } catch (error) {
      return rejectionOrThrow(error);
    }
  }

  /** The block with its contents; the error if they break a rule. */
  *#readContents(block: HeadedBlock): Steps<ParsedBlock | BlockRejectedError> {
    try {
      return yield* checkContents(block, this.#network);
    } catch (error) {
      return rejectionOrThrow(error);
    }
  }

  /** Accepts the orphans that waited for the block, then those that waited for them, and so on. */
  *#acceptOrphans(hash: string, consequences: Consequences): Steps<void> {
    const arrived = [hash];
    for (let parent = arrived.shift(); parent !== undefined; parent = arrived.shift()) {
      const ready = this.#orphans.takeReady(parent);
      for (const orphan of ready) consequences.readyOrphans.add(orphan.hash);
      for (const orphan of ready) {
        yield;
        // Pruning may have dropped a parent that was held when the orphan arrived.
        if (this.#waits(orphan, consequences)) continue;
        const refusal = yield* this.#accept(orphan, consequences);
        if (refusal) {
          consequences.rejectedOrphans.push(refusal.error);
          if (refusal.isFinal) this.#rejectDescendants(orphan.hash, consequences);
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

function parentRejected({ hash, block }: HeadedBlock, parent: string): BlockRejectedError {
  return new BlockRejectedError('ERR_QANTO_PARENT_REJECTED', {
    hash,
    field: `context.parents[${block.context.parents.indexOf(parent)}]`,
    value: parent,
    expected: 'a block that was not refused',
  });
}

/** The BlockRejectedError that the check throws; undefined if it throws none. */
function rejectionBy(check: () => void): BlockRejectedError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return rejectionOrThrow(error);
  }
}

function rejectionOrThrow(error: unknown): BlockRejectedError {
  if (error instanceof BlockRejectedError) return error;
  throw error;
}
