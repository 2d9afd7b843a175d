/** What a gate knows about a request, whichever framework it came through. */

/** A request, as the gate and its options see it. */
export interface GateRequest {
  /** The method, as it was sent. */
  readonly method: string;
  /** The target of the request: the path and the query, as they were sent, or a URL. */
  readonly target: string;
  /** Returns the value of a header by its name in lowercase. */
  header(name: string): string | undefined;
  /** The address of the other end of the connection. Undefined for a socket without one. */
  readonly remoteAddress: string | undefined;
  /** The body as the framework has parsed it, if it has. A proof may be in a field of it. */
  readonly body?: unknown;
  /** The bytes of the body. They are needed only with `bind.body`. */
  readonly rawBody?: Uint8Array;
}

/** The path and the query of the target of a request. Neither is normalised, because servers do so in different ways. */
export function partsOf(target: string): { readonly path: string; readonly query: string } {
  // A proxy may be sent a whole URL (RFC 9112, section 3.2.2).
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0] ?? '';
  const local = target.slice(origin.length);
  const end = local.search(/[?#]/);
  if (end < 0) return { path: local || '/', query: '' };
  return { path: local.slice(0, end) || '/', query: local.slice(end).split('#', 1)[0]! };
}
