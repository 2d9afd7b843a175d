import { QantoError } from 'qanto';

/**
 * `ERR_QANTO_ADDRESS_IN_USE` when another process listens there, else `ERR_QANTO_ADDRESS_UNAVAILABLE`: the node's server cannot listen
 * where it was told to. Nothing was opened; `cause` is what the system said.
 */
export class ServerAddressError extends QantoError {
  /** Which of the two it is. */
  declare readonly code: 'ERR_QANTO_ADDRESS_IN_USE' | 'ERR_QANTO_ADDRESS_UNAVAILABLE';
  /** The name or address, as it was configured or by default. */
  readonly host: string;
  /** The port that was tried; 0 when any free one would have done. */
  readonly port: number;

  /** `cause` decides the code: `EADDRINUSE` is `ERR_QANTO_ADDRESS_IN_USE`. */
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const inUse = cause.code === 'EADDRINUSE';
    super(
      inUse ? 'ERR_QANTO_ADDRESS_IN_USE' : 'ERR_QANTO_ADDRESS_UNAVAILABLE',
      `the server cannot listen on ${host}:${port} (server.host, server.port): ` +
        (inUse
          ? 'another process does; stop it, choose another port (0 takes any that is free), or set server.enabled to false'
          : `${cause.message}; choose an address of this machine and a port that this user may take`),
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}
