/** What a DAG tells of its store: how much room there is, that a write has failed, that what it holds is damaged. */
import type { EventEmitter } from 'node:events';
import type { QantoDagEvents, StoreSpaceChange } from './status.ts';
import { StoreFailedError, StoreFullError } from './store/errors.ts';
import type { BlockStore, StoreSpace } from './store/store.ts';
import { tell } from './tell.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

export class StoreWatch {
  readonly #store: BlockStore;
  readonly #events: EventEmitter<QantoDagEvents>;
  #level: StoreSpaceChange['level'] = 'ok';
  #failure: Error | undefined;

  constructor(store: BlockStore, events: EventEmitter<QantoDagEvents>) {
    this.#store = store;
    this.#events = events;
  }

  /** Why the store takes nothing more until it is opened again; undefined as long as it works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Compares what the store holds with its checksums, in the background; nobody waits for the end. */
  async verify(): Promise<void> {
    try {
      await this.#store.verify?.();
    } catch (error) {
      // Whoever has opened the DAG must have had the time to listen.
      await nextTurn();
      this.#tellDamaged(asError(this.#store, error));
    }
  }

  /** The store has written something. */
  committed(): void {
    const { space } = this.#store;
    if (space !== undefined) this.#reach(levelOf(space), space);
  }

  /** The store takes no more blocks now; what it holds has not changed. */
  refused(error: unknown): void {
    if (error instanceof StoreFullError) this.#reach('full', error);
  }

  /** A write has failed: of a store that failed already, the first error stays. */
  failed(error: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = asError(this.#store, error);
    this.#failure = failure;
    tell(() => this.#events.emit('store-failed', failure));
  }

  #reach(level: StoreSpaceChange['level'], { availableBytes, minFreeBytes }: StoreSpace): void {
    if (level === this.#level) return;
    this.#level = level;
    tell(() => this.#events.emit('store-space', { level, availableBytes, minFreeBytes }));
  }

  /** Nobody asked for the check: where nobody listens, too, what it found must not go unnoticed. */
  #tellDamaged(error: Error): void {
    if (this.#events.listenerCount('store-damaged') === 0) process.emitWarning(error);
    tell(() => this.#events.emit('store-damaged', error));
  }
}

function levelOf({ availableBytes, minFreeBytes }: StoreSpace): StoreSpaceChange['level'] {
  if (availableBytes < minFreeBytes) return 'full';
  return availableBytes < 2 * minFreeBytes ? 'low' : 'ok';
}

/** A store of one's own may reject with anything. */
function asError(store: BlockStore, error: unknown): Error {
  return error instanceof Error ? error : new StoreFailedError(store.location, error);
}
