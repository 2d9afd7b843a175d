/**
 * The node's HTTP server for monitoring. It changes nothing and reads no request bodies. It has no authentication, so by
 * default it listens on the loopback address only.
 */

import { type AddressInfo, BlockList, isIPv6 } from 'node:net';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'qanto/telemetry';
import { DEFAULT_HOST, DEFAULT_PORT } from '../config/server-defaults.ts';
import { ServerAddressError } from './errors.ts';
import type { Readiness } from './readiness.ts';

/** The node's HTTP server for monitoring. It has no authentication. */
export interface ServerConfig {
  /** Whether to start the server. Default: true. */
  readonly enabled?: boolean | undefined;
  /** Host name or address to listen on. Default: 127.0.0.1, which other machines cannot reach. */
  readonly host?: string | undefined;
  /** Port to listen on, 0 to 65535; 0 selects any free port. Default: 9771, or any free port if that is in use. */
  readonly port?: number | undefined;
}

/** The content of the responses, computed for each request. Undefined while the node is being opened. */
export interface Served {
  metrics(): Promise<{ readonly contentType: string; readonly text: string }> | undefined;
  readiness(): Readiness;
  /** Sent as JSON. */
  status(): object | undefined;
}

export interface NodeServer {
  /** Such as `http://127.0.0.1:9771`. */
  readonly url: string;
  /** Logs the URL, with a warning if the port is not the default or other machines can reach the server. */
  announce(): void;
  /** Closes the server and all connections, including those that are kept alive. */
  close(): Promise<void>;
}

/** Starts the server. Rejects with `ERR_QANTO_ADDRESS_IN_USE` or `ERR_QANTO_ADDRESS_UNAVAILABLE`. */
export async function startServer(
  { host = DEFAULT_HOST, port }: ServerConfig,
  served: Served,
  logger: Logger,
): Promise<NodeServer> {
  const app = await listen(host, port, served, logger);
  const addresses = app.addresses() as AddressInfo[];
  const { address, port: taken } = addresses[0]!;
  const url = `http://${isIPv6(address) ? `[${address}]` : address}:${taken}`;
  return {
    url,
    announce() {
      logger.info('serving metrics, health and status', { url });
      if (port === undefined && taken !== DEFAULT_PORT) {
        logger.warn('the default port is in use; the server listens on another port', {
          defaultPort: DEFAULT_PORT,
          port: taken,
        });
      }
      if (addresses.some((listening) => !isLoopback(listening.address))) {
        logger.warn('the server has no authentication, and other machines can reach it', { url });
      }
    },
    close: () => app.close(),
  };
}

async function listen(
  host: string,
  port: number | undefined,
  served: Served,
  logger: Logger,
): Promise<FastifyInstance> {
  const wanted = port ?? DEFAULT_PORT;
  const app = application(served, logger);
  try {
    await app.listen({ host, port: wanted });
    return app;
  } catch (error) {
    await app.close();
    const cause = error as NodeJS.ErrnoException;
    // A port that was configured must not be replaced by another.
    if (port === undefined && cause.code === 'EADDRINUSE') return listen(host, 0, served, logger);
    throw new ServerAddressError(host, wanted, cause);
  }
}

function application(served: Served, logger: Logger): FastifyInstance {
  const answer = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode = 500, code = 'INTERNAL' } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ error: code });
    // Details of internal errors go to the log, not to the client.
    logger.error('a request failed', { error });
    return reply.code(500).send({ error: 'INTERNAL' });
  };
  const app = fastify({
    frameworkErrors: answer,
    requestTimeout: 5_000,
    connectionTimeout: 10_000,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    bodyLimit: 1,
    http: { maxHeaderSize: 8192 },
  });
  app.server.maxConnections = 100;
  app.removeAllContentTypeParsers();

  const routes = ['/metrics', '/healthz', '/readyz', '/status'] as const;
  const opening = { error: 'OPENING', message: 'the node is being opened' };
  app.get(routes[0], async (_request, reply) => {
    const metrics = await served.metrics();
    return metrics ? reply.type(metrics.contentType).send(metrics.text) : reply.code(503).send(opening);
  });
  app.get(routes[1], async () => ({ status: 'alive' }));
  app.get(routes[2], async (_request, reply) => {
    const readiness = served.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get(routes[3], async (_request, reply) => served.status() ?? reply.code(503).send(opening));

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    if (!routes.some((route) => route === path)) {
      return reply.code(404).send({ error: 'NOT_FOUND', paths: routes });
    }
    return reply.code(405).header('allow', 'GET, HEAD').send({ error: 'METHOD_NOT_ALLOWED' });
  });
  app.setErrorHandler(answer);
  return app;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
