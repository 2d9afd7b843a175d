/** The HTTP server for JSON-RPC. Whoever has no credentials gets no answer but 401, and uses a bounded amount of memory. */
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'qanto/telemetry';
import type { Connections } from '../connections.ts';
import type { HttpAnswer } from './json-rpc.ts';

/** The largest block fits, in hex digits. */
const MAX_BODY_BYTES = 4 * 2 ** 20;
/** The time by which the answer to wrong credentials is delayed, so that guessing takes long. */
const WRONG_CREDENTIALS_MS = 250;
/** Further answers to wrong credentials are not delayed, so that they do not occupy connections. */
const MAX_DELAYED = 32;
/** Wrong credentials are logged at most once in this time. */
const LOG_INTERVAL_MS = 10_000;

const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 30_000,
};
/** Longer than any long poll, during which nothing is sent. */
const INACTIVITY_TIMEOUT_MS = 120_000;
const TLS_HANDSHAKE_MS = 10_000;

/** A certificate and its key in PEM. */
export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What answers the requests. */
export interface RpcRoutes {
  readonly logger: Logger;
  readonly connections: Connections;
  readonly tls: Tls | undefined;
  /** Whether a request with this header `Host` is answered. */
  readonly allowsHost: (header: string | undefined) => boolean;
  readonly isAuthorized: (header: string) => boolean;
  /** Whether there are too many requests already. */
  readonly isBusy: () => boolean;
  /** Answers a request. `agent` is the header `User-Agent`. */
  readonly answer: (
    body: Uint8Array | undefined,
    agent: string | undefined,
    response: ServerResponse,
  ) => Promise<HttpAnswer>;
}

/** Returns the application, whose member `server` is the server that answers. It does not listen yet. */
export function rpcApp(routes: RpcRoutes): FastifyInstance {
  const { logger, allowsHost, isBusy, answer } = routes;
  const fail = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.code(statusCode).type('text/plain').send(error.message);
    logger.error('a request failed', { error });
    return reply.code(500).type('text/plain').send('internal error');
  };
  const app = fastify({
    frameworkErrors: fail,
    bodyLimit: MAX_BODY_BYTES,
    serverFactory: (listener) => serverOf(routes, listener),
  });
  app.removeAllContentTypeParsers();
  // Clients of Bitcoin Core send any type, or none.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const authorize = authorization(routes);
  app.addHook('onRequest', async (request, reply) => {
    if (!allowsHost(request.headers.host)) {
      const problem =
        'the header Host must be localhost, a loopback address, or a name in rpc.allowedHosts of the node';
      return reply.code(421).type('text/plain').send(problem);
    }
    if (request.url !== '/' && !request.url.startsWith('/?')) return reply.code(404).send();
    if (request.method !== 'POST') {
      return reply
        .code(405)
        .header('allow', 'POST')
        .type('text/plain')
        .send('JSONRPC server handles only POST requests');
    }
    if (!(await authorize(request))) {
      return reply.code(401).header('www-authenticate', 'Basic realm="jsonrpc"').send();
    }
    if (isBusy()) {
      return reply.code(503).header('retry-after', '1').type('text/plain').send('Work queue depth exceeded');
    }
  });
  app.post('/', async (request, reply) => {
    const agent = request.headers['user-agent'];
    const { status, body } = await answer(request.body as Buffer | undefined, agent, reply.raw);
    reply.code(status).header('cache-control', 'no-store');
    return body === undefined ? reply.send() : reply.type('application/json').send(body);
  });
  app.setErrorHandler(fail);
  return app;
}

function authorization({ isAuthorized, logger }: RpcRoutes): (request: FastifyRequest) => Promise<boolean> {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let delayed = 0;
  return async ({ headers, ip }) => {
    if (headers.authorization === undefined) return false;
    if (isAuthorized(headers.authorization)) return true;
    if (performance.now() - loggedAtMs >= LOG_INTERVAL_MS) {
      loggedAtMs = performance.now();
      logger.warn('a client of JSON-RPC has wrong credentials', { address: ip });
    }
    if (delayed >= MAX_DELAYED) return false;
    delayed += 1;
    // Other requests do not wait for this.
    await delay(WRONG_CREDENTIALS_MS, undefined, { ref: false });
    delayed -= 1;
    return false;
  };
}

function serverOf({ connections, tls }: RpcRoutes, listener: RequestListener): Server {
  const onRequest: RequestListener = (request, response) => {
    if (connections.admits(request, response)) listener(request, response);
  };
  const server = tls
    ? createHttpsServer(
        { ...LIMITS, ...tls, handshakeTimeout: TLS_HANDSHAKE_MS, minVersion: 'TLSv1.2' },
        onRequest,
      )
    : createHttpServer(LIMITS, onRequest);
  server.timeout = INACTIVITY_TIMEOUT_MS;
  connections.watch(server, tls ? 'secureConnection' : 'connection');
  return server;
}
