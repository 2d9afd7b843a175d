/**
 * When and how a DAG is pruned. Behind every new pruning point an engine without the settled past is built beside the one
 * in use, in slices between which the event loop gets its turn; when it has caught up, the two change places between
 * two groups of blocks, and the store drops in one transaction what the new engine does not hold.
 */
import type { DagEngine } from './engine/engine.ts';
import { isEngineError } from './engine/errors.ts';
import { rebuild } from './engine/rebuild.ts';
import type { VirtualOrigin } from './engine/types.ts';
import { encodeState, encodeTrusted } from './pruning-records.ts';
import type { PruningReport } from './status.ts';
import type { BlockStore } from './store/store.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** How long a slice keeps the event loop. */
const SLICE_MS = 5;

export interface PruningEvents {
  /** The new engine has caught up: `finish` may be called. */
  onReady(): void;
  onFailed(error: Error): void;
}

export interface PrunedEngine {
  readonly engine: DagEngine;
  /** Makes it durable; rejects as the store does. */
  commit(): Promise<PruningReport>;
}

export class Pruning {
  readonly #store: BlockStore;
  readonly #isArchive: boolean;
  readonly #events: PruningEvents;
  /** As the store has it, or will have when what was handed to it is written. */
  #state: VirtualOrigin;
  /** The pruning point of the last attempt. */
  #considered: string;
  #running: Promise<void> | undefined;
  #steps: ReturnType<typeof rebuild> | undefined;
  #startedMs = 0;
  #isReady = false;
  #isStopped = false;

  constructor(store: BlockStore, isArchive: boolean, state: VirtualOrigin, events: PruningEvents) {
    this.#store = store;
    this.#isArchive = isArchive;
    this.#state = state;
    this.#considered = state.pruningPoint;
    this.#events = events;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * What the store must be given with the next blocks, or undefined when it has that already. The finality point is
   * not a function of the blocks: it has moved with them, and must be remembered.
   */
  stateToWrite(engine: DagEngine): Uint8Array | undefined {
    const finalityPoint = engine.finalityPoint();
    if (finalityPoint === this.#state.finalityPoint) return undefined;
    this.#state = { ...this.#state, finalityPoint };
    return encodeState(this.#state);
  }

  /** Begins to prune if the pruning point has moved since the last attempt. */
  consider(engine: DagEngine): void {
    const pruningPoint = engine.pruningPoint();
    if (pruningPoint === this.#considered || this.#steps !== undefined || this.#isStopped) return;
    this.#considered = pruningPoint;
    this.#startedMs = performance.now();
    this.#steps = rebuild(engine);
    this.#running = this.#run(this.#steps);
  }

  /** Takes in what came since it was ready, in one go; the virtual state must be up to date. Undefined when it failed. */
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
    return { engine, commit };
  }

  /** Gives up what is under way, for good. Resolves when nothing is being rebuilt any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#end();
    await this.#running;
  }

  async #run(steps: ReturnType<typeof rebuild>): Promise<void> {
    for (;;) {
      await nextTurn();
      if (this.#isStopped || this.#steps !== steps) return;
      this.#guarded(() => this.#slice(steps));
      if (this.#isReady) {
        this.#events.onReady();
        return;
      }
    }
  }

  #slice(steps: ReturnType<typeof rebuild>): void {
    const endMs = performance.now() + SLICE_MS;
    while (!this.#isReady && performance.now() < endMs) {
      const { done, value } = steps.next();
      if (done) {
        this.#end();
        break;
      }
      this.#isReady = value;
    }
  }

  /** Does a part of the rebuild; if it fails, the engine in use stays. */
  #guarded<T>(part: () => T): T | undefined {
    try {
      return part();
    } catch (error) {
      this.#end();
      // A late block merges one that was to be dropped: that one is to be kept, and the next attempt will.
      if (isEngineError(error, 'ERR_QANTO_UNKNOWN_PARENTS')) this.#considered = '';
      else this.#events.onFailed(error as Error);
      return undefined;
    }
  }

  #end(): void {
    this.#steps = undefined;
    this.#isReady = false;
  }
}
