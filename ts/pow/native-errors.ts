/** What the addon refuses, as errors of our own. */
import { QantoError, QueueFullError, ThreadsUnavailableError } from '../errors.ts';
import { native } from '../native.ts';

/** What the call returns; what the addon refuses is thrown as an error of ours. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toQantoError(error);
  }
}

/** The addon refuses with a `code` of ours; other errors stay what they are. */
function toQantoError(error: unknown): unknown {
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  switch (code) {
    case 'ERR_QANTO_QUEUE_FULL':
      return new QueueFullError(native().poolStatus().queueLimit);
    case 'ERR_QANTO_THREADS_UNAVAILABLE':
      return new ThreadsUnavailableError(message);
    default:
      return typeof code === 'string' && code.startsWith('ERR_QANTO_')
        ? new QantoError(code, message)
        : error;
  }
}
