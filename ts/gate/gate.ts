/** The gate: one object with an adapter for each framework. */
import { requireFunction, requireObject, requireOneOf } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { Checker, type Decision } from './checker.ts';
import { type ExpressMiddleware, expressMiddleware } from './express.ts';
import { type FastifyGatePlugin, fastifyPlugin } from './fastify.ts';
import type { FormName } from './forms/form.ts';
import { type HonoMiddleware, honoMiddleware } from './hono.ts';
import { type HttpHandler, httpHandler } from './http.ts';
import { type GateOptions, type RouteOptions, routeOf, settingsOf } from './options.ts';
import type { Challenges } from './refusal.ts';
import type { GateRequest } from './request.ts';

/** The request for which {@link Gate.issue} makes a challenge. */
export interface IssueTarget {
  /** The method, in upper case. */
  readonly method: string;
  /** The path, as the client will send it. */
  readonly path: string;
  /** The form of the challenge, which is one of the gate's option `forms`. Default: all of them. */
  readonly form?: FormName;
  /**
   * The request that asks for the challenge. It says who the caller is, for `bind.caller` and `callers`. Default: none, which is
   * possible if the gate uses neither.
   */
  readonly request?: GateRequest;
}

/** A gate in front of some routes. */
export interface Gate {
  /** Returns a middleware for express 4 or 5. Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid. */
  express(options?: RouteOptions): ExpressMiddleware;
  /** The plugin for fastify. Its options are those of a route. */
  readonly fastify: FastifyGatePlugin;
  /** Returns a middleware for hono on Node.js. Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid. */
  hono(options?: RouteOptions): HonoMiddleware;
  /**
   * Returns a handler for `http.createServer`, which calls `handler` for requests with a proof. Throws
   * `ERR_QANTO_INVALID_ARGUMENT` if an argument is invalid.
   */
  http(handler: HttpHandler, options?: RouteOptions): HttpHandler;
  /**
   * Decides about a request, for frameworks without an adapter. The promise rejects with `ERR_QANTO_NO_RAW_BODY`, and with errors
   * of the functions among the options.
   */
  check(request: GateRequest, options?: RouteOptions): Promise<Decision>;
  /**
   * Makes a challenge for another request than the one that is being handled, such as that of a form which is about to be
   * filled in. Throws `ERR_QANTO_INVALID_ARGUMENT` if the target is invalid.
   */
  issue(target: IssueTarget, options?: RouteOptions): Challenges;
  /** Stops measuring the load. The gate goes on working at its base price. */
  close(): void;
}

/**
 * Makes a gate. Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid; in particular, if the secret is missing or shorter
 * than 32 bytes.
 */
export function gate(options: GateOptions): Gate {
  return gateWithClock(options, Date.now);
}

/** @internal */
export function gateWithClock(options: GateOptions, now: () => number): Gate {
  const settings = settingsOf(options);
  const checker = new Checker(settings, now);
  const route = (given: RouteOptions = {}) => routeOf('options', given, settings.route);
  return {
    express: (given) => expressMiddleware(checker, route(given)),
    fastify: fastifyPlugin(checker, settings.route),
    hono: (given) => honoMiddleware(checker, route(given)),
    http: (handler, given) => {
      requireFunction('handler', handler);
      return httpHandler(checker, route(given), handler);
    },
    check: async (request, given) => checker.check(request, route(given)),
    issue: (target, given) => {
      requireObject('target', target);
      const { method, path, form, request } = target;
      if (typeof method !== 'string' || method === '') throw mustBe('target.method', method, 'a method');
      if (typeof path !== 'string' || path === '') throw mustBe('target.path', path, 'a path');
      if (form !== undefined) requireOneOf('target.form', form, settings.forms);
      const caller = request ?? { header: () => undefined, remoteAddress: undefined };
      return checker.issue({ ...caller, method, target: path }, route(given), form ? [form] : settings.forms);
    },
    close: () => settings.load?.close(),
  };
}
