/**
 * Proof of work: what to hash and what counts as a hit, searching, verifying, targets, and what this machine hashes
 * with. Needs nothing but the native binary of the platform.
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
