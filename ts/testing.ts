/**
 * A deterministic environment for tests of qanto and of services that embed a DAG. It works with any test
 * runner.
 *
 * @module qanto/testing
 */
import { type Fields, type NameOf, refuseUnknown, requireInteger, requireObject } from './check-arguments.ts';
import { MemoryStore, type NetworkName, QantoDag } from './dag/index.ts';
import { processEnvironment, SEED_VARIABLE, seededEnvironment } from './environment.ts';
import { type MinedReport, Miner, type MinerOptions } from './miner/index.ts';

export { InvalidArgumentError, QantoError } from './errors.ts';

/** The default address of {@link mineBlocks}: 64 hex digits, `7e57` repeated 16 times. */
export const TEST_ADDRESS = '7e57'.repeat(16);
const DEFAULT_SEED = 42;

/**
 * Sets `QANTO_TEST_MINING_SEED` to `seed`, which makes every DAG and miner deterministic that this process or a
 * child process creates afterwards. Returns a function that restores the previous value. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the seed is not an integer from 0 to 2^53 - 1.
 */
export function setupDeterministicTestEnv(
  options: {
    /** An integer from 0 to 2^53 - 1. Default: 42. */
    readonly seed?: number;
  } = {},
): () => void {
  requireObject('options', options);
  refuseUnknown('options', options, { seed: true });
  const { seed = DEFAULT_SEED } = options;
  // Throws if the seed is invalid.
  processEnvironment({ [SEED_VARIABLE]: String(seed) });
  const before = process.env[SEED_VARIABLE];
  process.env[SEED_VARIABLE] = String(seed);
  return () => {
    if (before === undefined) delete process.env[SEED_VARIABLE];
    else process.env[SEED_VARIABLE] = before;
  };
}

/** The options of {@link openTestDag}. */
export interface TestDagOptions {
  /** An integer from 0 to 2^53 - 1. Default: 42. Another seed gives other blocks on the same genesis block. */
  readonly seed?: number;
  /** Default: `devnet`. On `regtest`, every second hash is a hit on average. */
  readonly network?: NameOf<NetworkName>;
}

const DAG_FIELDS: Fields<TestDagOptions> = { seed: true, network: true };

/**
 * Opens a seeded DAG in memory. The blocks that are mined on it are the same in every run, byte for byte. Close
 * the DAG after use. Rejects with `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid.
 */
export async function openTestDag(options: TestDagOptions = {}): Promise<QantoDag> {
  requireObject('options', options);
  refuseUnknown('options', options, DAG_FIELDS);
  const { seed = DEFAULT_SEED, network = 'devnet' } = options;
  return QantoDag.open({ network, store: new MemoryStore(), environment: seededEnvironment(seed) });
}

/**
 * The options of the miner that {@link mineBlocks} creates. The default of `address` is {@link TEST_ADDRESS}.
 * On a seeded DAG, the default of `solveTimeoutMs` is none. The blocks do not depend on `threads`.
 */
export type MineBlocksOptions = Partial<MinerOptions>;

/**
 * Mines `count` blocks on a DAG. Resolves to their hashes, in the order in which they were mined, after hashing
 * has stopped. `count` is an integer of at least 0. Rejects with the first error of a template, a search or a
 * submission, and with `ERR_QANTO_INVALID_ARGUMENT` if `count` or an option is invalid.
 */
export async function mineBlocks(
  dag: QantoDag,
  count: number,
  options: MineBlocksOptions = {},
): Promise<string[]> {
  requireInteger('count', count, 0);
  requireObject('options', options);
  const miner = new Miner(dag, { address: TEST_ADDRESS, ...options });
  const hashes: string[] = [];
  if (count === 0) return hashes;
  try {
    await new Promise<void>((resolve, reject) => {
      miner.on('mined', ({ hash }: MinedReport) => {
        hashes.push(hash);
        if (hashes.length === count) {
          void miner.stop();
          resolve();
        }
      });
      miner.on('failed', ({ error }) => reject(error));
      miner.start();
    });
  } finally {
    await miner.stop();
  }
  return hashes;
}
