import { QantoError } from '../errors.ts';

/** The node's server cannot listen where it was told to. Nothing was opened. */
export class ServerAddressError extends QantoError {
  declare readonly code: 'ADDRESS_IN_USE' | 'ADDRESS_UNAVAILABLE';
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const inUse = cause.code === 'EADDRINUSE';
    super(
      inUse ? 'ADDRESS_IN_USE' : 'ADDRESS_UNAVAILABLE',
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
