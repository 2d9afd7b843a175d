/** The errors of JSON-RPC over HTTP. */
import { QantoError } from 'qanto';

/**
 * `ERR_QANTO_RPC_COOKIE`: the file with the token for JSON-RPC cannot be written. The node was not opened. `cause` is the error
 * of the system.
 */
export class RpcCookieError extends QantoError {
  /** The path of the file. */
  readonly path: string;

  /** The file cannot be written. */
  constructor(path: string, cause: Error) {
    super(
      'ERR_QANTO_RPC_COOKIE',
      `the token for JSON-RPC cannot be written to ${path}: ${cause.message}; remove what is there, or set rpc.user and rpc.password`,
      { cause },
    );
    this.path = path;
  }
}

/**
 * `ERR_QANTO_RPC_INSECURE`: JSON-RPC would be reachable for other machines without TLS, so that they would send credentials
 * unencrypted. The node was not opened.
 */
export class RpcInsecureError extends QantoError {
  /** The host name or address, as configured. */
  readonly host: string;

  /** `host` is not a loopback address. */
  constructor(host: string) {
    super(
      'ERR_QANTO_RPC_INSECURE',
      `JSON-RPC would listen on ${host} (rpc.host), which other machines can reach, without TLS; listen on 127.0.0.1, ` +
        'set rpc.tls.cert and rpc.tls.key, or set rpc.allowInsecure if the network is trusted',
    );
    this.host = host;
  }
}

/**
 * `ERR_QANTO_RPC_TLS`: the certificate or the key for JSON-RPC cannot be read or used. The node was not opened. `cause` is the
 * error of the system or of the TLS library.
 */
export class RpcTlsError extends QantoError {
  /** The certificate and the key cannot be used. */
  constructor(certificate: string, key: string, cause: Error) {
    super(
      'ERR_QANTO_RPC_TLS',
      `the certificate ${certificate} (rpc.tls.cert) and the key ${key} (rpc.tls.key) cannot be used: ${cause.message}; ` +
        'both must be in PEM, and the key must be that of the certificate, without a passphrase',
      { cause },
    );
  }
}
