import { QantoError } from 'qanto';

/**
 * The node's server cannot listen on its address: `ERR_QANTO_ADDRESS_IN_USE` if another process listens there, otherwise
 * `ERR_QANTO_ADDRESS_UNAVAILABLE`. Nothing was opened. `cause` is the error of the system.
 */
export class ServerAddressError extends QantoError {
  /** One of the two codes. */
  declare readonly code: 'ERR_QANTO_ADDRESS_IN_USE' | 'ERR_QANTO_ADDRESS_UNAVAILABLE';
  /** The host name or address, as configured or by default. */
  readonly host: string;
  /** The port that was tried; 0 if any free port was requested. */
  readonly port: number;

  /** A `cause` with the code `EADDRINUSE` leads to `ERR_QANTO_ADDRESS_IN_USE`. */
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const inUse = cause.code === 'EADDRINUSE';
    super(
      inUse ? 'ERR_QANTO_ADDRESS_IN_USE' : 'ERR_QANTO_ADDRESS_UNAVAILABLE',
      `the server cannot listen on ${host}:${port} (server.host, server.port): ` +
        (inUse
          ? 'another process uses this port; stop that process, choose another port (0 selects any free port), or set server.enabled to false'
          : `${cause.message}; choose an address of this machine and a port that this user may use`),
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}
