/** The options of a DAG, checked. */
import {
  type Fields,
  type NameOf,
  refuseUnknown,
  requireMethods,
  requireObject,
} from '../check-arguments.ts';
import { checkEnvironment, type Environment, processEnvironment } from '../environment.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';
import { type OrphanLimits, resolveOrphanLimits } from './orphans.ts';
import { type NetworkName, type NetworkParams, resolveNetwork } from './params.ts';
import type { OpeningProgress } from './status.ts';
import { checkStoreOptions, SqliteStore } from './store/sqlite.ts';
import type { BlockStore, StoreOptions } from './store/store.ts';

/** The options of {@link QantoDag.open}. `minFreeBytes` and `cacheBytes` apply only to the embedded store. */
export interface QantoDagOptions extends StoreOptions {
  /** The name of a predefined network, or the parameters of a custom one. */
  readonly network: NameOf<NetworkName> | NetworkParams;
  /** The directory of the embedded store, created if it does not exist. Give either this or `store`. */
  readonly dataDir?: string | undefined;
  /** Another store, such as a MemoryStore. The DAG opens and closes it. */
  readonly store?: BlockStore;
  /** The default is that of the process, which `QANTO_TEST_MINING_SEED` makes deterministic. */
  readonly environment?: Environment;
  /** The limits of the blocks that wait in memory for their parents. */
  readonly orphanLimits?: OrphanLimits;
  /**
   * The maximum memory that blocks take while they wait to be checked, in bytes: the encoded blocks, and 3,000 bytes
   * for each. Beyond it, `addBlock` rejects with `ERR_QANTO_DAG_QUEUE_FULL`. Blocks with less than about a third of the median work
   * of the last 100 blocks of the selected chain may take a 16th of it. Another 16th is for blocks whose hash is that of a
   * block that is waiting or being checked, or that was offered recently with invalid contents. An integer of at least 0; an empty queue has room for any block. The default is 256,000,000.
   */
  readonly maxQueuedBytes?: number;
  /**
   * Whether pruned blocks stay on disk, where they can be read by their hashes. Memory is bounded in either case. The
   * default is false. Blocks that were dropped from disk do not come back.
   */
  readonly archive?: boolean;
  /**
   * Whether the clock is always used as it is. By default, a clock that is set forward is not used until recent blocks
   * confirm it, or until ten minutes have passed. A clock that is behind the recent blocks is not used until it has caught
   * up. The event `'clock-changed'` reports both. With this option, `buildTemplate` throws `ERR_QANTO_CLOCK_BEHIND` while
   * the clock is far behind the recent blocks. The default is false. The option has no effect on a clock without
   * `monotonicMs`, which is always used as it is.
   */
  readonly trustClock?: boolean;
  /**
   * Called about every 100 ms while the DAG is being opened, and once at the end. An error that it throws becomes an uncaught
   * exception.
   */
  readonly onProgress?: ((progress: OpeningProgress) => void) | undefined;
}

const OPTION_FIELDS: Fields<QantoDagOptions> = {
  onProgress: true,
  network: true,
  dataDir: true,
  store: true,
  environment: true,
  orphanLimits: true,
  maxQueuedBytes: true,
  archive: true,
  trustClock: true,
  minFreeBytes: true,
  cacheBytes: true,
};

const DEFAULT_MAX_QUEUED_BYTES = 256_000_000;

const STORE_METHODS = ['open', 'heads', 'read', 'append', 'prune', 'close'] as const;

export interface ResolvedOptions {
  readonly network: NetworkParams;
  /** The store, which is not open yet. */
  readonly store: BlockStore;
  readonly environment: Environment;
  readonly orphanLimits: Required<OrphanLimits>;
  readonly maxQueuedBytes: number;
  readonly isArchive: boolean;
  readonly trustClock: boolean;
  readonly onProgress: ((progress: OpeningProgress) => void) | undefined;
}

/** Checks the options and fills in defaults. Opens and creates nothing. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function resolveOptions(options: QantoDagOptions): ResolvedOptions {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { dataDir, environment = processEnvironment() } = options;
  const network = resolveNetwork(options.network);
  if ((dataDir === undefined) === (options.store === undefined)) {
    const problem = 'options must have either dataDir or store, and not both';
    throw new InvalidArgumentError('options', options, problem);
  }
  const { archive: isArchive = false, trustClock = false, minFreeBytes, cacheBytes, onProgress } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw mustBe('options.onProgress', onProgress, 'a function');
  }
  if (typeof isArchive !== 'boolean') {
    throw mustBe('options.archive', isArchive, 'a boolean');
  }
  if (typeof trustClock !== 'boolean') {
    throw mustBe('options.trustClock', trustClock, 'a boolean');
  }
  checkStoreOptions(options);
  checkEnvironment('options.environment', environment);
  const orphanLimits = resolveOrphanLimits(options.orphanLimits);
  const { maxQueuedBytes = DEFAULT_MAX_QUEUED_BYTES } = options;
  if (!Number.isSafeInteger(maxQueuedBytes) || maxQueuedBytes < 0) {
    throw mustBe('options.maxQueuedBytes', maxQueuedBytes, 'an integer of at least 0');
  }
  const store =
    dataDir === undefined ? options.store! : new SqliteStore(dataDir, { minFreeBytes, cacheBytes });
  requireMethods('options.store', store, STORE_METHODS);
  return { network, store, environment, orphanLimits, maxQueuedBytes, isArchive, trustClock, onProgress };
}
