/**
 * `qanto/testing`: the deterministic test environment, for our tests and for those of services that embed a DAG.
 * Works with any test runner.
 *
 * @module qanto/testing
 */
import { type Fields, type NameOf, refuseUnknown, requireObject } from './check-arguments.ts';
import { MemoryStore, type NetworkName, QantoDag } from './dag/index.ts';
import { processEnvironment, SEED_VARIABLE, seededEnvironment } from './environment.ts';
import { mustBe } from './errors.ts';
import { type MinedReport, Miner, type MinerOptions } from './miner/index.ts';

export { InvalidArgumentError, QantoError } from './errors.ts';

/** The address the helpers mine for unless told another: 64 hex digits, `7e57` 16 times. */
export const TEST_ADDRESS = '7e57'.repeat(16);
const DEFAULT_SEED = 42;

/**
 * Makes everything that opens its environment from now on deterministic, here and in child processes: sets
 * `QANTO_TEST_MINING_SEED` to `seed`, default 42. Returns the function that puts back what was there. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` for a seed that is no integer from 0 to 2^53 - 1.
 */
export function setupDeterministicTestEnv(
  options: {
    /** An integer from 0 to 2^53 - 1; default 42. */
    readonly seed?: number;
  } = {},
): () => void {
  requireObject('options', options);
  refuseUnknown('options', options, { seed: true });
  const { seed = DEFAULT_SEED } = options;
  // Refuses what no environment could be made of.
  processEnvironment({ [SEED_VARIABLE]: String(seed) });
  const before = process.env[SEED_VARIABLE];
  process.env[SEED_VARIABLE] = String(seed);
  return () => {
    if (before === undefined) delete process.env[SEED_VARIABLE];
    else process.env[SEED_VARIABLE] = before;
  };
}

/** Which DAG {@link openTestDag} opens. */
export interface TestDagOptions {
  /** A safe integer of at least 0; default 42. Another seed makes other blocks on the same genesis. */
  readonly seed?: number;
  /** Default `devnet`; on `regtest` every second hash is a hit. */
  readonly network?: NameOf<NetworkName>;
}

const DAG_FIELDS: Fields<TestDagOptions> = { seed: true, network: true };

/** A DAG in memory, seeded: what is mined on it is the same to the byte in every run. Close it when done. */
export async function openTestDag(options: TestDagOptions = {}): Promise<QantoDag> {
  requireObject('options', options);
  refuseUnknown('options', options, DAG_FIELDS);
  const { seed = DEFAULT_SEED, network = 'devnet' } = options;
  return QantoDag.open({ network, store: new MemoryStore(), environment: seededEnvironment(seed) });
}

/**
 * How {@link mineBlocks} mines: the options of a miner. `address` is {@link TEST_ADDRESS} by default, and under a seed there
 * is no solve timeout unless it is set here. The blocks do not depend on `threads`.
 */
export type MineBlocksOptions = Partial<MinerOptions>;

/**
 * Mines so many blocks on a DAG and resolves to their hashes, in the order they were mined; nothing is hashed any
 * more then. `count` is an integer of at least 0. Rejects with the first failure of a template, a search or a
 * submission, and with `ERR_QANTO_INVALID_ARGUMENT` for a count or a setting that cannot be.
 */
export async function mineBlocks(
  dag: QantoDag,
  count: number,
  options: MineBlocksOptions = {},
): Promise<string[]> {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw mustBe('count', count, 'an integer of at least 0');
  }
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
