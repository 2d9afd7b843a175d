import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { mustBe, UnsupportedError } from '../errors.ts';
import { MAX_THREADS, MAX_TIMEOUT_MS } from '../pow/index.ts';
import { type BackoffOptions, checkBackoff, DEFAULT_BACKOFF } from './backoff.ts';
import { type CircuitOptions, checkCircuit, DEFAULT_CIRCUIT } from './circuit-breaker.ts';

/** Of the target block time: how long a template is searched, by default, before a fresh one takes its place. */
const SOLVE_TIMEOUT_BLOCK_TIMES = 10;

/** Whom a miner mines for, on how many threads, and how patiently. It is checked when the miner is made. */
export interface MinerConfig {
  /** Who the blocks are mined for: 32 bytes as 64 hex digits. Goes into the coinbase as it is. */
  readonly address: string;
  /** The most threads to hash on, 1 to 256. Default: 75 % of the cores this process may use. */
  readonly threads?: number | undefined;
  /**
   * How often this miner expects a block from the network, in ms. Default: the network's own target. It sets the
   * default of `solveTimeoutMs` and nothing else: a block's difficulty is the network's, never the miner's.
   */
  readonly targetBlockTimeMs?: number | undefined;
  /**
   * How long one template is searched, in ms, before the miner backs off and builds a fresh one. Default: ten
   * target block times; under a seed none, because real time must not decide what a seeded run mines.
   */
  readonly solveTimeoutMs?: number | undefined;
  /** What happens after a time-out or a failure. What is left out is as in {@link DEFAULT_BACKOFF}. */
  readonly backoff?: Partial<BackoffOptions> | undefined;
  /** When to stop trying for a while. What is left out is as in {@link DEFAULT_CIRCUIT}. */
  readonly circuit?: Partial<CircuitOptions> | undefined;
  /** Not built yet: true is refused with `ERR_QANTO_UNSUPPORTED`. */
  readonly useGpu?: boolean | undefined;
  /** Not built yet: true is refused with `ERR_QANTO_UNSUPPORTED`. */
  readonly zkEnabled?: boolean | undefined;
}

/** A configuration that has been checked, with nothing left to default. */
export interface CheckedMinerConfig {
  /** 64 lowercase hex digits. */
  readonly address: string;
  /** 1 to 256; undefined leaves it to the search: 75 % of the cores this process may use. */
  readonly threads: number | undefined;
  /** 1 to 2^31 - 1 ms; undefined is no time-out, the default under a seed. */
  readonly solveTimeoutMs: number | undefined;
  /** With what was left out filled in from {@link DEFAULT_BACKOFF}. */
  readonly backoff: BackoffOptions;
  /** With what was left out filled in from {@link DEFAULT_CIRCUIT}. */
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

/** What the defaults of a miner's configuration depend on. */
export interface MinerConfigContext {
  /** The network's `targetTimePerBlockMs`. */
  readonly networkTargetBlockTimeMs: number;
  /** Whether the environment is seeded: then there is no default time-out. */
  readonly seeded: boolean;
}

/**
 * Checks a configuration and fills in its defaults. Throws `ERR_QANTO_INVALID_ARGUMENT` naming the first value that cannot
 * be, or `ERR_QANTO_UNSUPPORTED` for what does not exist yet.
 */
export function checkMinerConfig(config: MinerConfig, context: MinerConfigContext): CheckedMinerConfig {
  if (config.useGpu) throw new UnsupportedError('useGpu', 'mining runs on the CPU: leave it false');
  if (config.zkEnabled) throw new UnsupportedError('zkEnabled', 'blocks carry no proofs: leave it false');
  const { address, threads, solveTimeoutMs, targetBlockTimeMs = context.networkTargetBlockTimeMs } = config;
  if (typeof address !== 'string' || !/^[0-9a-f]{64}$/i.test(address)) {
    throw mustBe('address', address, '64 hex digits');
  }
  checkInteger('threads', threads, MAX_THREADS);
  checkInteger('targetBlockTimeMs', targetBlockTimeMs, MAX_TIMEOUT_MS);
  checkInteger('solveTimeoutMs', solveTimeoutMs, MAX_TIMEOUT_MS);
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

function checkInteger(name: string, value: number | undefined, max: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw mustBe(name, value, `an integer from 1 to ${max}`);
  }
}
