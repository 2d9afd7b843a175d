/** The options of a Stratum server. */
import {
  type Fields,
  refuseUnknown,
  requireFunction,
  requireInteger,
  requireMethods,
  requireObject,
} from '../check-arguments.ts';
import type { QantoDag } from '../dag/index.ts';
import { mustBe, UnsupportedError } from '../errors.ts';
import { checkLogger, type Logger, silentLogger } from '../logger.ts';

/** The members of a QantoDag that a Stratum server uses. */
export type StratumDag = Pick<
  QantoDag,
  'addBlock' | 'buildTemplate' | 'explainColour' | 'network' | 'off' | 'on'
>;

const DAG_METHODS = ['addBlock', 'buildTemplate', 'explainColour', 'off', 'on'] as const;

/** The options of {@link StratumServer.listen}. */
export interface StratumOptions {
  /**
   * The address to listen on. Stratum has no encryption and no passwords: whoever reaches the port can mine for an address of
   * their own, and can occupy the server. Default: `127.0.0.1`.
   */
  readonly host?: string | undefined;
  /** The TCP port, from 0 to 65535; 0 selects a free one. Default: 3333. */
  readonly port?: number | undefined;
  /** Called for each job. It returns the payloads of the block, no two of which may be equal. Default: no payloads. */
  readonly payloads?: (() => readonly Uint8Array[]) | undefined;
  /** The logger. Each line has the field `module: 'stratum'`. Default: none. */
  readonly logger?: Logger | undefined;
  /** The maximum number of connections, from 1 to 100,000. Further ones are closed at once. Default: 1,024. */
  readonly maxConnections?: number | undefined;
  /**
   * The maximum number of connections of one host, from 1 to 100,000. A host is an address of IPv4 or a network of IPv6 (/64); this
   * machine itself has no such limit. Further ones are closed at once. Default: 256.
   */
  readonly maxConnectionsPerHost?: number | undefined;
  /**
   * The difficulty of a connection at first, in Bitcoin's scale: 2^32 hashes for each share at difficulty 1. It is adjusted to
   * the hash rate, and never above the difficulty of a block. Default: 0.05, which takes 200 million hashes.
   */
  readonly startDifficulty?: number | undefined;
  /** The lowest difficulty of a connection. Default: 2^-16, which takes 65,536 hashes. */
  readonly minDifficulty?: number | undefined;
  /** The shares that a connection should find in a minute, to which its difficulty is adjusted. Default: 15. */
  readonly sharesPerMinute?: number | undefined;
  /** A connection on which no message has arrived for this time is closed, in ms. Default: 600,000. */
  readonly idleTimeoutMs?: number | undefined;
}

const OPTION_FIELDS: Fields<StratumOptions> = {
  host: true,
  port: true,
  payloads: true,
  logger: true,
  maxConnections: true,
  maxConnectionsPerHost: true,
  startDifficulty: true,
  minDifficulty: true,
  sharesPerMinute: true,
  idleTimeoutMs: true,
};

/** Options with their defaults. */
export type CheckedOptions = {
  readonly [Name in keyof Required<StratumOptions>]: NonNullable<StratumOptions[Name]>;
};

/** Throws `ERR_QANTO_INVALID_ARGUMENT`, and `ERR_QANTO_UNSUPPORTED` if the network has another hash function than sha256d. */
export function checkOptions(dag: StratumDag, options: StratumOptions): CheckedOptions {
  requireMethods('dag', dag, DAG_METHODS);
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { powAlgorithm, name } = dag.network;
  if (powAlgorithm !== 'sha256d') {
    const instead = `the network ${JSON.stringify(name)} is mined with ${powAlgorithm}, and Stratum v1 knows only sha256d; use the miner of the node`;
    throw new UnsupportedError('stratum', instead);
  }
  const checked: CheckedOptions = {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 3333,
    payloads: options.payloads ?? (() => []),
    logger: options.logger ?? silentLogger,
    maxConnections: options.maxConnections ?? 1024,
    maxConnectionsPerHost: options.maxConnectionsPerHost ?? 256,
    startDifficulty: options.startDifficulty ?? 0.05,
    minDifficulty: options.minDifficulty ?? 2 ** -16,
    sharesPerMinute: options.sharesPerMinute ?? 15,
    idleTimeoutMs: options.idleTimeoutMs ?? 600_000,
  };
  if (typeof checked.host !== 'string' || checked.host === '') {
    throw mustBe('options.host', checked.host, 'a host name or an address');
  }
  requireInteger('options.port', checked.port, 0, 65_535);
  requireFunction('options.payloads', checked.payloads);
  checkLogger('options.logger', checked.logger);
  requireInteger('options.maxConnections', checked.maxConnections, 1, 100_000);
  requireInteger('options.maxConnectionsPerHost', checked.maxConnectionsPerHost, 1, 100_000);
  requireInteger('options.idleTimeoutMs', checked.idleTimeoutMs, 1, 2 ** 31 - 1);
  for (const field of ['startDifficulty', 'minDifficulty', 'sharesPerMinute'] as const) {
    const value = checked[field];
    if (typeof value !== 'number' || !(value > 0 && value < Infinity))
      throw mustBe(`options.${field}`, value, 'a positive finite number');
  }
  return checked;
}
