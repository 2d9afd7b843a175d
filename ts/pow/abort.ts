/**
 * One event listener per signal, for any number of jobs. A service may pass one shutdown signal to ten thousand
 * jobs. With one event listener per job, Node would warn of a leak, and adding and removing them would take
 * quadratic time.
 */

import { mustBe } from '../errors.ts';

type Listener = () => void;

/** The subscriptions whose event listener is registered and has not been called. */
const subscriptions = new WeakMap<AbortSignal, Subscription>();

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not an AbortSignal. Checks its shape, as Node does, because a signal
 * may come from another realm.
 */
export function requireSignal(argument: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && 'aborted' in value) {
    const { addEventListener, removeEventListener } = value as Partial<AbortSignal>;
    if (typeof addEventListener === 'function' && typeof removeEventListener === 'function') return;
  }
  throw mustBe(argument, value, 'an AbortSignal');
}

/**
 * Calls the listener once when the signal is aborted, and at once if it is aborted already. Returns a function
 * that removes the listener. When the last listener is removed, the event listener is removed from the signal.
 * An error that the signal throws reaches the caller, and no listener is left behind.
 */
export function onceAborted(signal: AbortSignal, listener: Listener): () => void {
  const subscription = subscriptions.get(signal) ?? new Subscription(signal);
  try {
    subscription.add(listener);
    // A signal that was aborted before the event listener was registered emits no event any more.
    if (signal.aborted) subscription.abort();
  } catch (error) {
    subscription.remove(listener);
    throw error;
  }
  return () => subscription.remove(listener);
}

class Subscription {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<Listener>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#listeners.size > 1) return;
    // The listener is in the set by now, because the signal may emit its event during this call.
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#listeners.size > 0) subscriptions.set(this.#signal, this);
  }

  remove(listener: Listener): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#end();
  }

  /** Calls all listeners, although the signal has emitted no event. */
  abort(): void {
    this.#onAbort();
    this.#end();
  }

  /** The signal removes this event listener itself, because it is registered with `once`. */
  readonly #onAbort = (): void => {
    this.#forget();
    const called = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of called) listener();
  };

  #end(): void {
    this.#forget();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** The signal may have a later subscription, if it did not remove the event listener of this one. */
  #forget(): void {
    if (subscriptions.get(this.#signal) === this) subscriptions.delete(this.#signal);
  }
}
