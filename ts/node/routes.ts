/** The answers of the node's server. */
import type { RequestListener, Server } from 'node:http';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'qanto/telemetry';
import type { Readiness } from './readiness.ts';
import { type Scrape, sharedScrapes } from './scrapes.ts';
import { addViewRoutes, type ViewRoutes } from './view/routes.ts';

/** The content of the responses. Undefined while the node is being opened. */
export interface Served {
  metrics: Scrape;
  readiness(): Readiness;
  /** Sent as JSON. */
  status(): object | undefined;
}

/** What answers the requests that a server receives. */
export interface Routes {
  readonly served: Served;
  readonly logger: Logger;
  /** Returns the server that calls `answer` for each request. */
  readonly serverOf: (answer: RequestListener) => Server;
  /** Whether a request with this header `Host` is answered. */
  readonly allowsHost: (header: string | undefined) => boolean;
  /** The maximum number of requests that wait for the metrics. */
  readonly maxScrapes: number;
  /** Undefined if the page is not served. */
  readonly view: ViewRoutes | undefined;
}

const PATHS = ['/metrics', '/healthz', '/readyz', '/status'] as const;
const OPENING = { error: 'OPENING', message: 'the node is being opened' };
const BUSY = { error: 'BUSY', message: 'too many requests for the metrics are waiting; try again later' };

/** Returns the application, whose member `server` is the server that answers. It does not listen yet. */
export function routes({ served, logger, serverOf, allowsHost, maxScrapes, view }: Routes): FastifyInstance {
  const answer = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode = 500, code = 'INTERNAL' } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ error: code });
    // Details of internal errors go to the log, not to the client.
    logger.error('a request failed', { error });
    return reply.code(500).send({ error: 'INTERNAL' });
  };
  const app = fastify({ frameworkErrors: answer, bodyLimit: 1, serverFactory: serverOf });
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request, reply) => {
    if (allowsHost(request.headers.host)) return;
    const message =
      'the header Host must be localhost, a loopback address, or a name in server.allowedHosts of the node';
    return reply.code(421).send({ error: 'HOST_NOT_ALLOWED', message });
  });

  const scrape = sharedScrapes(served.metrics);
  let scrapes = 0;
  app.get(PATHS[0], async (_request, reply) => {
    if (scrapes >= maxScrapes) return reply.code(503).header('retry-after', '1').send(BUSY);
    scrapes++;
    try {
      const metrics = await scrape();
      return metrics ? reply.type(metrics.contentType).send(metrics.body) : reply.code(503).send(OPENING);
    } finally {
      scrapes--;
    }
  });
  app.get(PATHS[1], async () => ({ status: 'alive' }));
  app.get(PATHS[2], async (_request, reply) => {
    const readiness = served.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get(PATHS[3], async (_request, reply) => served.status() ?? reply.code(503).send(OPENING));

  if (view) addViewRoutes(app, view);

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    if (!PATHS.some((known) => known === path)) {
      return reply.code(404).send({ error: 'NOT_FOUND', paths: PATHS });
    }
    return reply.code(405).header('allow', 'GET, HEAD').send({ error: 'METHOD_NOT_ALLOWED' });
  });
  app.setErrorHandler(answer);
  return app;
}
