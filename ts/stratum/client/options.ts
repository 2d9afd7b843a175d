import {
  type Fields,
  refuseUnknown,
  requireFunction,
  requireInteger,
  requireObject,
} from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import { type BackoffOptions, checkBackoff } from '../../miner/backoff.ts';
import { MAX_THREADS } from '../../pow/platform.ts';
import { MAX_TIMEOUT_MS, solvePow } from '../../pow/solve.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';

/** The options of a {@link StratumClient}. */
export interface StratumClientOptions {
  /** `stratum+tcp://HOST:PORT`, or `stratum+ssl://HOST:PORT` for TLS. */
  readonly url: string;
  /** The name that the server credits shares to. For a node it is 64 hex digits, and perhaps a point and a worker. */
  readonly user: string;
  /** The password. Default: `x`, because most servers ignore it. */
  readonly password?: string | undefined;
  /** The maximum number of threads, from 1 to 256. Default: `defaultThreads()`. */
  readonly threads?: number | undefined;
  /** Whether version rolling (BIP 310) is requested. It makes hashing faster. Default: true. */
  readonly versionRolling?: boolean | undefined;
  /** A connection on which no line has arrived for this time is given up, in ms. Default: 120,000. */
  readonly timeoutMs?: number | undefined;
  /** The delays before the client connects again. `maxTries` tries make a sequence. Default: from 1 s to 60 s. */
  readonly backoff?: Partial<BackoffOptions> | undefined;
  /** The search function. A replacement must resolve and reject as `solvePow` does. Default: `solvePow`. */
  readonly solve?: typeof solvePow | undefined;
}

const OPTION_FIELDS: Fields<StratumClientOptions> = {
  url: true,
  user: true,
  password: true,
  threads: true,
  versionRolling: true,
  timeoutMs: true,
  backoff: true,
  solve: true,
};

const DEFAULT_BACKOFF: BackoffOptions = {
  initialMs: 1000,
  factor: 2,
  maxMs: 60_000,
  jitter: 0.2,
  maxTries: 1000,
};
const MAX_NAME = 512;

/** Options with their defaults. */
export interface CheckedClientOptions {
  readonly endpoint: Endpoint;
  readonly user: string;
  readonly password: string;
  readonly threads: number | undefined;
  readonly versionRolling: boolean;
  readonly timeoutMs: number;
  readonly backoff: BackoffOptions;
  readonly solve: typeof solvePow;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function checkClientOptions(options: StratumClientOptions): CheckedClientOptions {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { user, password = 'x', threads, versionRolling = true, timeoutMs = 120_000 } = options;
  const endpoint = parseEndpoint('options.url', options.url);
  if (typeof user !== 'string' || user === '' || user.length > MAX_NAME)
    throw mustBe('options.user', user, `text of 1 to ${MAX_NAME} characters`);
  // The value is not shown.
  if (typeof password !== 'string' || password.length > MAX_NAME)
    throw mustBe('options.password', undefined, `text of at most ${MAX_NAME} characters`);
  if (threads !== undefined) requireInteger('options.threads', threads, 1, MAX_THREADS);
  if (typeof versionRolling !== 'boolean')
    throw mustBe('options.versionRolling', versionRolling, 'true or false');
  requireInteger('options.timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS);
  if (options.backoff !== undefined) requireObject('options.backoff', options.backoff);
  const backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
  refuseUnknown('options.backoff', backoff, {
    initialMs: true,
    factor: true,
    maxMs: true,
    jitter: true,
    maxTries: true,
  });
  checkBackoff(backoff, 'options.backoff');
  const solve = options.solve ?? solvePow;
  requireFunction('options.solve', solve);
  return { endpoint, user, password, threads, versionRolling, timeoutMs, backoff, solve };
}
