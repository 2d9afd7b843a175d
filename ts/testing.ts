/**
 * `qanto/testing`: the deterministic test environment, for our tests and for those of services that embed a DAG.
 * Works with any test runner.
 *
 * @module qanto/testing
 */
import { type NameOf, requireObject } from './arguments.ts';
import { MemoryStore, type NetworkName, QantoDag } from './dag/index.ts';
import { processEnvironment, SEED_VARIABLE, seededEnvironment } from './environment.ts';
import { InvalidArgumentError } from './errors.ts';
import { type MinedReport, Miner, type MinerConfig, type MinerOptions } from './miner/index.ts';

export { InvalidArgumentError, QantoError } from './errors.ts';

/** The address the helpers mine for unless told another: 64 hex digits, `7e57` 16 times. */
export const TEST_ADDRESS = '7e57'.repeat(16);
const DEFAULT_SEED = 42;

/**
 * Makes everything that opens its environment from now on deterministic, here and in child processes: sets
 * `QANTO_TEST_MINING_SEED` to `seed`, default 42. Returns the function that puts back what was there. Throws
 * `INVALID_ARGUMENT` for a seed that is no integer from 0 to 2^53 - 1.
 */
export function setupDeterministicTestEnv(
  options: {
    /** An integer from 0 to 2^53 - 1; default 42. */
    readonly seed?: number;
  } = {},
): () => void {
  requireObject('options', options);
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

/** A DAG in memory, seeded: what is mined on it is the same to the byte in every run. Close it when done. */
export async function openTestDag(options: TestDagOptions = {}): Promise<QantoDag> {
  requireObject('options', options);
  const { seed = DEFAULT_SEED, network = 'devnet' } = options;
  return QantoDag.open({ network, store: new MemoryStore(), environment: seededEnvironment(seed) });
}

/** How {@link mineBlocks} mines: a miner's options, and its settings. */
export interface MineBlocksOptions extends MinerOptions {
  /** Who the blocks are mined for: 64 hex digits. Default {@link TEST_ADDRESS}. */
  readonly address?: string;
  /**
   * The most threads to hash on, 1 to 256. Default: 75 % of the cores this process may use. The blocks do not depend
   * on it.
   */
  readonly threads?: number;
  /** Any further setting of the miner. Under a seed there is no solve timeout unless it is set here. */
  readonly miner?: Partial<MinerConfig>;
}

/**
 * Mines so many blocks on a DAG and resolves to their hashes, in the order they were mined; nothing is hashed any
 * more then. `count` is an integer of at least 0. Rejects with the first failure of a template, a search or a
 * submission, and with `INVALID_ARGUMENT` for a count or a setting that cannot be.
 */
export async function mineBlocks(
  dag: QantoDag,
  count: number,
  { address = TEST_ADDRESS, threads, miner: settings, ...options }: MineBlocksOptions = {},
): Promise<string[]> {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new InvalidArgumentError('count', count, 'an integer, at least 0');
  }
  const miner = new Miner(dag, { address, threads, ...settings }, options);
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
