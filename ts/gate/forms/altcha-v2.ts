/**
 * ALTCHA, version 2, with SHA-256 applied once, in the mode in which the server chooses the counter: a hex prefix would allow only
 * powers of 16 as the price. The token is part of the challenge's data. A challenge follows from its token and the server's secret,
 * so the check makes it again, and compares all fields. Key derivation functions are left out: their keys take long, so that they
 * would have to be derived elsewhere before each challenge.
 */
import type { Template } from '../../pow/template.ts';
import type { SignedToken } from '../token.ts';
import { answerOf } from './altcha-answer.ts';
import type { Proof } from './form.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/** The most tries that a challenge can take on average, because the counter has 32 bits. */
export const MAX_ALTCHA_V2_TRIES = 2 ** 31;
const COUNTERS = 2 ** 32;
const PREFIX_DIGITS = 32;
const MAX_SIGNATURE = 64;

/** The parameters of a challenge, with the names of the fields on the wire. */
export interface AltchaV2Parameters {
  /** The hash function. */
  readonly algorithm: 'SHA-256';
  /** How often it is applied. */
  readonly cost: 1;
  /** What the gate has added. */
  readonly data: {
    /** The token of the gate. */
    readonly token: string;
    /** The tries that the challenge takes on average. */
    readonly tries: number;
  };
  /** When the challenge expires, in s since 1970. */
  readonly expiresAt: number;
  /** The length of the digest in bytes. */
  readonly keyLength: 32;
  /** The first half of the digest that is looked for, in hex. */
  readonly keyPrefix: string;
  /** The bytes before the counter, in hex. */
  readonly nonce: string;
  /** The bytes before the nonce, in hex. */
  readonly salt: string;
}

/** A challenge of ALTCHA, version 2. */
export interface AltchaV2Challenge {
  /** The parameters. */
  readonly parameters: AltchaV2Parameters;
  /** The signature, in hex. */
  readonly signature: string;
}

/** Returns the challenge of a token. */
export function altchaV2Challenge(token: SignedToken): AltchaV2Challenge {
  return challengeOf(token, keyOf(token));
}

/** Returns the digest of the counter that the server has chosen, in hex. */
function keyOf(token: SignedToken): string {
  const { salt, nonce } = preimageOf(token);
  const bytes = Buffer.allocUnsafe((salt.length + nonce.length) / 2 + 4);
  bytes.write(salt + nonce, 'hex');
  bytes.writeUInt32BE(answerOf(token), bytes.length - 4);
  return hash('sha256', bytes, 'hex');
}

/** Each token has an id of its own, so its MAC is as good as random bytes. */
function preimageOf({ mac }: SignedToken): { salt: string; nonce: string } {
  return { salt: mac.slice(0, 32), nonce: mac.slice(32) };
}

function challengeOf(token: SignedToken, key: string): AltchaV2Challenge {
  const { text, tries, expiresMs, mac } = token;
  const { salt, nonce } = preimageOf(token);
  const parameters = {
    algorithm: 'SHA-256',
    cost: 1,
    data: { token: text, tries },
    expiresAt: Math.floor(expiresMs / 1000),
    keyLength: 32,
    // The other half of the digest shows that the client has found the counter.
    keyPrefix: key.slice(0, PREFIX_DIGITS),
    nonce,
    salt,
  } as const;
  // Clients return the signature unseen. The MAC of the token signs all that the challenge depends on.
  return { parameters, signature: mac };
}

/** Reads an answer that may come from outside. Returns undefined if it is not one. */
export function readAltchaV2Answer(answer: Readonly<Record<string, unknown>>): Proof | undefined {
  const { parameters, signature } = fieldsOf(answer['challenge']);
  const { counter, derivedKey } = fieldsOf(answer['solution']);
  const { token } = fieldsOf(fieldsOf(parameters)['data']);
  if (typeof token !== 'string' || !/^[A-Za-z0-9_-]{1,400}$/.test(token)) return undefined;
  if (typeof signature !== 'string' || signature.length > MAX_SIGNATURE) return undefined;
  if (typeof derivedKey !== 'string' || !/^[0-9a-f]{64}$/.test(derivedKey)) return undefined;
  if (!Number.isInteger(counter) || !((counter as number) >= 0 && (counter as number) < COUNTERS)) {
    return undefined;
  }
  return {
    form: 'altcha-v2',
    token,
    solves: (signed) => {
      if (counter !== answerOf(signed)) return false;
      const key = keyOf(signed);
      const made = challengeOf(signed, key);
      return derivedKey === key && signature === made.signature && isSame(parameters, made.parameters);
    },
  };
}

/** Returns whether JSON has the same fields, in whatever order. */
function isSame(given: unknown, made: unknown): boolean {
  if (typeof made !== 'object' || made === null) return given === made;
  const [fields, names] = [fieldsOf(given), Object.keys(made)];
  return (
    Object.keys(fields).length === names.length &&
    names.every((name) => isSame(fields[name], made[name as keyof typeof made]))
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Returns the parameters of `WWW-Authenticate`. ALTCHA defines none for version 2, so they are our own. */
export function altchaV2Params(challenge: AltchaV2Challenge): Readonly<Record<string, string>> {
  return { version: '2', challenge: Buffer.from(JSON.stringify(challenge)).toString('base64url') };
}

/** A challenge that a client has read. */
export interface ReadAltchaV2Challenge {
  /** The tries that it takes on average, as the server says. */
  readonly tries: number;
  /** The challenge, which the client returns with its solution. */
  readonly challenge: object;
  /** What is searched. */
  readonly template: Template;
}

/** Reads the text of {@link altchaV2Params}. Returns undefined if it is not a challenge that a gate makes. */
export function readAltchaV2Challenge(encoded: string): ReadAltchaV2Challenge | undefined {
  if (!/^[A-Za-z0-9_-]{1,3072}$/.test(encoded)) return undefined;
  let challenge: unknown;
  try {
    challenge = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  const parameters = fieldsOf(fieldsOf(challenge)['parameters']);
  const { algorithm, cost, keyLength, keyPrefix, nonce, salt } = parameters;
  if (algorithm !== 'SHA-256' || cost !== 1 || keyLength !== 32) return undefined;
  const { tries } = fieldsOf(parameters['data']);
  if (!Number.isInteger(tries) || !((tries as number) >= 1 && (tries as number) <= MAX_ALTCHA_V2_TRIES)) {
    return undefined;
  }
  if (typeof keyPrefix !== 'string' || !/^[0-9a-f]{1,64}$/.test(keyPrefix)) return undefined;
  const [saltBytes, nonceBytes] = [salt, nonce].map(bytesOf);
  if (saltBytes === undefined || nonceBytes === undefined) return undefined;
  const offset = saltBytes.length + nonceBytes.length;
  return {
    tries: tries as number,
    challenge: challenge as object,
    template: {
      algorithm: 'sha256',
      preimage: Buffer.concat([saltBytes, nonceBytes, new Uint8Array(4)]),
      nonce: { offset, encoding: 'u32be' },
      target: { hexPrefix: keyPrefix },
    },
  };
}

/** Returns the payload of an answer: JSON in base64, as ALTCHA's widget and libraries send it. */
export function altchaV2Payload(
  challenge: object,
  found: { readonly counter: number; readonly digest: Uint8Array; readonly elapsedMs: number },
): string {
  const { counter, digest, elapsedMs } = found;
  const derivedKey = Buffer.from(digest).toString('hex');
  const answer = { challenge, solution: { counter, derivedKey, time: Math.round(elapsedMs) } };
  return Buffer.from(JSON.stringify(answer)).toString('base64');
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' && /^(?:[0-9a-f]{2}){1,64}$/.test(value)
    ? Buffer.from(value, 'hex')
    : undefined;
}
