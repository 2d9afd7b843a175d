import { type Fields, mustBe, refuseUnknown, requireObject } from 'qanto/internal';
import { HOST, HOST_EXPECTED, MAX_PORT } from '../config/server-defaults.ts';

/** The node's HTTP server for monitoring. Only its page has authentication. */
export interface ServerConfig {
  /** Whether to start the server. Default: true. */
  readonly enabled?: boolean | undefined;
  /** Host name or address to listen on. Default: 127.0.0.1, which other machines cannot reach. */
  readonly host?: string | undefined;
  /** Port to listen on, 0 to 65535; 0 selects any free port. Default: 9771, or any free port if that is in use. */
  readonly port?: number | undefined;
  /**
   * Names and addresses, without a port, to which requests may be addressed besides `localhost`, loopback addresses and
   * `host`: those in the header `Host`. It applies only while the server listens on loopback addresses alone; otherwise
   * every name is allowed. Default: none.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Whether to serve a page at `/` that shows the DAG live. If other machines can reach the server, a browser needs a link from
   * {@link QantoNode.viewLink} to see it. Default: true.
   */
  readonly view?: boolean | undefined;
}

const FIELDS: Fields<ServerConfig> = {
  enabled: true,
  host: true,
  port: true,
  allowedHosts: true,
  view: true,
};

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if a field is unknown or invalid. */
export function checkServerConfig(config: ServerConfig): void {
  requireObject('server', config);
  refuseUnknown('server', config, FIELDS);
  const { enabled, host, port, allowedHosts, view } = config;
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    throw mustBe('server.enabled', enabled, 'a boolean');
  }
  if (view !== undefined && typeof view !== 'boolean') {
    throw mustBe('server.view', view, 'a boolean');
  }
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw mustBe('server.host', host, 'an address or host name of this machine');
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT)) {
    throw mustBe('server.port', port, `an integer from 0 to ${MAX_PORT}`);
  }
  if (allowedHosts !== undefined && !(Array.isArray(allowedHosts) && allowedHosts.every(isHost))) {
    throw mustBe('server.allowedHosts', allowedHosts, `an array of ${HOST_EXPECTED}`);
  }
}

function isHost(value: unknown): boolean {
  return typeof value === 'string' && HOST.test(value);
}
