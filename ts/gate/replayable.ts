/** Turns the arguments of `fetch` into some that can be used twice. */
import { BodyNotReplayableError } from './errors.ts';

/** A request that can be sent any number of times. */
export interface Replayable {
  /** The URL of the request. */
  readonly url: string | URL;
  /** Its options, with a body of bytes. */
  readonly init: RequestInit;
  /** The signal of the request. */
  readonly signal: AbortSignal | null | undefined;
}

/** The fields of a Request that are options of `fetch`. */
const REQUEST_FIELDS = [
  ...(['method', 'headers', 'redirect', 'referrer', 'referrerPolicy'] as const),
  ...(['mode', 'credentials', 'cache', 'integrity', 'keepalive'] as const),
];

/**
 * Reads the body once, so that both requests have the same bytes: a form has another boundary each time it is encoded. Rejects
 * with `ERR_QANTO_BODY_NOT_REPLAYABLE` if the body is a stream.
 */
export async function replayable(input: string | URL | Request, init: RequestInit = {}): Promise<Replayable> {
  let url: string | URL;
  let merged: RequestInit = init;
  let { signal } = init;
  if (input instanceof Request) {
    if (input.body !== null && init.body === undefined) throw new BodyNotReplayableError('that of a Request');
    url = input.url;
    // These fields are on the prototype, where spreading would not find them.
    const own = Object.fromEntries(REQUEST_FIELDS.map((name) => [name, input[name]]));
    merged = { ...own, ...init };
    signal ??= input.signal;
  } else {
    url = input;
  }
  return { url, init: await withBytes(merged), signal };
}

async function withBytes(init: RequestInit): Promise<RequestInit> {
  const { body } = init;
  if (body === undefined || body === null) return init;
  if (isStream(body)) throw new BodyNotReplayableError('a stream');
  const encoded = new Response(body);
  const headers = new Headers(init.headers);
  const type = encoded.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return { ...init, headers, body: await encoded.arrayBuffer() };
}

/** FormData and URLSearchParams can be iterated over too, but not asynchronously. */
function isStream(body: unknown): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
  );
}
