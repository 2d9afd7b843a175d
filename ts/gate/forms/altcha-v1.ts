/**
 * ALTCHA, version 1. The token is a parameter of the salt, whose hash with the answer is the challenge. So the challenge, which
 * ALTCHA's signature covers, depends on the token, and the token has a signature of its own, which is checked first.
 */
import { create } from '../../formats/altcha.ts';
import { isText } from '../../formats/common.ts';
import type { Keys } from '../keys.ts';
import type { Proof } from './form.ts';

const { createHmac, hash, timingSafeEqual } = process.getBuiltinModule('node:crypto');

/** The longest payload, in characters of base64. */
export const MAX_ALTCHA_PAYLOAD = 2048;
const SALT = /^[0-9a-f]{24}\?token=([A-Za-z0-9_-]{1,400})&expires=[0-9]{1,15}&$/;
/** The hash function. Others are refused, so that nobody can choose a cheaper one. */
export const ALTCHA_ALGORITHM = 'SHA-256';

/** A challenge, with the names of the fields on the wire. */
export interface AltchaV1Challenge {
  /** The hash function. */
  readonly algorithm: string;
  /** The digest that is looked for, in hex. */
  readonly challenge: string;
  /** The largest number that may be the answer. */
  readonly maxnumber: number;
  /** The text before the number. */
  readonly salt: string;
  /** The signature of the challenge, in hex. */
  readonly signature: string;
}

/** Makes a challenge for a token. The answer is drawn from twice as many numbers as the tries that it takes on average. */
export function altchaChallenge(
  token: string,
  tries: number,
  expiresMs: number,
  { altcha }: Keys,
): AltchaV1Challenge {
  return create({
    hmacKey: altcha,
    algorithm: ALTCHA_ALGORITHM,
    maxNumber: Math.max(2 * tries - 2, 1),
    // The widget asks for a new challenge when it has expired.
    expires: new Date(expiresMs),
    params: { token },
  });
}

/** Reads a proof: JSON in base64, as the widget sends it. Returns undefined if it is not one. */
export function readAltchaProof(payload: string): Proof | undefined {
  if (payload.length > MAX_ALTCHA_PAYLOAD || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)) return undefined;
  let answer: Partial<Record<'algorithm' | 'challenge' | 'number' | 'salt' | 'signature', unknown>> | null;
  try {
    answer = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  const { algorithm, challenge, number, salt, signature } = answer ?? {};
  const isAnswer = algorithm === ALTCHA_ALGORITHM && isDigest(challenge) && isDigest(signature);
  if (!isAnswer || !isText(salt, 1024) || !Number.isSafeInteger(number) || (number as number) < 0)
    return undefined;
  const [, token] = SALT.exec(salt) ?? [];
  if (token === undefined) return undefined;
  return {
    form: 'altcha-v1',
    token,
    solves: (_tries, { altcha }) =>
      isSame(createHmac('sha256', altcha).update(challenge).digest('hex'), signature) &&
      isSame(hash('sha256', `${salt}${number}`, 'hex'), challenge),
  };
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
