import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe, UnsupportedError } from '../errors.ts';
import { MAX_THREADS } from '../pow/index.ts';
import { MAX_TIMEOUT_MS } from '../pow/solve.ts';
import { type BackoffOptions, checkBackoff, DEFAULT_BACKOFF } from './backoff.ts';
import { type CircuitOptions, checkCircuit, DEFAULT_CIRCUIT } from './circuit-breaker.ts';

/** The default solve timeout, in target block times. */
const SOLVE_TIMEOUT_BLOCK_TIMES = 10;

/** The configuration of a miner. The constructor of the miner checks it. */
export interface MinerConfig {
  /** The address that the blocks are mined for: 32 bytes, as 64 hex digits. It is written into the coinbase. */
  readonly address: string;
  /**
   * Maximum number of hashing threads, from 1 to 256. Default: `defaultThreads()`, 75 % of the cores that this
   * process may use.
   */
  readonly threads?: number | undefined;
  /**
   * Expected time between two blocks of the network, in ms: from 1 to 2^31 - 1. It determines only the default
   * of `solveTimeoutMs`; the difficulty of a block depends on the network alone. Default: the network's target
   * time per block.
   */
  readonly targetBlockTimeMs?: number | undefined;
  /**
   * Maximum time to search one template, in ms, from 1 to 2^31 - 1. After this time, the miner backs off and
   * builds a new template. Default: ten times `targetBlockTimeMs`. In a seeded environment the default is none,
   * because the blocks of a seeded run must not depend on real time.
   */
  readonly solveTimeoutMs?: number | undefined;
  /**
   * The backoff after a timeout or a failure. An option that is left out has its value in
   * {@link DEFAULT_BACKOFF}.
   */
  readonly backoff?: Partial<BackoffOptions> | undefined;
  /** The circuit breaker. An option that is left out has its value in {@link DEFAULT_CIRCUIT}. */
  readonly circuit?: Partial<CircuitOptions> | undefined;
  /** Not implemented yet: `true` throws `ERR_QANTO_UNSUPPORTED`. Default: `false`. */
  readonly useGpu?: boolean | undefined;
  /** Not implemented yet: `true` throws `ERR_QANTO_UNSUPPORTED`. Default: `false`. */
  readonly zkEnabled?: boolean | undefined;
}

/** A configuration that has been checked and whose defaults are filled in. */
export interface CheckedMinerConfig {
  /** 64 lowercase hex digits. */
  readonly address: string;
  /** From 1 to 256. Undefined means the default of `solvePow`. */
  readonly threads: number | undefined;
  /** From 1 to 2^31 - 1 ms. Undefined means no timeout, which is the default in a seeded environment. */
  readonly solveTimeoutMs: number | undefined;
  /** The options that were left out have their values in {@link DEFAULT_BACKOFF}. */
  readonly backoff: BackoffOptions;
  /** The options that were left out have their values in {@link DEFAULT_CIRCUIT}. */
  readonly circuit: CircuitOptions;
}

export const MINER_CONFIG_FIELDS: Fields<MinerConfig> = {
  address: true,
  threads: true,
  targetBlockTimeMs: true,
  solveTimeoutMs: true,
  backoff: true,
  circuit: true,
  useGpu: true,
  zkEnabled: true,
};
const BACKOFF_FIELDS: Fields<BackoffOptions> = {
  initialMs: true,
  factor: true,
  maxMs: true,
  jitter: true,
  maxTries: true,
};
const CIRCUIT_FIELDS: Fields<CircuitOptions> = {
  failureThreshold: true,
  resetTimeoutMs: true,
  successThreshold: true,
};

/** The values that the defaults of a miner's configuration depend on. */
export interface MinerConfigContext {
  /** The network's `targetTimePerBlockMs`. */
  readonly networkTargetBlockTimeMs: number;
  /** Whether the environment is seeded. If it is, there is no default timeout. */
  readonly seeded: boolean;
}

/**
 * Checks a configuration and fills in its defaults. Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the first
 * invalid value, and `ERR_QANTO_UNSUPPORTED` if `useGpu` or `zkEnabled` is true.
 */
export function checkMinerConfig(config: MinerConfig, context: MinerConfigContext): CheckedMinerConfig {
  if (config.useGpu) throw new UnsupportedError('useGpu', 'mining runs on the CPU only; set it to false');
  if (config.zkEnabled)
    throw new UnsupportedError('zkEnabled', 'blocks carry no zero-knowledge proofs; set it to false');
  const { address, threads, solveTimeoutMs, targetBlockTimeMs = context.networkTargetBlockTimeMs } = config;
  if (typeof address !== 'string' || !/^[0-9a-f]{64}$/i.test(address)) {
    throw mustBe('address', address, '64 hex digits');
  }
  checkThreads(threads);
  requireInteger('targetBlockTimeMs', targetBlockTimeMs, 1, MAX_TIMEOUT_MS);
  if (solveTimeoutMs !== undefined) requireInteger('solveTimeoutMs', solveTimeoutMs, 1, MAX_TIMEOUT_MS);
  const backoff = { ...DEFAULT_BACKOFF, ...section('backoff', config.backoff, BACKOFF_FIELDS) };
  checkBackoff(backoff);
  const circuit = { ...DEFAULT_CIRCUIT, ...section('circuit', config.circuit, CIRCUIT_FIELDS) };
  checkCircuit(circuit);
  const defaultTimeoutMs = Math.min(targetBlockTimeMs * SOLVE_TIMEOUT_BLOCK_TIMES, MAX_TIMEOUT_MS);
  return {
    address: address.toLowerCase(),
    threads,
    solveTimeoutMs: solveTimeoutMs ?? (context.seeded ? undefined : defaultTimeoutMs),
    backoff,
    circuit,
  };
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` unless this is a number of threads, or undefined. */
export function checkThreads(threads: number | undefined): void {
  if (threads !== undefined) requireInteger('threads', threads, 1, MAX_THREADS);
}

function section<T extends object>(
  name: string,
  value: Partial<T> | undefined,
  fields: Fields<T>,
): Partial<T> {
  if (value === undefined) return {};
  requireObject(name, value);
  refuseUnknown(name, value, fields);
  return value;
}
