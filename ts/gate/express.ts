/** The middleware for express 4 and 5, and for whatever takes middleware of that kind. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Checker } from './checker.ts';
import { fromNode, type NodeRequest, refuse } from './node-request.ts';
import type { Route } from './options.ts';

/** A middleware of express. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Returns the middleware of a route. */
export function expressMiddleware(checker: Checker, route: Route): ExpressMiddleware {
  return (request, response, next) => {
    checker.check(fromNode(request as NodeRequest), route).then((decision) => {
      if (!decision.passed) return refuse(response, decision.refusal);
      response.once('close', decision.leave);
      response.appendHeader('vary', checker.settings.header);
      // An error that the next handler throws must not be taken for one of the gate.
      queueMicrotask(next);
    }, next);
  };
}
