/**
 * The node's HTTP server for monitoring. It changes nothing and reads no request bodies. Only the page has
 * authentication, so by default it listens on the loopback address only.
 */
import { createServer, type RequestListener } from 'node:http';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import type { Logger } from 'qanto/telemetry';
import { DEFAULT_HOST, DEFAULT_PORT } from '../config/server-defaults.ts';
import { Connections } from './connections.ts';
import { ServerAddressError } from './errors.ts';
import { isAllowedHost, isLoopback } from './hosts.ts';
import { type Listening, listen } from './listen.ts';
import { routes, type Served } from './routes.ts';
import type { ServerConfig } from './server-config.ts';
import { Access } from './view/access.ts';
import { type PageFile, readPage } from './view/page.ts';
import type { Viewed } from './view/routes.ts';

export interface NodeServer {
  /** Such as `http://127.0.0.1:9771`. */
  readonly url: string;
  readonly servesPage: boolean;
  /**
   * Returns a link to the page. If other machines can reach the server, it contains a new code that works once, within ten
   * minutes. Undefined if the page is not served.
   */
  viewLink(): string | undefined;
  /** Logs the URL, with a warning if the port is not the default or other machines can reach the server. */
  announce(): void;
  /** Closes the server and all connections, including those that are kept alive. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 128;
/**
 * Leaves connections to requests that are answered at once, such as those to `/healthz`. It is not much less than the number
 * of connections, because clients that are refused at once may try again at once.
 */
const MAX_SCRAPES = 100;

const LIMITS = {
  maxHeaderSize: 8192,
  // Both are set, because Node.js would otherwise raise the one that is missing to its default of a minute or more.
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  // Node.js looks for requests that are late every 30 s by default.
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 60_000,
};
/** The time after which a connection is closed if nothing is sent or received during a request. */
const INACTIVITY_TIMEOUT_MS = 10_000;

/** What the server shows. */
export interface Shown extends Served {
  /** Returns undefined while the node is being opened. Without it, there is no page. */
  viewed?(): Viewed | undefined;
}

/** Starts the server. Rejects with `ERR_QANTO_ADDRESS_IN_USE` or `ERR_QANTO_ADDRESS_UNAVAILABLE`. */
export async function startServer(
  { host = DEFAULT_HOST, port, allowedHosts = [], view = true }: ServerConfig,
  served: Shown,
  logger: Logger,
): Promise<NodeServer> {
  let onlyLoopback = true;
  let access: Access | undefined;
  const connections = new Connections(MAX_CONNECTIONS);
  const viewed = view ? served.viewed : undefined;
  const files = viewed && pageFiles(logger);
  const app = routes({
    ...{ served, logger, serverOf: serverOf(connections), maxScrapes: MAX_SCRAPES },
    view: files && {
      ...{ files, viewed: viewed! },
      access: () => access,
      onStream: ({ raw }) => connections.release(raw.socket),
    },
    allowsHost: (header) => !onlyLoopback || isAllowedHost(header, [host, ...allowedHosts]),
  });
  await app.ready();
  let listening: Listening;
  try {
    listening = await listenOnPort(app.server, host, port);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { addresses, port: taken, close } = listening;
  onlyLoopback = addresses.every(isLoopback);
  // Somebody who comes through a proxy has an address of this machine too.
  if (!onlyLoopback || allowedHosts.length > 0) access = new Access(taken);
  // Accepting a connection failed. The server continues to listen.
  app.server.on('error', (error) => logger.warn('the server could not accept a connection', { error }));
  const [address] = addresses as [string];
  const url = `http://${isIPv6(address) ? `[${address}]` : address}:${taken}`;
  return {
    url,
    servesPage: files !== undefined,
    viewLink: () =>
      files && (access ? `http://${reachableHost(address)}:${taken}/#code=${access.newCode()}` : `${url}/`),
    announce() {
      logger.info(`serving metrics, health and status${files ? ', and a page at /' : ''}`, { url });
      if (port === undefined && taken !== DEFAULT_PORT) {
        logger.warn('the default port is in use; the server listens on another port', {
          defaultPort: DEFAULT_PORT,
          port: taken,
        });
      }
      if (!onlyLoopback) {
        logger.warn('other machines can reach the server, which has authentication only for the page', {
          url,
        });
      }
    },
    async close() {
      await close();
      await app.close();
    },
  };
}

/** The host of a link that also works on other machines. */
function reachableHost(address: string): string {
  // The server listens on all addresses, of which none is the right one for everybody.
  if (address === '0.0.0.0' || address === '::') return hostname();
  return isIPv6(address) ? `[${address}]` : address;
}

function serverOf(connections: Connections) {
  return (answer: RequestListener) => {
    const server = createServer(LIMITS, (request, response) => {
      if (connections.admits(request, response)) answer(request, response);
    });
    server.timeout = INACTIVITY_TIMEOUT_MS;
    connections.watch(server);
    return server;
  };
}

/** The files of the page. Undefined, with a warning, if they are not installed: monitoring works without them. */
function pageFiles(logger: Logger): ReadonlyMap<string, PageFile> | undefined {
  try {
    return readPage();
  } catch (error) {
    logger.warn('the files of the page are not installed, so it is not served', { error });
    return undefined;
  }
}

/** Listens on `port`, or on the default port, or on any free port if the default port is in use. */
async function listenOnPort(
  server: Parameters<typeof listen>[0],
  host: string,
  port: number | undefined,
): Promise<Listening> {
  const wanted = port ?? DEFAULT_PORT;
  try {
    return await listen(server, host, wanted);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    // A port that was configured must not be replaced by another.
    if (port === undefined && cause.code === 'EADDRINUSE') return listenOnPort(server, host, 0);
    throw new ServerAddressError(host, wanted, cause);
  }
}
