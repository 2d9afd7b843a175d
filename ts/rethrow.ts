/**
 * Calls a function of the host: a listener, a logger, an SDK. An error that it throws is a bug of the host, so
 * it must not end the work of the caller. It is thrown again in a microtask, where it becomes an uncaught
 * exception. Returns what the function returns, and undefined if it throws.
 */
export function rethrowLater<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}
