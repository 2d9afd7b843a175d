/**
 * The first stage of an offered block. Most blocks that a stranger can make at no cost are answered here, before their
 * contents are copied and before they wait for anything: those without work, duplicates, blocks that were refused before,
 * and orphans. The others are put into the queue.
 */
import type { EventEmitter } from 'node:events';
import { tracePlace } from '../tracing/span.ts';
import type { Acceptance, AddResult } from './acceptance.ts';
import { type Block, locate } from './block.ts';
import type { BlockWriter, Job } from './block-writer.ts';
import type { CheckQueue } from './check-queue.ts';
import { emitOrphanEvents, type OrphanConsequences } from './consequences.ts';
import { DagQueueFullError } from './errors.ts';
import type { HashedHeader } from './header-rules.ts';
import type { NetworkParams } from './params.ts';
import { type OfferedBlock, receiveHead } from './receive.ts';
import type { RecentWork } from './recent-work.ts';
import { withoutStack } from './reject.ts';
import type { QantoDagEvents } from './status.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');

export interface IntakeParts {
  readonly network: NetworkParams;
  readonly acceptance: Acceptance;
  readonly recentWork: RecentWork;
  readonly queue: CheckQueue<Job>;
  readonly maxQueuedBytes: number;
  readonly writer: BlockWriter;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #events: EventEmitter<QantoDagEvents>;
  /** The async context of the call that opened the DAG. A call of `addBlock` can concern orphans of other callers. */
  readonly #context = new AsyncResource('QantoDag');

  /** `events` emits the events of the DAG. */
  constructor(parts: IntakeParts, events: EventEmitter<QantoDagEvents>) {
    this.#parts = parts;
    this.#events = events;
  }

  /**
   * Answers an offered block with this header, or returns a promise that resolves when the block is on disk or waits for its
   * parents. Errors that can be found without checking contents or ancestors are thrown directly, because another rejected
   * promise would cost as much as checking a header.
   */
  offer(block: Block | Uint8Array, header: HashedHeader): AddResult | Promise<AddResult> {
    const { network, writer } = this.#parts;
    const { hash } = header;
    if (writer.failure !== undefined) throw writer.failure;
    if (writer.engine.has(hash) && !writer.isWriting(hash)) return { hash, status: 'duplicate' };
    const offered = receiveHead(block, header, network);
    this.#refuseAfterDrop(offered);
    const answer = this.#answerAtOnce(offered);
    if (answer === undefined) return this.#enqueue(offered);
    this.#parts.queue.forgetDrop(hash);
    return answer;
  }

  /**
   * Throws if there was no room for a parent. A sender that offers a chain without waiting would otherwise get the answer
   * that the rest of the chain are orphans, of which most would be dropped.
   */
  #refuseAfterDrop({ hash, block }: OfferedBlock): void {
    const { queue, writer, maxQueuedBytes } = this.#parts;
    const isDropped = (parent: string) => queue.wasDropped(parent) && !writer.engine.has(parent);
    if (!block.context.parents.some(isDropped)) return;
    queue.rememberDrop(hash);
    throw withoutStack(() => new DagQueueFullError(hash, maxQueuedBytes));
  }

  /**
   * Whether the block is being checked, or is an orphan that will be. A block that builds on it has to wait in the queue. In
   * the pool of orphans it would become part of the same group, which could then go on for ever.
   */
  readonly #isPending = (hash: string): boolean => {
    const { queue, writer } = this.#parts;
    return queue.isPending(hash) || writer.isReadyOrphan(hash);
  };

  #answerAtOnce(offered: OfferedBlock): AddResult | undefined {
    const consequences: OrphanConsequences = { rejectedOrphans: [], droppedOrphans: [] };
    try {
      return this.#parts.acceptance.answerAtOnce(offered, this.#isPending, consequences);
    } finally {
      if (consequences.rejectedOrphans.length + consequences.droppedOrphans.length > 0) {
        this.#context.runInAsyncScope(emitOrphanEvents, undefined, consequences, this.#events);
      }
    }
  }

  #enqueue(offered: OfferedBlock): Promise<AddResult> {
    const { acceptance, recentWork, queue, maxQueuedBytes, writer } = this.#parts;
    const { hash } = offered;
    const isRepeated = this.#isPending(hash) || acceptance.hadInvalidContents(hash);
    const usual = recentWork.magnitude(writer.engine);
    if (!queue.hasRoom(offered, usual, isRepeated)) {
      queue.rememberDrop(hash);
      throw withoutStack(() => new DagQueueFullError(hash, maxQueuedBytes));
    }
    const block = locate(offered.take(), hash, offered.block, offered.headLength);
    return new Promise((resolve, reject) => {
      const job = { block, place: tracePlace(), context: new AsyncResource('QantoBlock'), resolve, reject };
      const dropped = queue.add(job, usual, isRepeated);
      for (const { block, reject } of dropped) {
        reject(withoutStack(() => new DagQueueFullError(block.hash, maxQueuedBytes)));
      }
      writer.start();
    });
  }
}
