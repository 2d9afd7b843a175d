/** Converts errors of the addon to the error classes of qanto. */
import { PoolInUseError, QantoError, QueueFullError, ThreadsUnavailableError } from '../errors.ts';
import { native } from '../native.ts';

/** Returns the result of the call. An error of the addon is thrown as a QantoError. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toQantoError(error);
  }
}

/** Errors of the addon have a `code` that starts with `ERR_QANTO_`, and no class. Other errors are returned unchanged. */
export function toQantoError(error: unknown): unknown {
  if (error instanceof QantoError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  switch (code) {
    case 'ERR_QANTO_QUEUE_FULL':
      return new QueueFullError(native().poolStatus().queueLimit);
    case 'ERR_QANTO_POOL_IN_USE':
      return new PoolInUseError(message);
    case 'ERR_QANTO_THREADS_UNAVAILABLE':
      return new ThreadsUnavailableError(message);
    default:
      return typeof code === 'string' && code.startsWith('ERR_QANTO_')
        ? new QantoError(code, message)
        : error;
  }
}
