/**
 * Adds blocks to a DAG. Offered blocks wait in a queue and are checked and written in groups, so that blocks offered at
 * the same time share a transaction. No block is visible and no event reports it before it is on disk.
 */
import type { EventEmitter } from 'node:events';
import { rethrowLater } from '../rethrow.ts';
import { type ActiveSpan, type TracePlace, tracePlace, withSpan } from '../tracing/index.ts';
import { type Acceptance, type AddResult, type Consequences, noConsequences } from './acceptance.ts';
import type { HeadedBlock, ParsedBlock } from './block.ts';
import type { DagEngine } from './engine/engine.ts';
import type { VirtualChange, VirtualOrigin } from './engine/types.ts';
import { Pruning } from './pruning.ts';
import { Slices } from './slices.ts';
import type { QantoDagEvents } from './status.ts';
import type { BlockStore } from './store/store.ts';
import type { StoreMonitor } from './store-monitor.ts';

/** The maximum number of offered blocks in one transaction. */
const MAX_GROUP = 256;

/** A group ends once its blocks have this number of bytes, so that large blocks do not wait long to become visible. */
const MAX_GROUP_BYTES = 4_000_000;

interface Job {
  readonly block: HeadedBlock;
  /** The trace context of the call that offered the block. */
  readonly place: TracePlace;
  resolve(result: AddResult): void;
  reject(error: unknown): void;
}

export interface BlockWriterParts {
  readonly engine: DagEngine;
  readonly acceptance: Acceptance;
  readonly store: BlockStore;
  readonly monitor: StoreMonitor;
  readonly isArchive: boolean;
  readonly state: VirtualOrigin;
  readonly lastTimestampMs: number;
}

export class BlockWriter {
  readonly #store: BlockStore;
  readonly #monitor: StoreMonitor;
  readonly #acceptance: Acceptance;
  readonly #pruning: Pruning;
  readonly #events: EventEmitter<QantoDagEvents>;
  readonly #queue: Job[] = [];
  /**
   * The effects of the group of blocks that is being checked and written. Its accepted blocks are in the engine but not
   * on disk yet, so they must not be visible.
   */
  #group = noConsequences();
  #engine: DagEngine;
  #tips: readonly string[];
  #lastTimestampMs: number;
  #draining: Promise<void> | undefined;

  /** `events` emits the events of the DAG. */
  constructor(parts: BlockWriterParts, events: EventEmitter<QantoDagEvents>) {
    const { engine, acceptance, store, monitor, isArchive, state, lastTimestampMs } = parts;
    this.#store = store;
    this.#monitor = monitor;
    this.#acceptance = acceptance;
    this.#events = events;
    this.#engine = engine;
    this.#tips = engine.tips();
    this.#lastTimestampMs = lastTimestampMs;
    this.#pruning = new Pruning(store, isArchive, state, {
      onReady: () => this.#startDraining(),
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

  /** Whether the store has failed. No block is accepted after that. */
  get hasFailed(): boolean {
    return this.#monitor.failure !== undefined;
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

  /** Resolves when the block is on disk, or is an orphan in memory. */
  add(block: HeadedBlock): Promise<AddResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ block, place: tracePlace(), resolve, reject });
      this.#startDraining();
    });
  }

  /** Resolves when no pruning is running and all offered blocks are settled. */
  async stop(): Promise<void> {
    await this.#pruning.stop();
    await this.#draining;
  }

  #startDraining(): void {
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // All blocks offered in this turn of the event loop share the first transaction.
    await undefined;
    for (;;) {
      if (this.#pruning.isReady) await this.#finishPruning();
      else if (this.#queue.length > 0) await this.#addGroup(this.#takeGroup());
      else break;
    }
    this.#draining = undefined;
  }

  /** Removes the blocks of the next group from the queue. */
  #takeGroup(): Job[] {
    let count = 0;
    let bytes = 0;
    while (count < Math.min(this.#queue.length, MAX_GROUP) && bytes < MAX_GROUP_BYTES) {
      bytes += this.#queue[count]!.block.bytes.length;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Runs between two groups, when all blocks of the engine are on disk and the virtual state is up to date. */
  async #finishPruning(): Promise<void> {
    if (this.hasFailed) {
      await this.#pruning.stop();
      return;
    }
    const pruned = this.#pruning.finish();
    if (pruned === undefined) return;
    const consequences = noConsequences();
    this.#engine = pruned.engine;
    this.#acceptance.replaceEngine(pruned.engine, consequences);
    try {
      const report = await pruned.commit();
      this.#monitor.committed();
      this.#tips = pruned.engine.tips();
      for (const rejection of consequences.rejectedOrphans) {
        rethrowLater(() => this.#events.emit('orphan-rejected', rejection));
      }
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
    const { failure } = this.#monitor;
    if (failure !== undefined) return { error: failure };
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

  async #addGroup(group: readonly Job[]): Promise<void> {
    const refusal = await this.#findRefusal(group.reduce((sum, { block }) => sum + block.bytes.length, 0));
    if (refusal !== undefined) {
      for (const job of group) job.reject(refusal.error);
      return;
    }
    const consequences = this.#group;
    const slices = new Slices();
    const settlers: (() => void)[] = [];
    for (const job of group) settlers.push(await this.#offer(job, slices));
    const accepted = [...consequences.accepted.values()];
    try {
      if (accepted.length > 0) await this.#write(accepted, group);
    } catch (error) {
      // The engine now holds blocks that the disk lacks, so a later block could be acknowledged although its parent is
      // lost.
      this.#monitor.failed(error);
      for (const job of group) job.reject(this.#monitor.failure);
      return;
    }
    this.#group = noConsequences();
    this.#publish(consequences, group[0]!.place);
    for (const settle of settlers) settle();
  }

  /** The span of the transaction is a child of the first call's span and has links to the others. */
  async #write(accepted: readonly ParsedBlock[], group: readonly Job[]): Promise<void> {
    const [parent, ...links] = group.map(({ place }) => place);
    const bytes = accepted.reduce((sum, { head, body }) => sum + head.length + body.length, 0);
    const attributes = { blocks: accepted.length, bytes };
    const startedAtMs = performance.now();
    const state = this.#pruning.stateToWrite(this.#engine);
    await withSpan('store_commit', attributes, () => this.#store.append(accepted, state), {
      parent: parent!,
      links,
    });
    this.#monitor.committed();
    const elapsedMs = performance.now() - startedAtMs;
    rethrowLater(() => this.#events.emit('store-commit', { blocks: accepted.length, bytes, elapsedMs }));
  }

  /** Offers one block to the engine. Resolves to the function that settles its promise once the group is on disk. */
  async #offer({ block, place, resolve, reject }: Job, slices: Slices): Promise<() => void> {
    try {
      const offer = () => slices.run(this.#acceptance.offer(block, this.#group));
      const result = await withSpan('validate_block', { block_id: block.hash }, offer, { parent: place });
      return () => resolve(result);
    } catch (error) {
      return () => reject(error);
    }
  }

  /** Without a listener the error becomes a process warning, since no caller awaits the rebuild. */
  #emitPruningFailed(error: Error): void {
    if (this.#events.listenerCount('pruning-failed') === 0) process.emitWarning(error);
    rethrowLater(() => this.#events.emit('pruning-failed', error));
  }

  #publish({ accepted, rejectedOrphans, droppedOrphans }: Consequences, place: TracePlace): void {
    const change = withSpan('reorganise', {}, (span) => reorganise(this.#engine, span), { parent: place });
    this.#tips = this.#engine.tips();
    const blocks = [...accepted.values()];
    this.#lastTimestampMs = blocks.at(-1)?.block.context.timestampMs ?? this.#lastTimestampMs;
    for (const { hash, block } of blocks)
      rethrowLater(() => this.#events.emit('block-added', { hash, block }));
    if (change) rethrowLater(() => this.#events.emit('virtual-changed', change));
    for (const rejection of rejectedOrphans)
      rethrowLater(() => this.#events.emit('orphan-rejected', rejection));
    for (const { hash, bytes } of droppedOrphans) {
      rethrowLater(() => this.#events.emit('orphan-dropped', { hash, byteLength: bytes.length }));
    }
    this.#pruning.startIfMoved(this.#engine);
  }
}

function reorganise(engine: DagEngine, span: ActiveSpan): VirtualChange | null {
  const change = engine.updateVirtual();
  const { removed, added } = change ?? { removed: [], added: [] };
  const outcome = removed.length > 0 ? 'reorganised' : added.length > 0 ? 'extended' : 'unchanged';
  span.setAttributes({ removed: removed.length, added: added.length, outcome });
  return change;
}
