/** The same routes in each framework, behind one gate. Each answers with the text of the body that it was sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { serve as honoServer } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import type { Gate, RouteOptions } from 'qanto/gate';
import { serve } from './support.ts';

/** Starts a server. Its routes are `/open`, which needs no proof, and `/orders` and `/bound`, which do, with any method. */
export type Framework = (gate: Gate, routes?: { orders?: RouteOptions }) => Promise<string>;

const BOUND = { bind: { body: true } };
/** express 4 has no types of its own, and the same functions. */
const express4 = require('express4') as typeof express;

const withExpress =
  (make: typeof express): Framework =>
  async (gate, { orders } = {}) => {
    const app = make();
    const keep = (request: IncomingMessage, _response: ServerResponse, bytes: Buffer) => {
      Object.assign(request, { rawBody: bytes });
    };
    app.use(make.json({ verify: keep }), make.urlencoded({ extended: true, verify: keep }));
    app.all('/open', (_request, response) => void response.send('open'));
    const echo = (request: express.Request, response: express.Response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.body ?? null));
    };
    // The router sees a shorter path than the client has sent.
    const router = make.Router().use(gate.express(orders)).all('/', echo);
    app.use('/orders', router);
    app.all('/bound', gate.express(BOUND), echo);
    app.all('/throws', gate.express(), () => {
      throw new Error('thrown by the handler');
    });
    app.use(
      (error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
        response.status(500).send(error.message);
      },
    );
    return serve(createServer(app));
  };

const withFastify: Framework = async (gate, { orders } = {}) => {
  const app = Fastify();
  for (const type of ['application/x-www-form-urlencoded', 'application/json']) {
    app.removeContentTypeParser(type);
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (request, bytes, done) => {
      Object.assign(request, { rawBody: bytes });
      const text = bytes.toString();
      done(null, type.endsWith('json') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text)));
    });
  }
  app.all('/open', async () => 'open');
  const echo = async (request: { body: unknown }) => JSON.stringify(request.body ?? null);
  await app.register(async (inner) => {
    await inner.register(gate.fastify, { ...orders });
    inner.all('/orders', echo);
    inner.all('/throws', async () => {
      throw new Error('thrown by the handler');
    });
  });
  await app.register(async (inner) => {
    await inner.register(gate.fastify, BOUND);
    inner.all('/bound', echo);
  });
  await app.ready();
  return serve(createServer((request, response) => app.routing(request, response)));
};

const withHono: Framework = async (gate, { orders } = {}) => {
  const app = new Hono();
  app.all('/open', (context) => context.text('open'));
  app.all('/orders', gate.hono(orders), async (context) =>
    context.text((await context.req.text()) || 'null'),
  );
  app.all('/bound', gate.hono(BOUND), async (context) => context.text((await context.req.text()) || 'null'));
  app.all('/throws', gate.hono(), () => {
    throw new Error('thrown by the handler');
  });
  app.onError((error, context) => context.text(error.message, 500));
  return serve(honoServer({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
};

const withHttp: Framework = async (gate, { orders } = {}) => {
  const echo = (request: IncomingMessage & { rawBody?: unknown }, response: ServerResponse) => {
    if (request.rawBody) return void response.end(request.rawBody);
    request.setEncoding('utf8');
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    return void request.on('end', () => response.end(text || 'null'));
  };
  const open = (_request: IncomingMessage, response: ServerResponse) => void response.end('open');
  const handlers: Readonly<Record<string, ReturnType<Gate['http']>>> = {
    '/open': open,
    '/orders': gate.http(echo, orders),
    '/bound': gate.http(echo, BOUND),
  };
  return serve((request, response) => (handlers[request.url!.split('?')[0]!] ?? open)(request, response));
};

export const FRAMEWORKS: readonly { readonly name: string; readonly start: Framework }[] = [
  { name: 'express 5', start: withExpress(express) },
  { name: 'express 4', start: withExpress(express4) },
  { name: 'fastify', start: withFastify },
  { name: 'hono', start: withHono },
  { name: 'http', start: withHttp },
];
