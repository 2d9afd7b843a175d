/**
 * ALTCHA, version 1. The token is a parameter of the salt, whose digest with the answer is the challenge. A challenge follows from its
 * token and the server's secret, so the check makes it again, and compares all fields.
 */
import type { SignedToken } from '../token.ts';
import { answerOf, largestAnswer } from './altcha-answer.ts';
import type { Proof } from './form.ts';

const { hash } = process.getBuiltinModule('node:crypto');

const MAX_SALT = 512;
const SALT_DIGITS = 24;
const SALT = /^[0-9a-f]{24}\?token=([A-Za-z0-9_-]{1,400})&expires=[0-9]{1,15}&$/;
/** The hash function. Others are refused, so that nobody can choose a cheaper one. */
const ALGORITHM = 'SHA-256';

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

/** Returns the challenge of a token. */
export function altchaV1Challenge(token: SignedToken): AltchaV1Challenge {
  const { text, expiresMs, tries, mac } = token;
  // The widget reads the expiry, and asks for a new challenge then. The last `&` keeps digits of the number out of the salt.
  const salt = `${mac.slice(0, SALT_DIGITS)}?token=${text}&expires=${Math.floor(expiresMs / 1000)}&`;
  return {
    algorithm: ALGORITHM,
    challenge: hash('sha256', `${salt}${answerOf(token)}`, 'hex'),
    maxnumber: largestAnswer(tries),
    salt,
    // Clients return it unseen. The MAC of the token signs all that the challenge depends on.
    signature: mac,
  };
}

/** Reads an answer that may come from outside. Returns undefined if it is not one. */
export function readAltchaV1Answer(answer: Readonly<Record<string, unknown>>): Proof | undefined {
  const { algorithm, challenge, number, salt, signature } = answer;
  if (algorithm !== ALGORITHM || !isDigest(challenge) || !isDigest(signature)) return undefined;
  if (typeof salt !== 'string' || salt.length > MAX_SALT) return undefined;
  if (!Number.isSafeInteger(number) || (number as number) < 0) return undefined;
  const [, token] = SALT.exec(salt) ?? [];
  if (token === undefined) return undefined;
  return {
    form: 'altcha-v1',
    token,
    solves: (signed) => {
      if (number !== answerOf(signed)) return false;
      const made = altchaV1Challenge(signed);
      return salt === made.salt && challenge === made.challenge && signature === made.signature;
    },
  };
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
