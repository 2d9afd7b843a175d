import { type Fields, mustBe, refuseUnknown, requireObject } from 'qanto/internal';
import { HOST, HOST_EXPECTED, MAX_PORT } from '../../config/server-defaults.ts';

/** The server for JSON-RPC over HTTP. Every request needs credentials. */
export interface RpcConfig {
  /** Whether to start the server. Default: false. */
  readonly enabled?: boolean | undefined;
  /**
   * Host name or address to listen on. If other machines can reach it, TLS or `allowInsecure` is needed. Default: 127.0.0.1.
   */
  readonly host?: string | undefined;
  /** Port to listen on, 0 to 65535; 0 selects any free port. Default: 9772. */
  readonly port?: number | undefined;
  /**
   * Names and addresses, without a port, to which requests may be addressed besides `localhost`, loopback addresses and
   * `host`: those in the header `Host`. It applies only while the server listens on loopback addresses alone. Default: none.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Whether other machines may send their credentials without encryption. Default: false.
   */
  readonly allowInsecure?: boolean | undefined;
  /** The user, without a colon. Default: a random token in `dataDir`, in the file `rpc.cookie`. */
  readonly user?: string | undefined;
  /** The password of `user`. */
  readonly password?: string | undefined;
  /** With both files the server uses TLS. Default: no TLS. */
  readonly tls?: RpcTlsConfig | undefined;
}

/** The files with which the server for JSON-RPC uses TLS. */
export interface RpcTlsConfig {
  /** Path of the certificate in PEM, followed by those of its issuers. */
  readonly cert?: string | undefined;
  /** Path of the key of the certificate, in PEM, without a passphrase. */
  readonly key?: string | undefined;
}

const FIELDS: Fields<RpcConfig> = {
  enabled: true,
  host: true,
  port: true,
  allowedHosts: true,
  allowInsecure: true,
  user: true,
  password: true,
  tls: true,
};

/** A user must not have a colon, which ends it in the header. */
const USER = /^[^:]+$/;

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if a field is unknown or invalid, or if there would be no place for the token. */
export function checkRpcConfig(config: RpcConfig, hasDirectory: boolean): void {
  requireObject('rpc', config);
  refuseUnknown('rpc', config, FIELDS);
  const { enabled, host, port, allowedHosts, allowInsecure, user, password, tls = {} } = config;
  for (const [name, value] of Object.entries({ enabled, allowInsecure })) {
    if (value !== undefined && typeof value !== 'boolean') throw mustBe(`rpc.${name}`, value, 'a boolean');
  }
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw mustBe('rpc.host', host, 'an address or host name of this machine');
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT)) {
    throw mustBe('rpc.port', port, `an integer from 0 to ${MAX_PORT}`);
  }
  if (allowedHosts !== undefined && !(Array.isArray(allowedHosts) && allowedHosts.every(isHost))) {
    throw mustBe('rpc.allowedHosts', allowedHosts, `an array of ${HOST_EXPECTED}`);
  }
  if (user !== undefined && !(typeof user === 'string' && USER.test(user))) {
    throw mustBe('rpc.user', user, 'a name without a colon');
  }
  // The value is a secret, so that it is in no message.
  if (password !== undefined && (typeof password !== 'string' || password === '')) {
    throw mustBe('rpc.password', typeof password, 'a text that is not empty');
  }
  requireBoth('rpc', { user, password });
  requireObject('rpc.tls', tls);
  refuseUnknown('rpc.tls', tls, { cert: true, key: true });
  for (const [name, value] of Object.entries(tls)) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw mustBe(`rpc.tls.${name}`, value, 'the path of a file');
    }
  }
  requireBoth('rpc.tls', { cert: tls.cert, key: tls.key });
  if (enabled === true && user === undefined && !hasDirectory) {
    throw mustBe('rpc.user', user, 'set for a node without a store in dataDir, where the token would be');
  }
}

/** Throws if only some of the fields are set. */
function requireBoth(section: string, fields: Readonly<Record<string, string | undefined>>): void {
  const names = Object.keys(fields);
  const missing = names.find((name) => fields[name] === undefined);
  const given = names.find((name) => fields[name] !== undefined);
  if (missing === undefined || given === undefined) return;
  throw mustBe(`${section}.${missing}`, undefined, `set together with ${section}.${given}`);
}

function isHost(value: unknown): boolean {
  return typeof value === 'string' && HOST.test(value);
}
