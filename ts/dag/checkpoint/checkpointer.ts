/**
 * Keeps the checkpoint of a DAG up to date: in the background while blocks are added, and when the DAG is closed. The
 * checkpoint only makes the next opening faster, so a failure to write it is reported and has no other effect.
 */
import type { EventEmitter } from 'node:events';
import { rethrowLater } from '../../rethrow.ts';
import type { DagEngine } from '../engine/engine.ts';
import type { EngineRecord } from '../engine/record.ts';
import { GENESIS_ONLY } from '../engine/recorded-columns.ts';
import type { VirtualOrigin } from '../engine/types.ts';
import type { QantoDagEvents } from '../status.ts';
import { CheckpointFailedError } from '../store/errors.ts';
import type { BlockStore, StoreIdentity } from '../store/store.ts';
import type { Place } from './format.ts';
import { extendCheckpoint, replaceCheckpoint, type Target } from './write.ts';

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
  #lastMs = performance.now();
  #writing: Promise<void> | undefined;
  #hasFailed = false;
  #isClosing = false;

  constructor(parts: CheckpointerParts, events: EventEmitter<QantoDagEvents>) {
    this.#store = parts.store;
    this.#path = parts.store.checkpoints?.path;
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
    const { network, genesis } = this.#identity;
    const { pruningPoint, orderStart } = this.#state;
    this.#target = {
      record: this.#record,
      identity: { network, genesis, pruningPoint, orderStart },
      counts: this.#record.counts,
      appended: this.#store.size,
    };
    this.#writeIfDue();
  }

  /** Call when the store has been pruned like the engine that takes the place of the other one. */
  replaceEngine(engine: DagEngine, state: CheckpointerParts['state']): void {
    this.#record = engine.record();
    this.#state = state;
    this.#place = undefined;
    this.committed();
  }

  /** Records the blocks that are left. No other call may follow. */
  async close(): Promise<void> {
    this.#isClosing = true;
    while (this.#writing !== undefined) await this.#writing;
    if (this.#target !== undefined && this.#waitingBlocks > 0) await this.#write();
  }

  get #waitingBlocks(): number {
    const { blocks } = this.#place?.counts ?? GENESIS_ONLY;
    return this.#target!.counts.blocks - blocks;
  }

  #writeIfDue(): void {
    const waiting = this.#waitingBlocks;
    const isLate = performance.now() - this.#lastMs >= SCHEDULE.intervalMs;
    const areMany = waiting >= SCHEDULE.mostWaitingBlocks && !this.#hasFailed;
    if (waiting > 0 && (areMany || isLate)) void this.#write();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeTarget(this.#target!).finally(() => {
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
    try {
      const place = await this.#writeFrom(this.#place, target, isCancelled);
      if (isCancelled()) return;
      this.#place = place;
      this.#hasFailed = false;
    } catch (error) {
      const failure =
        error instanceof CheckpointFailedError
          ? error
          : new CheckpointFailedError(this.#path!, undefined, error);
      if (!this.#hasFailed) this.#emitFailed(failure);
      this.#hasFailed = true;
    } finally {
      this.#lastMs = performance.now();
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
      from === undefined || isWorn ? undefined : await extendCheckpoint(path, from, target, isCancelled);
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
