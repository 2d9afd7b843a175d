/** Emits the events of a DAG that concern its store: its free space, a failed write, and damage. */
import type { EventEmitter } from 'node:events';
import { rethrowLater } from '../rethrow.ts';
import type { QantoDagEvents, StoreSpaceChange } from './status.ts';
import { StoreFailedError, StoreFullError } from './store/errors.ts';
import type { BlockStore, StoreSpace } from './store/store.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

export class StoreMonitor {
  readonly #store: BlockStore;
  readonly #events: EventEmitter<QantoDagEvents>;
  #level: StoreSpaceChange['level'] = 'ok';
  #failure: Error | undefined;

  constructor(store: BlockStore, events: EventEmitter<QantoDagEvents>) {
    this.#store = store;
    this.#events = events;
  }

  /** The error after which the store accepts no write until it is opened again; undefined while it works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Verifies the checksums of the store in the background. */
  async verify(): Promise<void> {
    try {
      await this.#store.verify?.();
    } catch (error) {
      // The caller that opened the DAG must have had time to add a listener.
      await nextTurn();
      this.#emitDamaged(asError(this.#store, error));
    }
  }

  /** Call after every transaction. */
  committed(): void {
    const { space } = this.#store;
    if (space !== undefined) this.#setLevel(levelOf(space), space);
  }

  /** Call when the store refuses blocks without having changed. */
  refused(error: unknown): void {
    if (error instanceof StoreFullError) this.#setLevel('full', error);
  }

  /** Call when a write fails. Only the first failure is kept and reported. */
  failed(error: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = asError(this.#store, error);
    this.#failure = failure;
    rethrowLater(() => this.#events.emit('store-failed', failure));
  }

  #setLevel(level: StoreSpaceChange['level'], { availableBytes, minFreeBytes }: StoreSpace): void {
    if (level === this.#level) return;
    this.#level = level;
    rethrowLater(() => this.#events.emit('store-space', { level, availableBytes, minFreeBytes }));
  }

  /** Without a listener the error becomes a process warning, since no caller awaits the verification. */
  #emitDamaged(error: Error): void {
    if (this.#events.listenerCount('store-damaged') === 0) process.emitWarning(error);
    rethrowLater(() => this.#events.emit('store-damaged', error));
  }
}

function levelOf({ availableBytes, minFreeBytes }: StoreSpace): StoreSpaceChange['level'] {
  if (availableBytes < minFreeBytes) return 'full';
  return availableBytes < 2 * minFreeBytes ? 'low' : 'ok';
}

/** A custom store may reject with any value. */
function asError(store: BlockStore, error: unknown): Error {
  return error instanceof Error ? error : new StoreFailedError(store.location, error);
}
