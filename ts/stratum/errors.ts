import { QantoError } from '../errors.ts';

/**
 * A Stratum server cannot listen on its address: `ERR_QANTO_ADDRESS_IN_USE` if another process listens there, otherwise
 * `ERR_QANTO_ADDRESS_UNAVAILABLE`. `cause` is the error of the system.
 */
export class StratumAddressError extends QantoError {
  /** One of the two codes. */
  declare readonly code: 'ERR_QANTO_ADDRESS_IN_USE' | 'ERR_QANTO_ADDRESS_UNAVAILABLE';
  /** The host name or address that was tried. */
  readonly host: string;
  /** The port that was tried; 0 if any free port was requested. */
  readonly port: number;

  /** A `cause` with the code `EADDRINUSE` leads to `ERR_QANTO_ADDRESS_IN_USE`. */
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const inUse = cause.code === 'EADDRINUSE';
    super(
      inUse ? 'ERR_QANTO_ADDRESS_IN_USE' : 'ERR_QANTO_ADDRESS_UNAVAILABLE',
      `the Stratum server cannot listen on ${host}:${port}: ` +
        (inUse
          ? 'another process uses this port; stop that process, or choose another port (0 selects any free port)'
          : `${cause.message}; choose an address of this machine and a port that this user may use`),
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}
