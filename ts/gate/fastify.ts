/** The plugin for fastify. */
import type { Checker } from './checker.ts';
import { fromNode, type NodeRequest } from './node-request.ts';
import { pick, type Route, type RouteOptions, routeOf } from './options.ts';

/** The parts of a request of fastify that the gate uses. */
export interface FastifyRequestLike {
  /** The request of Node.js. */
  readonly raw: object;
  /** The target before it was rewritten. */
  readonly originalUrl?: string;
  /** The parsed body. */
  readonly body?: unknown;
  /** The bytes of the body, from a plugin or a parser of the host. */
  readonly rawBody?: unknown;
}

/** The parts of a reply of fastify that the gate uses. */
export interface FastifyReplyLike {
  /** The response of Node.js. */
  readonly raw: object;
  /** Sets the status. */
  code(status: number): unknown;
  /** Returns a header that has been set. */
  getHeader(name: string): unknown;
  /** Sets a header. */
  header(name: string, value: unknown): unknown;
  /** Sends the body. */
  send(body: unknown): unknown;
}

/** The part of an instance of fastify that the gate uses. */
export interface FastifyLike {
  /** Adds a hook. The types of the arguments differ between the versions of fastify. */
  addHook(name: never, hook: never): unknown;
}

/** A plugin of fastify. */
export type FastifyGatePlugin = (instance: FastifyLike, options?: RouteOptions) => Promise<void>;

/**
 * Returns the plugin. It applies to all routes of the instance that registers it, which are registered after it. The body has
 * been parsed by then, and nothing else has been done.
 */
export function fastifyPlugin(checker: Checker, base: Route): FastifyGatePlugin {
  const plugin = async (instance: FastifyLike, options: RouteOptions = {}) => {
    // fastify passes its own options as well, such as `prefix`.
    const route = routeOf('options', pick(options), base);
    const hook = async (request: FastifyRequestLike, reply: FastifyReplyLike) => {
      const { raw, originalUrl, body, rawBody } = request;
      const facts = fromNode(raw as NodeRequest);
      const decision = await checker.check(
        {
          ...facts,
          target: originalUrl ?? facts.target,
          body,
          ...(rawBody instanceof Uint8Array && { rawBody }),
        },
        route,
      );
      if (decision.passed) {
        (reply.raw as NodeJS.EventEmitter).once('close', decision.leave);
        reply.header('vary', joined(reply.getHeader('vary'), checker.settings.header));
        return undefined;
      }
      const { status, headers, body: refusal } = decision.refusal;
      reply.code(status);
      for (const [name, value] of Object.entries(headers)) {
        reply.header(name, name === 'vary' ? joined(reply.getHeader(name), value as string) : value);
      }
      return reply.send(refusal);
    };
    instance.addHook('preValidation' as never, hook as never);
  };
  // Otherwise the hook would apply only to the routes inside the plugin, of which there are none.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'qanto-gate',
  });
}

function joined(before: unknown, added: string): string {
  return before === undefined ? added : `${String(before)}, ${added}`;
}
