import { QantoError, QueueFullError, ThreadsUnavailableError } from '../errors.ts';

const { types } = process.getBuiltinModule('node:util');

/** What the call returns; what the addon throws is thrown as an error of ours. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toQantoError(error);
  }
}

/** The addon refuses with `CODE: detail`; other errors stay what they are. */
function toQantoError(error: unknown): unknown {
  const [, code, detail = ''] =
    /^([A-Z_]+): (.*)$/s.exec(types.isNativeError(error) ? error.message : '') ?? [];
  if (code === undefined) return error;
  if (code === 'ERR_QANTO_QUEUE_FULL') return new QueueFullError(Number(detail));
  if (code === 'ERR_QANTO_THREADS_UNAVAILABLE') return new ThreadsUnavailableError(detail);
  return new QantoError(code, detail);
}
