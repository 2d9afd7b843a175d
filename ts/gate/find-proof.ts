/** Finds the proof in a request: in a header, or in a field of a form or of JSON. */
import { readAuthSchemes } from './auth-params.ts';
import { readAltchaPayload } from './forms/altcha-payload.ts';
import { readAltchaV1Answer } from './forms/altcha-v1.ts';
import type { Proof } from './forms/form.ts';
import { readNativeProof } from './forms/native.ts';
import type { RefusalReason } from './reasons.ts';
import type { GateRequest } from './request.ts';

/** The longest proof, in characters. */
const MAX_PROOF = 4096;
const CREDENTIALS = /^(qanto|altcha) +/i;

/** Returns whether the value of a header is a proof, and not the credentials of another scheme. */
export function isProof(credentials: string | undefined): boolean {
  return credentials !== undefined && CREDENTIALS.test(credentials.slice(0, 64));
}

/** Where proofs are looked for. */
export interface ProofPlaces {
  /** The name of the header, in lowercase. */
  readonly header: string;
  /** The name of the field of the body. */
  readonly field: string;
}

/** Returns the proof, or why it is refused: `no-proof`, `too-large` or `malformed`. The header counts if there are both. */
export function findProof(request: GateRequest, { header, field }: ProofPlaces): Proof | RefusalReason {
  const credentials = request.header(header) ?? '';
  if (isProof(credentials)) {
    if (credentials.length > MAX_PROOF) return 'too-large';
    const [scheme = ''] = credentials.split(' ', 1);
    const isNative = scheme.toLowerCase() === 'qanto';
    const text = credentials.slice(scheme.length).trim();
    return (isNative ? readNativeProof(text) : readAltchaCredentials(credentials, text)) ?? 'malformed';
  }
  const value = fieldOf(request.body, field);
  if (value === undefined) return 'no-proof';
  if (typeof value !== 'string') return 'malformed';
  if (value.length > MAX_PROOF) return 'too-large';
  return (value.includes('.') ? readNativeProof(value) : readAltchaPayload(value)) ?? 'malformed';
}

/** Reads the parameters that ALTCHA's documentation for programs names (version 1), or the payload as the widget makes it. */
function readAltchaCredentials(credentials: string, text: string): Proof | undefined {
  // Base64 has no commas, and there are several parameters.
  if (!text.includes(',')) return readAltchaPayload(text);
  const schemes = readAuthSchemes(credentials);
  if (schemes?.length !== 1) return undefined;
  const { params } = schemes[0]!;
  const number = params.get('number') ?? '';
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(number)) return undefined;
  const [algorithm, challenge, salt, signature] = ['algorithm', 'challenge', 'salt', 'signature'].map(
    (name) => params.get(name),
  );
  return readAltchaV1Answer({ algorithm, challenge, number: Number(number), salt, signature });
}

/** Only a field of the object itself counts. An empty one is what a form without a solved widget sends. */
function fieldOf(body: unknown, field: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return undefined;
  const value = (body as Readonly<Record<string, unknown>>)[field];
  return value === '' || value === null ? undefined : value;
}
