/** Requests and responses of Node.js, which express and fastify share. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from './refusal.ts';
import type { GateRequest } from './request.ts';

/** A request of Node.js, with what frameworks add to it. */
export interface NodeRequest extends IncomingMessage {
  /** The target before a framework changed `url`. */
  readonly originalUrl?: string;
  /** The parsed body. */
  readonly body?: unknown;
  /** The bytes of the body. */
  rawBody?: unknown;
}

/** Returns what a gate knows about a request. */
export function fromNode(request: NodeRequest): GateRequest {
  const { method = 'GET', headers, socket, body, rawBody } = request;
  return {
    method,
    target: request.originalUrl ?? request.url ?? '/',
    header: (name) => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return Array.isArray(value) ? value.join(', ') : value;
    },
    remoteAddress: socket.remoteAddress,
    body,
    ...(rawBody instanceof Uint8Array && { rawBody }),
  };
}

/** Sends a refusal. */
export function refuse(response: ServerResponse, { status, headers, body }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'vary') response.appendHeader(name, value as string);
    else response.setHeader(name, value as string);
  }
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
