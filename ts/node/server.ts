/**
 * The node's HTTP server, for monitoring: nothing can be changed through it, and it reads no request bodies. It has no
 * authentication, so by default it listens on loopback alone.
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

/** The node's HTTP server, for monitoring only. It asks nobody who they are. */
export interface ServerConfig {
  /** Whether there is one. Default true. */
  readonly enabled?: boolean | undefined;
  /** Name or address to listen on; default 127.0.0.1, so that no other machine can ask. */
  readonly host?: string | undefined;
  /** 0 takes any free port. Default: 9771, or any free one when that is taken. */
  readonly port?: number | undefined;
}

/** What is served, asked for at each request. Undefined as long as the node is being opened. */
export interface Served {
  metrics(): Promise<{ readonly contentType: string; readonly text: string }> | undefined;
  readiness(): Readiness;
  /** Sent as JSON. */
  status(): object | undefined;
}

export interface NodeServer {
  /** Such as `http://127.0.0.1:9771`. */
  readonly url: string;
  /** Logs where it listens, and what to know about that. */
  announce(): void;
  /** Ends all connections, also those that are kept alive. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects with `ERR_QANTO_ADDRESS_IN_USE` or `ERR_QANTO_ADDRESS_UNAVAILABLE`. */
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
        logger.warn('the usual port is taken: the server has another one', {
          usual: DEFAULT_PORT,
          port: taken,
        });
      }
      if (addresses.some((listening) => !isLoopback(listening.address))) {
        logger.warn('the server is open to other machines, and asks nobody who they are', { url });
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
    // Only a port that somebody chose is worth stopping for.
    if (port === undefined && cause.code === 'EADDRINUSE') return listen(host, 0, served, logger);
    throw new ServerAddressError(host, wanted, cause);
  }
}

function application(served: Served, logger: Logger): FastifyInstance {
  const answer = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode = 500, code = 'INTERNAL' } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ error: code });
    // What failed inside is for the log, not for whoever asks.
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
