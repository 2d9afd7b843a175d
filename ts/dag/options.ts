/** What a DAG is opened with. */
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

/** Which DAG to open, and where it is kept. `minFreeBytes` and `cacheBytes` concern the embedded store alone. */
export interface QantoDagOptions extends StoreOptions {
  /** A known network by name, or the parameters of one's own. */
  readonly network: NameOf<NetworkName> | NetworkParams;
  /** Directory of the embedded store; made when it does not exist. Either this or `store`. */
  readonly dataDir?: string | undefined;
  /** Another store, such as a MemoryStore. It is opened here and closed with the DAG. */
  readonly store?: BlockStore;
  /** Default: the process's, which `QANTO_TEST_MINING_SEED` makes deterministic. */
  readonly environment?: Environment;
  /** How much may wait for its parents. Default 1000 blocks and 16,000,000 bytes. */
  readonly orphanLimits?: OrphanLimits;
  /**
   * Keep the blocks behind the pruning point on disk, to be read by their hashes; memory is bounded either way. Default
   * false. What was pruned once does not come back.
   */
  readonly archive?: boolean;
}

const OPTION_FIELDS: Fields<QantoDagOptions> = {
  network: true,
  dataDir: true,
  store: true,
  environment: true,
  orphanLimits: true,
  archive: true,
  minFreeBytes: true,
  cacheBytes: true,
};
const ORPHAN_FIELDS: Fields<OrphanLimits> = { maxBlocks: true, maxBytes: true };

const STORE_METHODS = ['open', 'heads', 'read', 'append', 'prune', 'close'] as const;

export interface ResolvedOptions {
  readonly network: NetworkParams;
  /** Not open yet. */
  readonly store: BlockStore;
  readonly environment: Environment;
  readonly orphans: OrphanPool;
  readonly isArchive: boolean;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT`; nothing is opened or made. */
export function resolveOptions(options: QantoDagOptions): ResolvedOptions {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { dataDir, orphanLimits = DEFAULT_ORPHAN_LIMITS, environment = processEnvironment() } = options;
  const network = resolveNetwork(options.network);
  if ((dataDir === undefined) === (options.store === undefined)) {
    const problem = 'options must have either dataDir or store, and not both';
    throw new InvalidArgumentError('options', options, problem);
  }
  const { archive: isArchive = false, minFreeBytes, cacheBytes } = options;
  if (typeof isArchive !== 'boolean') {
    throw mustBe('options.archive', isArchive, 'a boolean');
  }
  checkStoreOptions(options);
  checkEnvironment('options.environment', environment);
  requireObject('options.orphanLimits', orphanLimits);
  refuseUnknown('options.orphanLimits', orphanLimits, ORPHAN_FIELDS);
  const orphans = new OrphanPool(orphanLimits);
  const store =
    dataDir === undefined ? options.store! : new SqliteStore(dataDir, { minFreeBytes, cacheBytes });
  requireMethods('options.store', store, STORE_METHODS);
  return { network, store, environment, orphans, isArchive };
}
