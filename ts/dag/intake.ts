/**
 * How blocks enter a DAG: one line, checked and written in groups. Blocks that are offered at the same time share a
 * transaction; nothing of a block is seen, and nobody is told of it, before it is on disk.
 */
import type { EventEmitter } from 'node:events';
import { type ActiveSpan, type TracePlace, tracePlace, withSpan } from '../tracing/index.ts';
import { type Acceptance, type AddResult, type Consequences, noConsequences } from './acceptance.ts';
import type { ParsedBlock } from './block.ts';
import type { DagEngine } from './engine/engine.ts';
import type { VirtualChange, VirtualOrigin } from './engine/types.ts';
import { Pruning } from './pruning.ts';
import type { QantoDagEvents } from './status.ts';
import type { BlockStore } from './store/store.ts';
import type { StoreWatch } from './store-watch.ts';
import { tell } from './tell.ts';

/** Most blocks in one transaction: bounds how long the event loop waits while a group is checked. */
const MAX_GROUP = 256;

interface Job {
  readonly parsed: ParsedBlock;
  /** Inside the span of the call that offered it. */
  readonly place: TracePlace;
  resolve(result: AddResult): void;
  reject(error: unknown): void;
}

export interface IntakeParts {
  readonly engine: DagEngine;
  readonly acceptance: Acceptance;
  readonly store: BlockStore;
  readonly watch: StoreWatch;
  readonly isArchive: boolean;
  readonly state: VirtualOrigin;
  readonly lastTimestampMs: number;
}

export class Intake {
  readonly #store: BlockStore;
  readonly #watch: StoreWatch;
  readonly #acceptance: Acceptance;
  readonly #pruning: Pruning;
  readonly #events: EventEmitter<QantoDagEvents>;
  readonly #queue: Job[] = [];
  /** Blocks in the engine that are not on disk yet, and so not to be seen. */
  readonly #writing = new Set<string>();
  #engine: DagEngine;
  #tips: readonly string[];
  #lastTimestampMs: number;
  #draining: Promise<void> | undefined;

  /** What happens is told as `events` of the DAG. */
  constructor(parts: IntakeParts, events: EventEmitter<QantoDagEvents>) {
    const { engine, acceptance, store, watch, isArchive, state, lastTimestampMs } = parts;
    this.#store = store;
    this.#watch = watch;
    this.#acceptance = acceptance;
    this.#events = events;
    this.#engine = engine;
    this.#tips = engine.tips();
    this.#lastTimestampMs = lastTimestampMs;
    this.#pruning = new Pruning(store, isArchive, state, {
      onReady: () => this.#work(),
      onFailed: (error) => this.#tellPruningFailed(error),
    });
    this.#pruning.consider(engine);
  }

  /** Holds all that is on disk, and besides that what `isWriting`. Another one after each pruning. */
  get engine(): DagEngine {
    return this.#engine;
  }

  get tips(): readonly string[] {
    return this.#tips;
  }

  get lastTimestampMs(): number {
    return this.#lastTimestampMs;
  }

  /** Whether the store has failed: nothing more is accepted then. */
  get hasFailed(): boolean {
    return this.#watch.failure !== undefined;
  }

  get writingCount(): number {
    return this.#writing.size;
  }

  isWriting(hash: string): boolean {
    return this.#writing.has(hash);
  }

  /** Resolves when the block is on disk, or waits in memory for its parents. */
  add(parsed: ParsedBlock): Promise<AddResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ parsed, place: tracePlace(), resolve, reject });
      this.#work();
    });
  }

  /** Resolves when no pruning is under way any more and the blocks already offered have been dealt with. */
  async stop(): Promise<void> {
    await this.#pruning.stop();
    await this.#draining;
  }

  #work(): void {
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Whatever is offered in this turn of the event loop shares the first transaction.
    await undefined;
    for (;;) {
      if (this.#pruning.isReady) await this.#finishPruning();
      else if (this.#queue.length > 0) await this.#addGroup(this.#queue.splice(0, MAX_GROUP));
      else break;
    }
    this.#draining = undefined;
  }

  /** Between two groups, when all that is in the engine is on disk and in the virtual state. */
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
      this.#watch.committed();
      this.#tips = pruned.engine.tips();
      for (const rejection of consequences.rejectedOrphans) {
        tell(() => this.#events.emit('orphan-rejected', rejection));
      }
      tell(() => this.#events.emit('pruned', report));
      this.#pruning.consider(pruned.engine);
    } catch (error) {
      this.#watch.failed(error);
    }
  }

  /** Why blocks of so many bytes are not even to be checked now; undefined when the store takes them. */
  async #whyNot(bytes: number): Promise<{ readonly error: unknown } | undefined> {
    const { failure } = this.#watch;
    if (failure !== undefined) return { error: failure };
    try {
      const admission = this.#store.admit?.(bytes);
      if (admission !== undefined) await admission;
      return undefined;
    } catch (error) {
      // No failure: the engine has not changed, and the store may have room again when the next group comes.
      this.#watch.refused(error);
      return { error };
    }
  }

  async #addGroup(group: readonly Job[]): Promise<void> {
    const refusal = await this.#whyNot(group.reduce((sum, { parsed }) => sum + parsed.byteLength, 0));
    if (refusal !== undefined) {
      for (const job of group) job.reject(refusal.error);
      return;
    }
    const consequences = noConsequences();
    const settle = group.map((job) => this.#offer(job, consequences));
    const { accepted } = consequences;
    for (const { hash } of accepted) this.#writing.add(hash);
    try {
      if (accepted.length > 0) await this.#write(accepted, group);
    } catch (error) {
      // The engine is now ahead of the disk; going on could acknowledge a block whose parent is lost.
      this.#watch.failed(error);
      for (const job of group) job.reject(this.#watch.failure);
      return;
    }
    this.#writing.clear();
    this.#publish(consequences, group[0]!.place);
    for (const settleJob of settle) settleJob();
  }

  /** Blocks share a transaction: its span is a part of the first call's, and linked to the others. */
  async #write(accepted: readonly ParsedBlock[], group: readonly Job[]): Promise<void> {
    const [parent, ...links] = group.map(({ place }) => place);
    const bytes = accepted.reduce((sum, { head, body }) => sum + head.length + body.length, 0);
    const attributes = { blocks: accepted.length, bytes };
    const beganAtMs = performance.now();
    const state = this.#pruning.stateToWrite(this.#engine);
    await withSpan('store_commit', attributes, () => this.#store.append(accepted, state), {
      parent: parent!,
      links,
    });
    this.#watch.committed();
    const elapsedMs = performance.now() - beganAtMs;
    tell(() => this.#events.emit('store-commit', { blocks: accepted.length, bytes, elapsedMs }));
  }

  /** Offers one block to the engine; returns what is to be done with its promise when the group is on disk. */
  #offer({ parsed, place, resolve, reject }: Job, consequences: Consequences): () => void {
    try {
      const offer = () => this.#acceptance.offer(parsed, consequences);
      const result = withSpan('validate_block', { block_id: parsed.hash }, offer, { parent: place });
      return () => resolve(result);
    } catch (error) {
      return () => reject(error);
    }
  }

  /** Nobody asked for the rebuild that failed: where nobody listens, too, it must not go unnoticed. */
  #tellPruningFailed(error: Error): void {
    if (this.#events.listenerCount('pruning-failed') === 0) process.emitWarning(error);
    tell(() => this.#events.emit('pruning-failed', error));
  }

  #publish({ accepted, rejectedOrphans, droppedOrphans }: Consequences, place: TracePlace): void {
    const change = withSpan('reorganise', {}, (span) => reorganise(this.#engine, span), { parent: place });
    this.#tips = this.#engine.tips();
    this.#lastTimestampMs = accepted.at(-1)?.block.context.timestampMs ?? this.#lastTimestampMs;
    for (const { hash, block } of accepted) tell(() => this.#events.emit('block-added', { hash, block }));
    if (change) tell(() => this.#events.emit('virtual-changed', change));
    for (const rejection of rejectedOrphans) tell(() => this.#events.emit('orphan-rejected', rejection));
    for (const { hash, byteLength } of droppedOrphans) {
      tell(() => this.#events.emit('orphan-dropped', { hash, byteLength }));
    }
    this.#pruning.consider(this.#engine);
  }
}

function reorganise(engine: DagEngine, span: ActiveSpan): VirtualChange | null {
  const change = engine.updateVirtual();
  const { removed, added } = change ?? { removed: [], added: [] };
  const outcome = removed.length > 0 ? 'reorganised' : added.length > 0 ? 'extended' : 'unchanged';
  span.setAttributes({ removed: removed.length, added: added.length, outcome });
  return change;
}
