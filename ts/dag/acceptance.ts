/**
 * Decides whether an offered block is accepted, kept as an orphan, a duplicate, or refused. This module works in memory;
 * the caller makes the result durable. What needs neither the parents nor the contents of the block is decided at once.
 * The rest works in steps, and the caller must not begin to check another block, or replace the engine, before the steps
 * have ended.
 */
import { type HeadedBlock, type ParsedBlock, readHead } from './block.ts';
import { GROUP } from './check-queue.ts';
import type { ClockGuard } from './clock-guard.ts';
import type { Consequences, OrphanConsequences } from './consequences.ts';
import { checkContents } from './content-rules.ts';
import type { DagEngine } from './engine/engine.ts';
import type { NodePreview } from './engine/views.ts';
import { BlockRejectedError } from './errors.ts';
import type { Orphan, OrphanPool } from './orphans.ts';
import type { NetworkParams } from './params.ts';
import { previewBlock } from './preview-block.ts';
import { type OfferedBlock, offeredAgain } from './receive.ts';
import type { RecentWork } from './recent-work.ts';
import { RefusedBlocks } from './refused-blocks.ts';
import { reject, showU32, withoutStack } from './reject.ts';
import type { Steps } from './slices.ts';
import { checkBlockInDag, checkClock, checkContextHash, checkHeadAlone } from './validation.ts';

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

/** The refusal of a block. */
interface Refusal {
  readonly error: BlockRejectedError;
  /**
   * Whether every block with this hash must be refused. A block whose contents were altered in transit has the same hash
   * as the valid block.
   */
  readonly isFinal: boolean;
}

/** Shared, since most blocks have all their parents. */
const NONE_MISSING: readonly string[] = [];

/** An offered block without its contents. */
type Head = Pick<HeadedBlock, 'hash' | 'block'>;

export interface AcceptanceParts {
  readonly engine: DagEngine;
  readonly network: NetworkParams;
  readonly clock: ClockGuard;
  readonly orphans: OrphanPool;
  readonly recentWork: RecentWork;
}

export class Acceptance {
  #engine: DagEngine;
  readonly #network: NetworkParams;
  readonly #clock: ClockGuard;
  readonly #orphans: OrphanPool;
  readonly #recentWork: RecentWork;
  readonly #refused = new RefusedBlocks();
  /** The pruning point for which its blue score was last needed. */
  #settled = { pruningPoint: '', blueScore: 0 };

  constructor({ engine, network, clock, orphans, recentWork }: AcceptanceParts) {
    this.#engine = engine;
    this.#network = network;
    this.#clock = clock;
    this.#orphans = orphans;
    this.#recentWork = recentWork;
  }

  /** Call when the engine was pruned. Refuses the orphans that can never be accepted. */
  replaceEngine(engine: DagEngine, consequences: OrphanConsequences): void {
    this.#engine = engine;
    for (const orphan of this.#orphans.takeUpTo(this.#settledScore)) {
      const error = this.#belowPruningPoint(orphan);
      consequences.rejectedOrphans.push(error);
      this.#rejectDescendants(orphan, error, consequences);
    }
  }

  /** Whether the block was refused recently because of something that its header commits to. */
  wasRejected(hash: string): boolean {
    return this.#refused.has(hash);
  }

  /**
   * Whether a block with this hash was refused recently because of its contents. A block with the same hash and other
   * contents may be valid.
   */
  hadInvalidContents(hash: string): boolean {
    return this.#refused.hadInvalidContents(hash);
  }

  /**
   * Answers an offered block if neither its parents nor its contents are needed for that. Returns undefined otherwise; the
   * block must then be passed to {@link offer}. `isPending` says whether a block with a hash has been passed to `offer` and
   * is not settled. The steps of another block may be running. Adds the effects to `consequences`, even
   * if it throws the block's BlockRejectedError.
   */
  answerAtOnce(
    offered: OfferedBlock,
    isPending: (hash: string) => boolean,
    consequences: OrphanConsequences,
  ): AddResult | undefined {
    const { hash } = offered;
    const earlier = this.#refused.get(hash);
    if (earlier) reject(offered, earlier.code, earlier);
    checkContextHash(offered);
    const waiting = this.#orphans.get(hash);
    if (waiting) return this.#compareCopy(offered, waiting);
    if (isPending(hash)) return undefined;
    const refusal = this.#refuseBeforeParents(offered);
    if (refusal?.isFinal) this.#refuse(offered, refusal, consequences);
    const missing = this.#missingParents(offered);
    // A logical clock advances with the blocks that are accepted meanwhile, so it is read when the block is checked.
    if (missing.length === 0 || missing.some(isPending)) return undefined;
    if (refusal) this.#refuse(offered, refusal, consequences);
    this.#wait(offered, missing, consequences);
    return { hash, status: 'orphan' };
  }

  /**
   * Offers a block. The result is the block's BlockRejectedError if it breaks a rule that depends on its past or its contents.
   * Throws the BlockRejectedError of another rule: to throw takes longer, and few blocks that wait break one. Adds the
   * effects to `consequences` in any case.
   */
  *offer(block: HeadedBlock, consequences: Consequences): Steps<AddResult | BlockRejectedError> {
    const { hash } = block;
    if (this.#engine.has(hash)) return { hash, status: 'duplicate' };
    const waiting = this.#orphans.get(hash);
    if (waiting) return yield* this.#offerCopy(block, waiting, consequences);

    const earlyRefusal = this.#refuseBeforeParents(block);
    if (earlyRefusal) this.#refuse(block, earlyRefusal, consequences);
    const missing = this.#missingParents(block);
    if (missing.length > 0) {
      this.#wait(offeredAgain(block), missing, consequences);
      return { hash, status: 'orphan' };
    }
    const refusal = yield* this.#accept(block, consequences);
    if (refusal) {
      this.#rememberRefusal(block, refusal, consequences);
      return refusal.error;
    }
    const ready = this.#orphans.takeReady(hash);
    if (ready.length > 0) yield* this.acceptReady(ready, consequences);
    return { hash, status: 'accepted' };
  }

  /** Answers a copy of a waiting block if it is equal to it, or if the contents of the waiting block are valid. */
  #compareCopy(copy: OfferedBlock, waiting: Orphan): AddResult | undefined {
    const body = waiting.bytes.subarray(waiting.bytes.length - copy.body.length);
    if (copy.byteLength === waiting.bytes.length && Buffer.compare(copy.body, body) === 0) {
      return { hash: copy.hash, status: 'orphan' };
    }
    if (!waiting.isVerified) return undefined;
    reject(copy, 'ERR_QANTO_CONTENT_ROOT_MISMATCH', {
      field: 'contents',
      value: `${copy.body.length} other bytes`,
      expected: 'those of the block with this hash that waits for its parents',
    });
  }

  /**
   * Offers a copy of a waiting block. The copy can differ from it only in its contents. The contents of the waiting block
   * are checked when the first such copy arrives. If they break a rule, the copy takes the place of the waiting block.
   * Otherwise the copy is refused, and so is every later one, without being read.
   */
  *#offerCopy(
    copy: HeadedBlock,
    waiting: Orphan,
    consequences: Consequences,
  ): Steps<AddResult | BlockRejectedError> {
    const { hash } = copy;
    const answer = this.#compareCopy(offeredAgain(copy), waiting);
    if (answer) return answer;
    waiting.isBeingRead = true;
    const headed = readHead(waiting.bytes, hash);
    try {
      yield* checkContents(headed, this.#network);
      waiting.isVerified = true;
    } catch (error) {
      consequences.rejectedOrphans.push(this.#rejectContents(headed, error));
    }
    waiting.isBeingRead = false;
    // The waiting block may have been dropped or refused meanwhile.
    if (this.#orphans.get(hash) !== waiting || waiting.isVerified)
      return yield* this.offer(copy, consequences);
    consequences.droppedOrphans.push(...this.#orphans.replace(waiting, offeredAgain(copy)));
    return { hash, status: 'orphan' };
  }

  /**
   * The refusal of a block by the rules that are checked before its parents must be known. It is called twice for each block,
   * so it creates nothing unless the block breaks a rule.
   */
  #refuseBeforeParents(block: Head): Refusal | undefined {
    let isFinal = true;
    try {
      checkHeadAlone(block, this.#network);
      isFinal = false;
      checkClock(block, this.#network, this.#clock.latestMs());
    } catch (error) {
      return { error: rejectionOrThrow(error), isFinal };
    }
    if (block.block.context.blueScore <= this.#settledScore) {
      return { error: this.#belowPruningPoint(block), isFinal: true };
    }
    const error = this.#parentRejected(block);
    return error && { error, isFinal: true };
  }

  get #settledScore(): number {
    const pruningPoint = this.#engine.pruningPoint();
    if (pruningPoint !== this.#settled.pruningPoint) {
      this.#settled = { pruningPoint, blueScore: this.#engine.get(pruningPoint)!.blueScore };
    }
    return this.#settled.blueScore;
  }

  #belowPruningPoint({ hash, block }: Head): BlockRejectedError {
    return withoutStack(
      () =>
        new BlockRejectedError('ERR_QANTO_BELOW_PRUNING_POINT', {
          hash,
          field: 'context.blueScore',
          value: block.context.blueScore,
          expected: `greater than the blue score of the pruning point, ${this.#settledScore}`,
        }),
    );
  }

  #parentRejected(block: Head): BlockRejectedError | undefined {
    for (const parent of block.block.context.parents) {
      if (this.#refused.has(parent)) return parentRejected(block, parent);
    }
    return undefined;
  }

  #missingParents({ block }: Head): readonly string[] {
    const { parents } = block.context;
    for (const parent of parents) {
      if (!this.#engine.has(parent)) return parents.filter((each) => !this.#engine.has(each));
    }
    return NONE_MISSING;
  }

  /** Keeps a block as an orphan. Throws the BlockRejectedError of a block with too little work. */
  #wait(offered: OfferedBlock, missing: readonly string[], { droppedOrphans }: OrphanConsequences): void {
    const { bits } = offered.block.header;
    if (!this.#recentWork.isEnough(bits, this.#engine)) {
      reject(offered, 'ERR_QANTO_ORPHAN_WORK_TOO_LOW', {
        field: 'header.bits',
        value: showU32(bits),
        expected: `bits that stand for at least ${this.#recentWork.minimum(this.#engine)} hashes, because a parent of the block is not known`,
      });
    }
    droppedOrphans.push(...this.#orphans.add(offered, missing));
  }

  /** Adds a block whose parents are in the engine. Returns the refusal if the block breaks a rule. */
  *#accept(block: HeadedBlock, consequences: Consequences): Steps<Refusal | undefined> {
    const { hash } = block;
    const { header, context } = block.block;
    const { parents, timestampMs } = context;
    const preview = this.#checkInDag(block);
    if (preview instanceof BlockRejectedError) return { error: preview, isFinal: true };
    let parsed: ParsedBlock;
    try {
      parsed = yield* checkContents(block, this.#network);
    } catch (error) {
      return { error: this.#rejectContents(block, error), isFinal: false };
    }
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

  /** Remembers that the contents of a block break a rule. Returns the rejection; throws any other error. */
  #rejectContents(headed: HeadedBlock, error: unknown): BlockRejectedError {
    const { hash, block } = headed;
    if (this.#isWorthRemembering(headed)) this.#refused.addContents(hash, block.header.bits);
    return rejectionOrThrow(error);
  }

  /**
   * Accepts orphans whose parents have arrived, then those that waited for them, and so on, until the group is full. The
   * others are added to `readyLater`, since somebody could add orphans to the end of such a chain for ever.
   */
  *acceptReady(orphans: readonly HeadedBlock[], consequences: Consequences): Steps<void> {
    const { accepted, readyOrphans, readyLater, rejectedOrphans, droppedOrphans } = consequences;
    const ready = [...orphans];
    for (const { hash } of ready) readyOrphans.add(hash);
    let bytes = 0;
    for (let orphan = ready.shift(); orphan !== undefined; orphan = ready.shift()) {
      if (accepted.size >= GROUP.blocks || bytes >= GROUP.bytes) {
        readyLater.push(orphan, ...ready);
        return;
      }
      yield;
      // Pruning may have dropped a parent that was held when the orphan arrived.
      const missing = this.#missingParents(orphan);
      if (missing.length > 0) {
        droppedOrphans.push(...this.#orphans.add(offeredAgain(orphan), missing));
        continue;
      }
      const refusal = yield* this.#accept(orphan, consequences);
      if (refusal) {
        rejectedOrphans.push(refusal.error);
        if (refusal.isFinal) this.#rejectDescendants(orphan, refusal.error, consequences);
      } else {
        bytes += orphan.bytes.length;
        const next = this.#orphans.takeReady(orphan.hash);
        for (const { hash } of next) readyOrphans.add(hash);
        ready.push(...next);
      }
    }
  }

  #refuse(block: Head, refusal: Refusal, consequences: OrphanConsequences): never {
    this.#rememberRefusal(block, refusal, consequences);
    throw refusal.error;
  }

  /** Remembers a refusal that is final, and refuses the orphans that build on the block. */
  #rememberRefusal(block: Head, { error, isFinal }: Refusal, consequences: OrphanConsequences): void {
    if (isFinal) this.#rejectDescendants(block, error, consequences);
  }

  /** Remembers a refused block, and refuses the orphans that build on it. */
  #rejectDescendants(block: Head, error: BlockRejectedError, { rejectedOrphans }: OrphanConsequences): void {
    const refused = [{ block, error }];
    for (let parent = refused.shift(); parent !== undefined; parent = refused.shift()) {
      const { hash } = parent.block;
      if (this.#isWorthRemembering(parent.block)) {
        this.#refused.add(hash, parent.block.block.header.bits, parent.error);
      }
      for (const child of this.#orphans.takeChildren(hash)) {
        const error = parentRejected(child, hash);
        rejectedOrphans.push(error);
        refused.push({ block: child, error });
      }
    }
  }

  #isWorthRemembering({ block }: Head): boolean {
    return this.#recentWork.isEnough(block.header.bits, this.#engine);
  }
}

function parentRejected(block: Head, parent: string): BlockRejectedError {
  return rejectionBy(() =>
    reject(block, 'ERR_QANTO_PARENT_REJECTED', {
      field: `context.parents[${block.block.context.parents.indexOf(parent)}]`,
      value: parent,
      expected: 'a block that was not refused',
    }),
  )!;
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
