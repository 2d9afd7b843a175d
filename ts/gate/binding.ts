/** The digests that bind a challenge to a request. */
import { NoRawBodyError } from './errors.ts';
import { type GateRequest, partsOf } from './request.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/** What a challenge is bound to, besides the method and the path. */
export interface Binding {
  /** The query of the URL. Default: false. */
  readonly query?: boolean;
  /** The bytes of the body. They must be in `request.rawBody`; docs/gate.md says how. Default: false. */
  readonly body?: boolean;
  /** The caller, as the option `caller` names it. Default: false. */
  readonly caller?: boolean;
}

/** Returns the digest, in hex, of texts and bytes, each behind its length in bytes (u32 big-endian). */
function digestOf(fields: readonly (string | Uint8Array)[]): string {
  const lengths = fields.map((field) =>
    typeof field === 'string' ? Buffer.byteLength(field) : field.length,
  );
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [index, field] of fields.entries()) {
    at = bytes.writeUInt32BE(lengths[index]!, at);
    if (typeof field === 'string') bytes.write(field, at);
    else bytes.set(field, at);
    at += lengths[index]!;
  }
  return hash('sha256', bytes, 'hex');
}

/** Returns the digest of the method and the path, or of the text that the host takes instead of them. */
export function scopeOf(request: Pick<GateRequest, 'method' | 'target'>, named: string | undefined): string {
  if (named !== undefined) return digestOf(['scope', named]);
  return digestOf(['request', request.method, partsOf(request.target).path]);
}

const NOTHING = new Uint8Array(0);

/** Returns the digest of everything else that a challenge is bound to, or the empty text. Throws `ERR_QANTO_NO_RAW_BODY`. */
export function bindingOf(request: GateRequest, bind: Binding, caller: () => string): string {
  const fields: (string | Uint8Array)[] = [];
  if (bind.query) fields.push('query', partsOf(request.target).query);
  if (bind.body) fields.push('body', bodyOf(request));
  if (bind.caller) fields.push('caller', caller());
  return fields.length === 0 ? '' : digestOf(fields);
}

function bodyOf(request: GateRequest): Uint8Array {
  if (request.rawBody instanceof Uint8Array) return request.rawBody;
  const length = request.header('content-length');
  const isEmpty =
    (length === undefined || length === '0') && request.header('transfer-encoding') === undefined;
  if (isEmpty) return NOTHING;
  throw new NoRawBodyError('docs/gate.md says how each framework keeps them');
}
