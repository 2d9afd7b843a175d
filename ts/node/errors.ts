import { QantoError } from 'qanto';

/** A server of the node, as messages name it. */
export interface NamedServer {
  readonly name: string;
  /** The section of the configuration that has its host, its port and whether it is enabled. */
  readonly section: string;
}

const MONITORING: NamedServer = { name: 'the server', section: 'server' };

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

  /** A `cause` with the code `EADDRINUSE` leads to `ERR_QANTO_ADDRESS_IN_USE`. */
  constructor(host: string, port: number, cause: NodeJS.ErrnoException, { name, section } = MONITORING) {
    const inUse = cause.code === 'EADDRINUSE';
    super(
      inUse ? 'ERR_QANTO_ADDRESS_IN_USE' : 'ERR_QANTO_ADDRESS_UNAVAILABLE',
      `${name} cannot listen on ${host}:${port} (${section}.host, ${section}.port): ` +
        (inUse
          ? `another process uses this port; stop that process, choose another port (0 selects any free port), or set ${section}.enabled to false`
          : `${cause.message}; choose an address of this machine and a port that this user may use`),
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}
