/** Reads what a response asks its client to pay. */
import { ALTCHA_ALGORITHMS } from '../formats/altcha.ts';
import { type AuthScheme, readAuthSchemes } from './auth-params.ts';
import { type ReadAltchaV2Challenge, readAltchaV2Challenge } from './forms/altcha-v2.ts';

/** A challenge, and where its proof is sent. */
export type Bill = { readonly header: string; readonly expectedTries: number } & (
  | { readonly form: 'native'; readonly token: string }
  | { readonly form: 'altcha-v1'; readonly challenge: object }
  | ({ readonly form: 'altcha-v2' } & Omit<ReadAltchaV2Challenge, 'tries'>)
);

const STATUSES = [401, 402, 428];
const MAX_HEADER = 8192;
const MAX_TRIES = 2 ** 47;

/** Returns the first challenge of a response that can be solved, or undefined if no challenge can be solved. */
export function readBill(response: Response): Bill | undefined {
  if (!STATUSES.includes(response.status)) return undefined;
  const text = response.headers.get('www-authenticate') ?? '';
  const header = (response.headers.get('x-altcha-authorization-header') ?? 'authorization').toLowerCase();
  const schemes = text.length > MAX_HEADER ? undefined : readAuthSchemes(text);
  for (const scheme of schemes ?? []) {
    const read = scheme.scheme === 'qanto' ? native : scheme.scheme === 'altcha' ? altcha : undefined;
    const bill = read?.(scheme, header);
    if (bill !== undefined) return bill;
  }
  return undefined;
}

function native({ params }: AuthScheme, header: string): Bill | undefined {
  const token = params.get('challenge') ?? '';
  const expectedTries = integer(params.get('tries'), 1, MAX_TRIES);
  if (!/^[A-Za-z0-9_-]{1,400}$/.test(token) || expectedTries === undefined) return undefined;
  return { form: 'native', header, expectedTries, token };
}

function altcha({ params }: AuthScheme, header: string): Bill | undefined {
  if (params.has('version')) return altchaV2(params, header);
  const [algorithm = '', challenge = '', salt = '', signature = ''] = [
    'algorithm',
    'challenge',
    'salt',
    'signature',
  ].map((name) => params.get(name));
  const maxnumber = integer(params.get('maxnumber') ?? '1000000', 0, Number.MAX_SAFE_INTEGER);
  const isKnown = (ALTCHA_ALGORITHMS as readonly string[]).includes(algorithm);
  const isHex =
    /^([0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/.test(challenge) && /^[0-9a-f]{0,128}$/.test(signature);
  // Quotes and backslashes would have to be escaped in the answer.
  const isSalt = /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(salt);
  if (maxnumber === undefined || !isKnown || !isHex || !isSalt) return undefined;
  const solved = { algorithm, challenge, maxnumber, salt, signature };
  return { form: 'altcha-v1', header, expectedTries: (maxnumber + 2) / 2, challenge: solved };
}

function altchaV2(params: AuthScheme['params'], header: string): Bill | undefined {
  const read =
    params.get('version') === '2' ? readAltchaV2Challenge(params.get('challenge') ?? '') : undefined;
  if (read === undefined) return undefined;
  const { tries, ...challenge } = read;
  return { form: 'altcha-v2', header, expectedTries: tries, ...challenge };
}

function integer(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
