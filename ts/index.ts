/**
 * Proof of work: templates, searching, verifying, targets, and the hashing capabilities of this machine. Its
 * only dependency is the native binary for the platform.
 *
 * @module qanto
 */
export {
  AbortError,
  ExpectedWorkError,
  HashBudgetSpentError,
  InternalPanicError,
  InvalidArgumentError,
  NativeUnavailableError,
  NonceSpaceExhaustedError,
  PoolInUseError,
  QantoError,
  QueueFullError,
  type SearchEffort,
  SearchEndedError,
  ThreadsUnavailableError,
  TimedOutError,
  UnsupportedError,
} from './errors.ts';
export * from './pow/index.ts';
