/**
 * Prunes a DAG. Whenever the pruning point moves, a new engine without the settled past is built while the old one
 * stays in use, in slices between which the event loop runs. The new engine then replaces the old one between two
 * groups of blocks, and the store drops the blocks that it does not hold in one transaction.
 */
import type { DagEngine } from './engine/engine.ts';
import { isEngineError } from './engine/errors.ts';
import { type Rebuilding, rebuild } from './engine/rebuild.ts';
import type { VirtualOrigin } from './engine/types.ts';
import { encodeState, encodeTrusted } from './pruning-records.ts';
import type { PruningReport } from './status.ts';
import type { BlockStore } from './store/store.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** The maximum time that a slice blocks the event loop. */
const SLICE_MS = 5;

export interface PruningEvents {
  /**
   * The new engine is nearly complete: blocks that are added until this resolves, and later, are still missing. `isStopped`
   * returns true if it will not be used.
   */
  prepare(next: Rebuilding, isStopped: () => boolean): Promise<void>;
  /** The new engine holds all blocks that it must, so `finish` may be called. */
  onReady(): void;
  onFailed(error: Error): void;
}

export interface PrunedEngine extends Rebuilding {
  /** Writes the pruning to the store; rejects if the store does. */
  commit(): Promise<PruningReport>;
}

export class Pruning {
  readonly #store: BlockStore;
  readonly #isArchive: boolean;
  readonly #events: PruningEvents;
  /** The state in the store, once everything that was passed to the store is written. */
  #state: VirtualOrigin;
  /** The pruning point of the last attempt. */
  #lastAttempted: string;
  #running: Promise<void> | undefined;
  #steps: ReturnType<typeof rebuild> | undefined;
  #startedMs = 0;
  #isReady = false;
  #isStopped: boolean;

  constructor(store: BlockStore, isArchive: boolean, state: VirtualOrigin, events: PruningEvents) {
    this.#store = store;
    this.#isArchive = isArchive;
    this.#state = state;
    this.#isStopped = store.readOnly === true;
    this.#lastAttempted = state.pruningPoint;
    this.#events = events;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * The state to write with the next blocks, or undefined if the store has it already. The finality point must be
   * stored, since it cannot be computed from the blocks alone.
   */
  stateToWrite(engine: DagEngine): Uint8Array | undefined {
    const finalityPoint = engine.finalityPoint();
    if (finalityPoint === this.#state.finalityPoint) return undefined;
    this.#state = { ...this.#state, finalityPoint };
    return encodeState(this.#state);
  }

  /** Starts pruning if the pruning point has moved since the last attempt. */
  startIfMoved(engine: DagEngine): void {
    const pruningPoint = engine.pruningPoint();
    if (pruningPoint === this.#lastAttempted || this.#steps !== undefined || this.#isStopped) return;
    this.#lastAttempted = pruningPoint;
    this.#startedMs = performance.now();
    this.#steps = rebuild(engine);
    this.#running = this.#run(this.#steps);
  }

  /**
   * Adds the blocks that arrived since the new engine was ready, without pausing. The virtual state must be up to date.
   * Returns undefined if the rebuild failed.
   */
  finish(): PrunedEngine | undefined {
    const steps = this.#steps!;
    this.#end();
    const rebuilt = this.#guarded(() => {
      for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
      }
    });
    if (rebuilt === undefined) return undefined;
    const { engine, pruningPoint, orderStart, trusted, dropped } = rebuilt;
    this.#state = { pruningPoint, orderStart, finalityPoint: engine.finalityPoint() };
    const pruning = {
      dropped,
      trusted: trusted.map(({ block, isSettled }) => ({
        hash: block.hash,
        record: encodeTrusted(block),
        isSettled,
      })),
      state: encodeState(this.#state),
      archive: this.#isArchive,
    };
    const commit = async () => {
      await this.#store.prune(pruning);
      const durationMs = performance.now() - this.#startedMs;
      return { pruningPoint, droppedBlocks: dropped.length, keptBlocks: engine.size, durationMs };
    };
    return { engine, pruningPoint, orderStart, commit };
  }

  /** Stops pruning permanently. Resolves when no rebuild is running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#end();
    await this.#running;
  }

  async #run(steps: ReturnType<typeof rebuild>): Promise<void> {
    const isStopped = () => this.#isStopped || this.#steps !== steps;
    for (let isPrepared = false; ; ) {
      await nextTurn();
      if (isStopped()) return;
      const next = this.#guarded(() => this.#slice(steps));
      if (next === undefined) continue;
      if (isPrepared) {
        this.#isReady = true;
        this.#events.onReady();
        return;
      }
      // Many blocks may be added meanwhile, so the new engine then catches up in slices, too.
      await this.#events.prepare(next, isStopped);
      isPrepared = true;
    }
  }

  /** Returns the new engine as soon as it has caught up with the old one; undefined at the end of the slice. */
  #slice(steps: ReturnType<typeof rebuild>): Rebuilding | undefined {
    const endMs = performance.now() + SLICE_MS;
    while (performance.now() < endMs) {
      const { done, value } = steps.next(true);
      if (done) {
        this.#end();
        return undefined;
      }
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Runs a part of the rebuild. If it fails, the old engine stays in use. */
  #guarded<T>(part: () => T): T | undefined {
    try {
      return part();
    } catch (error) {
      this.#end();
      // A late block names a block that was to be dropped. The next attempt will keep that block.
      if (isEngineError(error, 'ERR_QANTO_UNKNOWN_PARENTS')) this.#lastAttempted = '';
      else this.#events.onFailed(error as Error);
      return undefined;
    }
  }

  #end(): void {
    this.#steps = undefined;
    this.#isReady = false;
  }
}
