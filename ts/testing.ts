/**
 * `qanto/testing`: the deterministic test environment, for our tests and for those of services that embed a DAG.
 * Works with any test runner.
 */
import { MemoryStore, type NetworkName, QantoDag } from './dag/index.ts';
import { processEnvironment, SEED_VARIABLE, seededEnvironment } from './environment.ts';
import { InvalidArgumentError } from './errors.ts';
import { type MinedReport, Miner, type MinerConfig, type MinerOptions } from './miner/index.ts';

/** The address the helpers mine for unless told another. */
export const TEST_ADDRESS = '7e57'.repeat(16);
const DEFAULT_SEED = 42;

/**
 * Makes everything that opens its environment from now on deterministic, here and in child processes: sets
 * `QANTO_TEST_MINING_SEED`. Returns the function that puts back what was there.
 */
export function setupDeterministicTestEnv({
  seed = DEFAULT_SEED,
}: {
  readonly seed?: number;
} = {}): () => void {
  // Refuses what no environment could be made of.
  processEnvironment({ [SEED_VARIABLE]: String(seed) });
  const before = process.env[SEED_VARIABLE];
  process.env[SEED_VARIABLE] = String(seed);
  return () => {
    if (before === undefined) delete process.env[SEED_VARIABLE];
    else process.env[SEED_VARIABLE] = before;
  };
}

export interface TestDagOptions {
  readonly seed?: number;
  /** Default `devnet`; on `regtest` every second hash is a hit. */
  readonly network?: NetworkName;
}

/** A DAG in memory, seeded: what is mined on it is the same to the byte in every run. Close it when done. */
export function openTestDag({
  seed = DEFAULT_SEED,
  network = 'devnet',
}: TestDagOptions = {}): Promise<QantoDag> {
  return QantoDag.open({ network, store: new MemoryStore(), environment: seededEnvironment(seed) });
}

export interface MineBlocksOptions extends MinerOptions {
  readonly address?: string;
  readonly threads?: number;
  /** Any further setting of the miner. Under a seed there is no solve timeout unless it is set here. */
  readonly miner?: Partial<MinerConfig>;
}

/**
 * Mines so many blocks on a DAG and resolves to their hashes, in the order they were mined; nothing is hashed any
 * more then. Rejects with the first failure of a template, a search or a submission.
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
