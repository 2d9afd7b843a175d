/**
 * Keeps the checkpoint of a DAG up to date: in the background while blocks are added, and when the DAG is closed. The
 * checkpoint only makes the next opening faster, so a failure to write it is reported and has no other effect.
 */
import type { EventEmitter } from 'node:events';
import { rethrowLater } from '../../rethrow.ts';
import type { DagEngine } from '../engine/engine.ts';
import type { Rebuilding } from '../engine/rebuild.ts';
import type { EngineRecord } from '../engine/record.ts';
import { GENESIS_ONLY } from '../engine/recorded-columns.ts';
import type { VirtualOrigin } from '../engine/types.ts';
import type { QantoDagEvents } from '../status.ts';
import { CheckpointFailedError } from '../store/errors.ts';
import type { BlockStore, StoreIdentity } from '../store/store.ts';
import type { Place } from './format.ts';
import {
  createCheckpoint,
  extendCheckpoint,
  pruned,
  removeCheckpoint,
  renameCheckpoint,
  replaceCheckpoint,
  type Target,
} from './write.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** When blocks are recorded. Tests change it. */
export const SCHEDULE = {
  /** The least time between two checkpoints. Later, the next block causes one. */
  intervalMs: 60_000,
  /** As many blocks are recorded without waiting. Adding them again takes a fraction of a second. */
  mostWaitingBlocks: 4096,
};

/** A file with more segments than this, since it was written anew, is written anew. */
const mostSegments = (blocks: number): number => 256 + blocks / 512;

export interface CheckpointerParts {
  readonly store: BlockStore;
  readonly identity: StoreIdentity;
  readonly engine: DagEngine;
  readonly state: Pick<VirtualOrigin, 'pruningPoint' | 'orderStart'>;
  /** The end of the checkpoint that the engine was restored from. */
  readonly place: Place | undefined;
}

export class Checkpointer {
  readonly #store: BlockStore;
  readonly #path: string | undefined;
  readonly #identity: StoreIdentity;
  readonly #events: EventEmitter<QantoDagEvents>;
  /** The record of the engine, and the state of the store since the last pruning. */
  #record: EngineRecord;
  #state: CheckpointerParts['state'];
  /** The end of the file, unless there is no file for this engine. */
  #place: Place | undefined;
  /** What is on disk and may be recorded. */
  #target: Target | undefined;
  /** The end of the checkpoint of the engine that will replace this one, if there is such a file. */
  #nextPlace: Place | undefined;
  /** Resolves when the file of the engine that was replaced last has its name. */
  #replacing: Promise<void> | undefined;
  #lastMs = performance.now();
  #writing: Promise<void> | undefined;
  /** Whether something waits for the end of `#writing`, so that nothing else may be written after it. */
  #isAwaited = false;
  #hasFailed = false;
  #isClosing = false;

  constructor(parts: CheckpointerParts, events: EventEmitter<QantoDagEvents>) {
    this.#store = parts.store;
    this.#path = parts.store.readOnly ? undefined : parts.store.checkpoints?.path;
    this.#identity = parts.identity;
    this.#events = events;
    this.#record = parts.engine.record();
    this.#state = parts.state;
    this.#place = parts.place;
    this.committed();
  }

  /** Call when the store holds exactly the blocks of the engine: after opening it, and after each transaction. */
  committed(): void {
    if (this.#path === undefined) return;
    this.#target = this.#targetOf(this.#record, this.#state);
    this.#writeIfDue();
  }

  /**
   * Call when an engine that is to replace the other one holds nearly all blocks. Resolves when they are in a file of their own,
   * which takes the place of the checkpoint when the store has been pruned. So there is a checkpoint at any time, and only the
   * last blocks have to be recorded while no block is added.
   */
  async prepare({ engine, ...state }: Rebuilding, isStopped: () => boolean): Promise<void> {
    const path = this.#path;
    if (path === undefined) return;
    await this.#replacing;
    const record = engine.record();
    // The last block is recorded later, so that there is something to record then.
    const blocks = record.counts.blocks - 1;
    const counts = { ...record.counts, ...record.listEnds(blocks), blocks };
    const target = { ...this.#targetOf(record, state), counts, appended: undefined };
    await this.#reported(async () => {
      this.#nextPlace = undefined;
      this.#requireSpace(record.byteLength(GENESIS_ONLY, counts));
      this.#nextPlace = await createCheckpoint(pruned(path), target, isStopped);
    });
  }

  /**
   * Call before the store is pruned. It must hold exactly the blocks of the engine that is to replace the other one. The file is
   * not flushed, because blocks wait meanwhile. So it may be lost in a power failure, but not if the process ends.
   */
  async beforePruning({ engine, ...state }: Rebuilding): Promise<void> {
    this.#record = engine.record();
    this.#target = undefined;
    const target = this.#targetOf(this.#record, state);
    const from = this.#nextPlace;
    this.#nextPlace = undefined;
    if (from === undefined) return;
    await this.#reported(async () => {
      this.#nextPlace = await extendCheckpoint(pruned(this.#path!), from, target, () => false, false);
    });
  }

  /** Call when the store has been pruned. */
  afterPruning({ pruningPoint, orderStart }: Rebuilding): void {
    const place = this.#nextPlace;
    this.#nextPlace = undefined;
    this.#state = { pruningPoint, orderStart };
    this.#place = undefined;
    this.#replacing = this.#whenIdle(async (path) => {
      if (place === undefined) return removeCheckpoint(pruned(path));
      await renameCheckpoint(pruned(path), path);
      this.#place = place;
    });
    // Nothing else is written before the file has its name.
    this.committed();
  }

  /** Records the blocks that are left. No other call may follow. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#replacing;
    while (this.#writing !== undefined) await this.#writing;
    if (this.#target !== undefined && this.#waitingBlocks > 0) await this.#write();
  }

  get #waitingBlocks(): number {
    const { blocks } = this.#place?.counts ?? GENESIS_ONLY;
    return this.#target!.counts.blocks - blocks;
  }

  #targetOf(record: EngineRecord, { pruningPoint, orderStart }: CheckpointerParts['state']): Target {
    const { network, genesis } = this.#identity;
    return {
      record,
      identity: { network, genesis, pruningPoint, orderStart },
      counts: record.counts,
      appended: this.#store.size,
    };
  }

  #writeIfDue(): void {
    if (this.#target === undefined || this.#isAwaited) return;
    const waiting = this.#waitingBlocks;
    const isLate = performance.now() - this.#lastMs >= SCHEDULE.intervalMs;
    const areMany = waiting >= SCHEDULE.mostWaitingBlocks && !this.#hasFailed;
    if (waiting > 0 && (areMany || isLate)) void this.#write();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeTarget(this.#target!).finally(() => {
      this.#lastMs = performance.now();
      this.#writing = undefined;
      // The engine may have been replaced. Its blocks need not be on disk now, but those of the target are.
      if (!this.#isClosing) this.#writeIfDue();
    });
    return this.#writing;
  }

  async #writeTarget(target: Target): Promise<void> {
    const isCancelled = () => target.record !== this.#record;
    // The caller that opened the DAG must have had time to add a listener.
    await nextTurn();
    await this.#reported(async () => {
      const place = await this.#writeFrom(this.#place, target, isCancelled);
      if (!isCancelled()) this.#place = place;
    });
  }

  /** Replaces the file when nothing else is written. */
  async #whenIdle(work: (path: string) => Promise<void>): Promise<void> {
    const path = this.#path;
    if (path === undefined) return;
    this.#isAwaited = true;
    while (this.#writing !== undefined) await this.#writing;
    this.#isAwaited = false;
    this.#writing = this.#reported(() => work(path)).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Reports the first of several errors in a row. */
  async #reported(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#hasFailed = false;
    } catch (error) {
      const failure =
        error instanceof CheckpointFailedError
          ? error
          : new CheckpointFailedError(this.#path!, undefined, error);
      if (!this.#hasFailed) this.#emitFailed(failure);
      this.#hasFailed = true;
    }
  }

  async #writeFrom(
    from: Place | undefined,
    target: Target,
    isCancelled: () => boolean,
  ): Promise<Place | undefined> {
    const path = this.#path!;
    const isWorn = from !== undefined && from.segments > mostSegments(target.counts.blocks);
    this.#requireSpace(
      target.record.byteLength((isWorn ? undefined : from?.counts) ?? GENESIS_ONLY, target.counts),
    );
    const end =
      from === undefined || isWorn
        ? undefined
        : await extendCheckpoint(path, from, target, isCancelled, true);
    if (end !== undefined || isCancelled()) return end;
    return replaceCheckpoint(path, target, isCancelled);
  }

  /** Leaves the space to the blocks when it becomes scarce. Without a minimum, the store does not measure it. */
  #requireSpace(bytes: number): void {
    const { space } = this.#store;
    if (space === undefined || space.minFreeBytes === 0) return;
    if (space.availableBytes - bytes < 2 * space.minFreeBytes) {
      throw new CheckpointFailedError(
        this.#path!,
        `it takes ${bytes} bytes, of the ${space.availableBytes} that are left, and twice minFreeBytes (${space.minFreeBytes}) must stay free`,
      );
    }
  }

  /** Without a listener the error becomes a process warning, since no caller awaits the checkpoint. */
  #emitFailed(error: CheckpointFailedError): void {
    if (this.#events.listenerCount('checkpoint-failed') === 0) {
      process.emitWarning(error.message, { type: error.name, code: error.code });
    }
    rethrowLater(() => this.#events.emit('checkpoint-failed', error));
  }
}
