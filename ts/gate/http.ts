/** A handler for plain `node:http`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Checker } from './checker.ts';
import { fromNode, type NodeRequest, refuse } from './node-request.ts';
import type { Route } from './options.ts';
import { refusalOf } from './refusal.ts';

/** A handler of requests, as `http.createServer` takes it. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Returns a handler that calls another one for requests with a proof. With `bind.body`, it reads the body before, and leaves its
 * bytes in `request.rawBody`.
 */
export function httpHandler(checker: Checker, route: Route, handler: HttpHandler): HttpHandler {
  const { maxBodyBytes, header } = checker.settings;
  const decide = async (request: NodeRequest, response: ServerResponse) => {
    if (route.bind.body) {
      const body = await readBody(request, maxBodyBytes);
      if (body === undefined) {
        response.setHeader('connection', 'close');
        return refuse(response, refusalOf('too-large', header));
      }
      request.rawBody = body;
    }
    const decision = await checker.check(fromNode(request), route);
    if (!decision.passed) return refuse(response, decision.refusal);
    response.once('close', decision.leave);
    response.appendHeader('vary', header);
    // What the handler throws is treated as if the server had called it.
    queueMicrotask(() => handler(request, response));
  };
  return (request, response) => {
    decide(request, response).catch((error: unknown) => {
      if (response.headersSent || request.destroyed) return response.destroy();
      process.emitWarning(`a gate answered 500: ${(error as Error)?.message}`, 'QantoWarning');
      response.statusCode = 500;
      return response.setHeader('cache-control', 'no-store').end();
    });
  };
}

/** Returns the body, or undefined if it is too long. Rejects if the client disconnects. */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > limit) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
