/** The server for JSON-RPC of a node: it listens before the node is open, and answers when it is. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'qanto/telemetry';
import { DEFAULT_HOST, DEFAULT_RPC_PORT } from '../../config/server-defaults.ts';
import { Connections } from '../connections.ts';
import type { ControlMethods } from '../control/methods.ts';
import { ServerAddressError } from '../errors.ts';
import { isAllowedHost, isLoopback } from '../hosts.ts';
import { type Listening, listen } from '../listen.ts';
import { type AnswerCount, Answers } from './answers.ts';
import type { RpcConfig, RpcTlsConfig } from './config.ts';
import { type Cookie, hasCredentials, writeCookie } from './credentials.ts';
import { RpcInsecureError, RpcTlsError } from './errors.ts';
import { rpcApp, type Tls } from './http.ts';

const MAX_CONNECTIONS = 256;
/** The requests that are answered at a time, besides long polls. */
const MAX_REQUESTS = 64;

/** What the node adds once it is open. */
export interface Opened {
  readonly methods: ControlMethods;
  /** The number of long polls. */
  readonly longPolls: () => number;
  /** The directory for the cookie, which only this process may write to. */
  readonly directory: string | undefined;
}

export class RpcServer {
  /** Such as `http://127.0.0.1:9772`. */
  readonly url: string;
  readonly #logger: Logger;
  readonly #close: () => Promise<void>;
  readonly #answers: Answers;
  #cookie: Cookie | undefined;

  private constructor(url: string, answers: Answers, logger: Logger, close: () => Promise<void>) {
    this.url = url;
    this.#answers = answers;
    this.#logger = logger;
    this.#close = close;
  }

  /** The answered requests by method and outcome. */
  get counts(): readonly AnswerCount[] {
    return this.#answers.counts;
  }

  /** The number of long polls. */
  get longPolls(): number {
    return this.#answers.longPolls();
  }

  /**
   * Starts to listen. Until {@link open} is called, requests are refused. Rejects with `ERR_QANTO_RPC_INSECURE`,
   * `ERR_QANTO_RPC_TLS`, `ERR_QANTO_ADDRESS_IN_USE` and `ERR_QANTO_ADDRESS_UNAVAILABLE`.
   */
  static async listen(config: RpcConfig, logger: Logger): Promise<RpcServer> {
    const { host = DEFAULT_HOST, port = DEFAULT_RPC_PORT, allowedHosts = [], user, password } = config;
    const tls = readTls(config.tls);
    const answers = new Answers(logger);
    if (user !== undefined) answers.credentials = `${user}:${password}`;
    let onlyLoopback = true;
    const app = rpcApp({
      ...{ logger, tls, connections: new Connections(MAX_CONNECTIONS) },
      allowsHost: (header) => !onlyLoopback || isAllowedHost(header, [host, ...allowedHosts]),
      isAuthorized: (header) =>
        answers.credentials !== undefined && hasCredentials(header, answers.credentials),
      isBusy: () => answers.pending - answers.longPolls() >= MAX_REQUESTS,
      answer: (body, agent, response) => answers.answer(body, agent, response),
    });
    await app.ready();
    let listening: Listening;
    try {
      listening = await listen(app.server, host, port);
    } catch (error) {
      await app.close();
      throw new ServerAddressError(host, port, error as NodeJS.ErrnoException, 'rpc');
    }
    const { addresses, port: taken } = listening;
    onlyLoopback = addresses.every(isLoopback);
    const close = async () => {
      await listening.close();
      await app.close();
    };
    if (!onlyLoopback && tls === undefined && config.allowInsecure !== true) {
      await close();
      throw new RpcInsecureError(host);
    }
    // Accepting a connection failed. The server continues to listen.
    app.server.on('error', (error) => logger.warn('JSON-RPC could not accept a connection', { error }));
    const [address] = addresses as [string];
    const url = `${tls ? 'https' : 'http'}://${isIPv6(address) ? `[${address}]` : address}:${taken}`;
    if (!onlyLoopback && tls === undefined) {
      logger.warn('other machines can reach JSON-RPC without TLS, so their credentials are not encrypted', {
        url,
      });
    }
    return new RpcServer(url, answers, logger, close);
  }

  /** Begins to answer. Throws `ERR_QANTO_RPC_COOKIE`. */
  open({ methods, longPolls, directory }: Opened): void {
    if (this.#answers.credentials === undefined) {
      this.#cookie = writeCookie(directory!);
      this.#answers.credentials = this.#cookie.credentials;
    }
    this.#answers.methods = methods;
    this.#answers.longPolls = longPolls;
    const { url } = this;
    this.#logger.info('serving JSON-RPC', this.#cookie ? { url, cookie: this.#cookie.path } : { url });
  }

  /**
   * Ends long polls with an error, waits for the requests that are being answered, and closes the server. The file with the token
   * is removed first.
   */
  async close(): Promise<void> {
    this.#cookie?.remove();
    await this.#answers.end();
    await this.#close();
  }
}

/** The files of TLS. Throws `ERR_QANTO_RPC_TLS`. */
function readTls({ cert, key }: RpcTlsConfig = {}): Tls | undefined {
  if (cert === undefined || key === undefined) return undefined;
  try {
    const tls = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(tls);
    return tls;
  } catch (error) {
    throw new RpcTlsError(cert, key, error as Error);
  }
}
