/** The Stratum server of a node. */
import type { QantoDag } from 'qanto/dag';
import { mustBe, refuseUnknown, requireObject } from 'qanto/internal';
import { StratumServer } from 'qanto/stratum';
import type { Logger } from 'qanto/telemetry';
import { isLoopback } from './hosts.ts';

/** The server for miners that speak Stratum v1. It has no authentication. */
export interface StratumConfig {
  /** Whether to start the server. Default: false. */
  readonly enabled?: boolean | undefined;
  /** Host name or address to listen on. Default: 127.0.0.1, which other machines cannot reach. */
  readonly host?: string | undefined;
  /** Port to listen on, 0 to 65535; 0 selects any free port. Default: 3333. */
  readonly port?: number | undefined;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if a field is unknown. The server itself checks host and port. */
export function checkStratumConfig(config: StratumConfig): void {
  requireObject('stratum', config);
  refuseUnknown('stratum', config, { enabled: true, host: true, port: true });
  const { enabled } = config;
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    throw mustBe('stratum.enabled', enabled, 'a boolean');
  }
}

/** Starts the server if it is enabled. Rejects with the errors of `StratumServer.listen`. */
export async function stratumOf(
  config: StratumConfig | undefined,
  dag: QantoDag,
  payloads: (() => readonly Uint8Array[]) | undefined,
  logger: Logger,
): Promise<StratumServer | undefined> {
  if (!config?.enabled) return undefined;
  const { host, port } = config;
  const server = await StratumServer.listen(dag, { host, port, payloads, logger });
  logger.info('listening for miners', { module: 'stratum', url: stratumUrl(server) });
  if (!isLoopback(server.host)) {
    logger.warn('other machines can reach the Stratum server, which has no authentication', {
      module: 'stratum',
      host: server.host,
    });
  }
  return server;
}

/** The address for a miner, such as `stratum+tcp://127.0.0.1:3333`. */
export function stratumUrl({ host, port }: Pick<StratumServer, 'host' | 'port'>): string {
  return `stratum+tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
