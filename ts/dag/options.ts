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
import { DEFAULT_ORPHAN_LIMITS, type OrphanLimits, OrphanPool } from './orphans.ts';
import { type NetworkName, type NetworkParams, resolveNetwork } from './params.ts';
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
  /** The limits of orphans in memory. The default is 1000 blocks and 16,000,000 bytes. */
  readonly orphanLimits?: OrphanLimits;
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
}

const OPTION_FIELDS: Fields<QantoDagOptions> = {
  network: true,
  dataDir: true,
  store: true,
  environment: true,
  orphanLimits: true,
  archive: true,
  trustClock: true,
  minFreeBytes: true,
  cacheBytes: true,
};
const ORPHAN_FIELDS: Fields<OrphanLimits> = { maxBlocks: true, maxBytes: true };

const STORE_METHODS = ['open', 'heads', 'read', 'append', 'prune', 'close'] as const;

export interface ResolvedOptions {
  readonly network: NetworkParams;
  /** The store, which is not open yet. */
  readonly store: BlockStore;
  readonly environment: Environment;
  readonly orphans: OrphanPool;
  readonly isArchive: boolean;
  readonly trustClock: boolean;
}

/** Checks the options and fills in defaults. Opens and creates nothing. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function resolveOptions(options: QantoDagOptions): ResolvedOptions {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { dataDir, orphanLimits = DEFAULT_ORPHAN_LIMITS, environment = processEnvironment() } = options;
  const network = resolveNetwork(options.network);
  if ((dataDir === undefined) === (options.store === undefined)) {
    const problem = 'options must have either dataDir or store, and not both';
    throw new InvalidArgumentError('options', options, problem);
  }
  const { archive: isArchive = false, trustClock = false, minFreeBytes, cacheBytes } = options;
  if (typeof isArchive !== 'boolean') {
    throw mustBe('options.archive', isArchive, 'a boolean');
  }
  if (typeof trustClock !== 'boolean') {
    throw mustBe('options.trustClock', trustClock, 'a boolean');
  }
  checkStoreOptions(options);
  checkEnvironment('options.environment', environment);
  requireObject('options.orphanLimits', orphanLimits);
  refuseUnknown('options.orphanLimits', orphanLimits, ORPHAN_FIELDS);
  const orphans = new OrphanPool(orphanLimits);
  const store =
    dataDir === undefined ? options.store! : new SqliteStore(dataDir, { minFreeBytes, cacheBytes });
  requireMethods('options.store', store, STORE_METHODS);
  return { network, store, environment, orphans, isArchive, trustClock };
}
