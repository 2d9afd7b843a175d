import { QantoError } from 'qanto';

/** The servers of a node, by the sections of their configuration, as messages name them. */
const SERVERS = { server: 'the server', rpc: 'the server for JSON-RPC' } as const;

/**
 * A server of the node, for monitoring or for JSON-RPC, cannot listen on its address: `ERR_QANTO_ADDRESS_IN_USE` if another
 * process listens there, otherwise `ERR_QANTO_ADDRESS_UNAVAILABLE`. Nothing was opened. `cause` is the error of the system.
 */
export class ServerAddressError extends QantoError {
  /** One of the two codes. */
  declare readonly code: 'ERR_QANTO_ADDRESS_IN_USE' | 'ERR_QANTO_ADDRESS_UNAVAILABLE';
  /** The host name or address, as configured or by default. */
  readonly host: string;
  /** The port that was tried; 0 if any free port was requested. */
  readonly port: number;

  /** A `cause` with the code `EADDRINUSE` leads to `ERR_QANTO_ADDRESS_IN_USE`. `section` is that of the configuration. */
  constructor(
    host: string,
    port: number,
    cause: NodeJS.ErrnoException,
    section: 'rpc' | 'server' = 'server',
  ) {
    const inUse = cause.code === 'EADDRINUSE';
    super(
      inUse ? 'ERR_QANTO_ADDRESS_IN_USE' : 'ERR_QANTO_ADDRESS_UNAVAILABLE',
      `${SERVERS[section]} cannot listen on ${host}:${port} (${section}.host, ${section}.port): ` +
        (inUse
          ? `another process uses this port; stop that process, choose another port (0 selects any free port), or set ${section}.enabled to false`
          : `${cause.message}; choose an address of this machine and a port that this user may use`),
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}
