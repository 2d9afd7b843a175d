/** What a gate answers to a request that it refuses. */
import { writeAuthScheme } from './auth-params.ts';
import type { AltchaV1Challenge } from './forms/altcha-v1.ts';
import { type AltchaV2Challenge, altchaV2Params } from './forms/altcha-v2.ts';
import { EXPLANATIONS, type RefusalReason, STATUSES } from './reasons.ts';

/** The challenge of the form `native`. */
export interface NativeChallenge {
  /** The token, which is hashed with a dot and a nonce behind it. */
  readonly challenge: string;
  /** The tries that it takes on average: the first 8 bytes of the hash must be less than 2^64 divided by this number. */
  readonly tries: number;
}

/** A challenge in one or more forms, of which a client solves one. */
export interface Challenges {
  /** For programs. */
  readonly native?: NativeChallenge;
  /** For the widget and the programs of ALTCHA, version 1. */
  readonly 'altcha-v1'?: AltchaV1Challenge;
  /** For the widget and the libraries of ALTCHA, version 2. */
  readonly 'altcha-v2'?: AltchaV2Challenge;
}

/** The body of a refusal, as JSON. */
export interface RefusalBody {
  /** Why the request is refused. */
  readonly reason: RefusalReason;
  /** The same for people. */
  readonly message: string;
  /** The challenges, if the reason is `no-proof`. */
  readonly challenges?: Challenges;
}

/** The answer to a request that is refused. */
export interface Refusal {
  /** The status: 401 (or 402 or 428), 403, 413 or 503. */
  readonly status: number;
  /** The headers, by their names in lowercase. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The body. */
  readonly body: RefusalBody;
}

/** Nobody may keep a refusal: the next request of the same kind may have a proof. */
const HEADERS = { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' };
const RETRY_AFTER_S = '5';

/** Returns the refusal of a request that has a proof, or whose proof cannot be read. */
export function refusalOf(reason: RefusalReason, header: string): Refusal {
  const status = STATUSES[reason] ?? 403;
  return {
    status,
    headers: { ...HEADERS, vary: header, ...(status === 503 && { 'retry-after': RETRY_AFTER_S }) },
    body: { reason, message: EXPLANATIONS[reason] },
  };
}

/** Returns the refusal of a request without a proof, with a challenge. */
export function challengeResponse(challenges: Challenges, status: number, header: string): Refusal {
  const { native, 'altcha-v1': v1, 'altcha-v2': v2 } = challenges;
  const schemes = [
    ...(native ? [writeAuthScheme('Qanto', { ...native })] : []),
    ...(v1 ? [writeAuthScheme('Altcha', { ...v1 })] : []),
    ...(v2 ? [writeAuthScheme('Altcha', altchaV2Params(v2))] : []),
  ];
  return {
    status,
    headers: {
      ...HEADERS,
      vary: header,
      'www-authenticate': schemes,
      ...(header !== 'authorization' && { 'x-altcha-authorization-header': header }),
    },
    body: { reason: 'no-proof', message: EXPLANATIONS['no-proof'], challenges },
  };
}
