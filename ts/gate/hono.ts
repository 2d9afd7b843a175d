/** The middleware for hono on Node.js. */
import type { Checker } from './checker.ts';
import { isProof } from './find-proof.ts';
import type { Route } from './options.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import type { GateRequest } from './request.ts';

/** The parts of a context of hono that the gate uses. */
export interface HonoContextLike {
  /** The request. */
  readonly req: {
    /** The method. */
    readonly method: string;
    /** The URL. */
    readonly url: string;
    /** Returns a header. */
    header(name: string): string | undefined;
    /** The request as it is defined by the Fetch Standard. */
    readonly raw: Request;
    /** Returns the bytes of the body, which hono keeps for the handler. */
    arrayBuffer(): Promise<ArrayBuffer>;
    /** Returns the fields of a form, which hono keeps for the handler. */
    parseBody(): Promise<unknown>;
    /** Returns JSON, which hono keeps for the handler. */
    json(): Promise<unknown>;
  };
  /** What the server passes on: `@hono/node-server` has the request of Node.js in `incoming`. */
  readonly env: unknown;
  /** Sets a header of the response. */
  header(name: string, value?: string, options?: { append?: boolean }): void;
}

/** A middleware of hono. */
export type HonoMiddleware = (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** Returns the middleware of a route. */
export function honoMiddleware(checker: Checker, route: Route): HonoMiddleware {
  return async (context, next) => {
    const { header } = checker.settings;
    const request = await fromHono(context, checker, route);
    if (request === undefined) return responseOf(refusalOf('too-large', header));
    const decision = await checker.check(request, route);
    if (decision.passed) {
      try {
        await next();
        context.header('vary', header, { append: true });
        return undefined;
      } finally {
        decision.leave();
      }
    }
    return responseOf(decision.refusal);
  };
}

function responseOf({ status, headers, body }: Refusal): Response {
  const response = Response.json(body, { status });
  for (const [name, value] of Object.entries(headers)) {
    response.headers.delete(name);
    for (const one of [value].flat()) response.headers.append(name, one as string);
  }
  return response;
}

/** Returns undefined if the body, which the challenge is bound to, is too long. */
async function fromHono(
  { req, env }: HonoContextLike,
  checker: Checker,
  route: Route,
): Promise<GateRequest | undefined> {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  const { header, maxBodyBytes } = checker.settings;
  const type = req.header('content-type') ?? '';
  const length = Number(req.header('content-length') ?? Number.NaN);
  // A body of unknown length is not read for a field, because hono would keep all of it in memory.
  const mayHaveField = !isProof(req.header(header)) && length <= maxBodyBytes;
  const rawBody = route.bind.body ? await bytesOf(req, maxBodyBytes) : undefined;
  if (route.bind.body && rawBody === undefined) return undefined;
  return {
    method: req.method,
    target: req.url,
    header: (name) => req.header(name),
    remoteAddress: incoming?.socket?.remoteAddress,
    ...(mayHaveField && { body: await bodyOf(req, type) }),
    ...(rawBody && { rawBody }),
  };
}

/** Returns the bytes of the body, or undefined if there are too many. The handler can still read them. */
async function bytesOf(req: HonoContextLike['req'], limit: number): Promise<Uint8Array | undefined> {
  // A middleware has read the body, and hono has kept it.
  if (req.raw.bodyUsed) return new Uint8Array(await req.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of req.raw.clone().body ?? []) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function bodyOf(req: HonoContextLike['req'], type: string): Promise<unknown> {
  try {
    if (/^application\/json\b/i.test(type)) return await req.json();
    const isForm = /^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type);
    return isForm ? await req.parseBody() : undefined;
  } catch {
    // The handler gets the same error when it reads the body.
    return undefined;
  }
}
