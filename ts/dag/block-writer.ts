/**
 * Adds blocks to a DAG. Offered blocks wait in a queue and are checked and written in groups, so that blocks offered at
 * the same time share a transaction. No block is visible and no event reports it before it is on disk.
 */
import type { AsyncResource as Context } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { rethrowLater } from '../rethrow.ts';
import { type ActiveSpan, type TracePlace, withSpan } from '../tracing/span.ts';
import type { Acceptance, AddResult } from './acceptance.ts';
import type { HeadedBlock, ParsedBlock } from './block.ts';
import type { CheckQueue } from './check-queue.ts';
import type { Checkpointer } from './checkpoint/checkpointer.ts';
import { emitOrphanEvents, noConsequences } from './consequences.ts';
import type { DagEngine } from './engine/engine.ts';
import type { VirtualChange, VirtualOrigin } from './engine/types.ts';
import { BlockRejectedError } from './errors.ts';
import { Pruning } from './pruning.ts';
import { Slices } from './slices.ts';
import type { QantoDagEvents } from './status.ts';
import type { BlockStore } from './store/store.ts';
import type { StoreMonitor } from './store-monitor.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');

/** A block that waits to be checked, and the call that waits for the result. */
export interface Job {
  readonly block: HeadedBlock;
  /** The trace context of the call that offered the block. */
  readonly place: TracePlace;
  /** The async context of this call. */
  readonly context: Context;
  resolve(result: AddResult): void;
  reject(error: unknown): void;
}

/** What the promise of a call is settled with: a result or an error. */
interface Answer {
  readonly job: Job;
  readonly result: AddResult | undefined;
  readonly error: unknown;
}

export interface BlockWriterParts {
  readonly engine: DagEngine;
  readonly acceptance: Acceptance;
  readonly queue: CheckQueue<Job>;
  readonly store: BlockStore;
  readonly monitor: StoreMonitor;
  readonly checkpointer: Checkpointer;
  readonly isArchive: boolean;
  readonly state: VirtualOrigin;
  readonly lastTimestampMs: number;
}

export class BlockWriter {
  readonly #store: BlockStore;
  readonly #monitor: StoreMonitor;
  readonly #checkpointer: Checkpointer;
  readonly #acceptance: Acceptance;
  readonly #pruning: Pruning;
  readonly #events: EventEmitter<QantoDagEvents>;
  /**
   * The async context of the call that opened the DAG. Events are emitted in it rather than in that of a call of
   * `addBlock`, because a group has blocks of several callers.
   */
  readonly #context = new AsyncResource('QantoDag');
  readonly #queue: CheckQueue<Job>;
  /**
   * The effects of the group of blocks that is being checked and written. Its accepted blocks are in the engine but not
   * on disk yet, so they must not be visible.
   */
  #group = noConsequences();
  /** Orphans whose parents have arrived, and that are checked first in the next group. */
  #ready: readonly HeadedBlock[] = [];
  #engine: DagEngine;
  #tips: readonly string[];
  #lastTimestampMs: number;
  #draining: Promise<void> | undefined;

  /** `events` emits the events of the DAG. */
  constructor(parts: BlockWriterParts, events: EventEmitter<QantoDagEvents>) {
    const { engine, acceptance, queue, store, monitor, isArchive, state, lastTimestampMs } = parts;
    this.#queue = queue;
    this.#store = store;
    this.#monitor = monitor;
    this.#checkpointer = parts.checkpointer;
    this.#acceptance = acceptance;
    this.#events = events;
    this.#engine = engine;
    this.#tips = engine.tips();
    this.#lastTimestampMs = lastTimestampMs;
    this.#pruning = new Pruning(store, isArchive, state, {
      prepare: (next, isStopped) => this.#checkpointer.prepare(next, isStopped),
      onReady: () => this.start(),
      onFailed: (error) => this.#emitPruningFailed(error),
    });
    this.#pruning.startIfMoved(engine);
  }

  /** Holds all blocks that are on disk and those that {@link isWriting} returns true for. Pruning replaces it. */
  get engine(): DagEngine {
    return this.#engine;
  }

  get tips(): readonly string[] {
    return this.#tips;
  }

  get lastTimestampMs(): number {
    return this.#lastTimestampMs;
  }

  /** The error with which the store has failed. No block is accepted after that. */
  get failure(): Error | undefined {
    return this.#monitor.failure;
  }

  get writingCount(): number {
    return this.#group.accepted.size;
  }

  isWriting(hash: string): boolean {
    return this.#group.accepted.has(hash);
  }

  /** Whether the block was an orphan until its parents arrived, and its acceptance or refusal is not reported yet. */
  isReadyOrphan(hash: string): boolean {
    return this.#group.readyOrphans.has(hash);
  }

  /** Resolves when no pruning is running and all offered blocks are settled. */
  async stop(): Promise<void> {
    await this.#pruning.stop();
    await this.#draining;
  }

  /** Call after adding a block to the queue. */
  start(): void {
    this.#draining ??= this.#context.runInAsyncScope(() => this.#drain());
  }

  async #drain(): Promise<void> {
    // All blocks offered in this turn of the event loop share the first transaction.
    await undefined;
    // Many small groups in a row must not block the event loop either.
    const slices = new Slices();
    for (;;) {
      if (this.#pruning.isReady) await this.#finishPruning();
      else if (this.#ready.length > 0 || !this.#queue.isEmpty)
        await this.#addGroup(this.#queue.take(), slices);
      else break;
    }
    this.#draining = undefined;
  }

  /** Runs between two groups, when all blocks of the engine are on disk and the virtual state is up to date. */
  async #finishPruning(): Promise<void> {
    if (this.failure !== undefined) {
      await this.#pruning.stop();
      return;
    }
    const pruned = this.#pruning.finish();
    if (pruned === undefined) return;
    const consequences = noConsequences();
    this.#engine = pruned.engine;
    this.#acceptance.replaceEngine(pruned.engine, consequences);
    try {
      await this.#checkpointer.beforePruning(pruned);
      const report = await pruned.commit();
      this.#monitor.committed();
      this.#checkpointer.afterPruning(pruned);
      this.#tips = pruned.engine.tips();
      emitOrphanEvents(consequences, this.#events);
      rethrowLater(() => this.#events.emit('pruned', report));
      this.#pruning.startIfMoved(pruned.engine);
    } catch (error) {
      this.#monitor.failed(error);
    }
  }

  /**
   * The error with which to refuse blocks of this number of bytes unchecked; undefined if the store has room for them.
   */
  async #findRefusal(bytes: number): Promise<{ readonly error: unknown } | undefined> {
    if (this.failure !== undefined) return { error: this.failure };
    try {
      const admission = this.#store.admit?.(bytes);
      if (admission !== undefined) await admission;
      return undefined;
    } catch (error) {
      // This is no failure: the engine has not changed, and the store may have room for the next group.
      this.#monitor.refused(error);
      return { error };
    }
  }

  async #addGroup(group: readonly Job[], slices: Slices): Promise<void> {
    const answers = await this.#checkAndWrite(group, slices);
    for (const job of group) this.#queue.settle(job);
    for (const { job, result, error } of answers) {
      if (result === undefined) job.reject(error);
      else job.resolve(result);
    }
  }

  /** Resolves to the answers to the calls once the accepted blocks are on disk. */
  async #checkAndWrite(group: readonly Job[], slices: Slices): Promise<Answer[]> {
    const refuseAll = (error: unknown) => group.map((job) => refusedWith(job, error));
    const consequences = this.#group;
    const ready = this.#ready;
    this.#ready = [];
    const blocks = [...ready, ...group.map(({ block }) => block)];
    const refusal = await this.#findRefusal(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
    if (refusal !== undefined) {
      this.#group = noConsequences();
      const droppedOrphans = ready.map(({ hash, bytes }) => ({ hash, byteLength: bytes.length }));
      emitOrphanEvents({ rejectedOrphans: [], droppedOrphans }, this.#events);
      return refuseAll(refusal.error);
    }
    const answers: Answer[] = [];
    if (ready.length > 0) await slices.run(this.#acceptance.acceptReady(ready, consequences));
    const addedIn = new Map<string, Context>();
    for (const job of group) {
      const offered = this.#offer(job, slices);
      // Most blocks of a flood are refused within the slice, so that there is nothing to wait for.
      const answer = offered instanceof Promise ? await offered : offered;
      answers.push(answer);
      if (answer.result?.status === 'accepted') addedIn.set(job.block.hash, job.context);
    }
    const accepted = [...consequences.accepted.values()];
    try {
      if (accepted.length > 0) await this.#write(accepted, group);
    } catch (error) {
      // The engine now holds blocks that the disk lacks, so a later block could be acknowledged although its parent is
      // lost.
      this.#monitor.failed(error);
      return refuseAll(this.failure);
    }
    this.#group = noConsequences();
    this.#ready = consequences.readyLater;
    for (const { hash } of this.#ready) this.#group.readyOrphans.add(hash);
    if (accepted.length > 0) this.#publish(accepted, group, addedIn);
    emitOrphanEvents(consequences, this.#events);
    return answers;
  }

  /** The span of the transaction is a child of the first call's span and has links to the others. */
  async #write(accepted: readonly ParsedBlock[], group: readonly Job[]): Promise<void> {
    const [parent, ...links] = group.map(({ place }) => place);
    const bytes = accepted.reduce((sum, { head, body }) => sum + head.length + body.length, 0);
    const attributes = { blocks: accepted.length, bytes };
    const startedAtMs = performance.now();
    const state = this.#pruning.stateToWrite(this.#engine);
    const written = withSpan('store_commit', attributes, () => this.#store.append(accepted, state), {
      ...(parent !== undefined && { parent }),
      links,
    });
    // The event loop has nothing else to do for these blocks until they are on disk.
    this.#engine.prepareVirtual();
    await written;
    this.#monitor.committed();
    const elapsedMs = performance.now() - startedAtMs;
    rethrowLater(() => this.#events.emit('store-commit', { blocks: accepted.length, bytes, elapsedMs }));
  }

  /** Offers one block to the engine. Returns, or resolves to, the answer to the call. */
  #offer(job: Job, slices: Slices): Answer | Promise<Answer> {
    const { block, place } = job;
    try {
      const offer = (span: ActiveSpan) => {
        // The span may be of the host's SDK, whose errors must not become the answer.
        const isRecorded = rethrowLater(() => span.isRecording());
        const result = slices.start(this.#acceptance.offer(block, this.#group));
        // A span records only errors that are thrown in it.
        if (!isRecorded) return result;
        return result instanceof Promise ? result.then(orThrow) : orThrow(result);
      };
      const result = withSpan('validate_block', { block_id: block.hash }, offer, { parent: place });
      if (!(result instanceof Promise)) return answeredWith(job, result);
      return result.then(
        (late) => answeredWith(job, late),
        (error: unknown) => refusedWith(job, error),
      );
    } catch (error) {
      return refusedWith(job, error);
    }
  }

  /** Without a listener the error becomes a process warning, since no caller awaits the rebuild. */
  #emitPruningFailed(error: Error): void {
    if (this.#events.listenerCount('pruning-failed') === 0) process.emitWarning(error);
    rethrowLater(() => this.#events.emit('pruning-failed', error));
  }

  /** `addedIn` has the async contexts of the calls that added a block. No call added an orphan. */
  #publish(
    accepted: readonly ParsedBlock[],
    group: readonly Job[],
    addedIn: ReadonlyMap<string, Context>,
  ): void {
    const placement = group[0] === undefined ? {} : { parent: group[0].place };
    const change = withSpan('reorganise', {}, (span) => reorganise(this.#engine, span), placement);
    this.#tips = this.#engine.tips();
    this.#lastTimestampMs = accepted.at(-1)!.block.context.timestampMs;
    this.#checkpointer.committed();
    const isHeard = this.#events.listenerCount('block-added') > 0;
    for (const { hash, block } of isHeard ? accepted : []) {
      const context = addedIn.get(hash) ?? this.#context;
      const emit = () => this.#events.emit('block-added', { hash, block });
      context.runInAsyncScope(rethrowLater, undefined, emit);
    }
    if (change) rethrowLater(() => this.#events.emit('virtual-changed', change));
    this.#pruning.startIfMoved(this.#engine);
  }
}

function answeredWith(job: Job, result: AddResult | BlockRejectedError): Answer {
  return result instanceof BlockRejectedError ? refusedWith(job, result) : { job, result, error: undefined };
}

function refusedWith(job: Job, error: unknown): Answer {
  return { job, result: undefined, error };
}

function orThrow(result: AddResult | BlockRejectedError): AddResult {
  if (result instanceof BlockRejectedError) throw result;
  return result;
}

function reorganise(engine: DagEngine, span: ActiveSpan): VirtualChange | null {
  const change = engine.updateVirtual();
  const { removed, added } = change ?? { removed: [], added: [] };
  const outcome = removed.length > 0 ? 'reorganised' : added.length > 0 ? 'extended' : 'unchanged';
  span.setAttributes({ removed: removed.length, added: added.length, outcome });
  return change;
}
