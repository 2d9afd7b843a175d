/**
 * One listener a signal, however many jobs wait for it. A service may pass one shutdown signal to ten thousand
 * jobs; a listener each would warn of a leak and make adding and removing them quadratic.
 */

type Listener = () => void;

interface Subscription {
  readonly listeners: Set<Listener>;
  readonly onAbort: () => void;
}

const subscriptions = new WeakMap<AbortSignal, Subscription>();

/**
 * Calls the listener once when the signal aborts; the signal must not have aborted yet. Returns the function
 * that takes the listener off again; after the last one nothing of ours is left on the signal.
 */
export function onceAborted(signal: AbortSignal, listener: Listener): () => void {
  const { listeners } = subscriptions.get(signal) ?? subscribe(signal);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) unsubscribe(signal);
  };
}

function subscribe(signal: AbortSignal): Subscription {
  const listeners = new Set<Listener>();
  const onAbort = () => {
    unsubscribe(signal);
    const called = [...listeners];
    listeners.clear();
    for (const listener of called) listener();
  };
  const subscription = { listeners, onAbort };
  signal.addEventListener('abort', onAbort, { once: true });
  subscriptions.set(signal, subscription);
  return subscription;
}

function unsubscribe(signal: AbortSignal): void {
  const subscription = subscriptions.get(signal);
  if (!subscription) return;
  subscriptions.delete(signal);
  signal.removeEventListener('abort', subscription.onAbort);
}
