/**
 * One event listener per signal, for any number of jobs. A service may pass one shutdown signal to ten thousand
 * jobs. With one event listener per job, Node would warn of a leak, and adding and removing them would take
 * quadratic time.
 */

type Listener = () => void;

interface Subscription {
  readonly listeners: Set<Listener>;
  readonly onAbort: () => void;
}

const subscriptions = new WeakMap<AbortSignal, Subscription>();

/**
 * Calls the listener once when the signal is aborted. The signal must not be aborted already. Returns a
 * function that removes the listener. When the last listener is removed, the event listener is removed from the
 * signal.
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
