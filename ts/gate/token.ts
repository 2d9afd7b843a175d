/**
 * The signed part of a challenge. A server keeps nothing about a challenge: the token says everything, and comes back with the
 * proof. There is one sequence of bytes for each token:
 *
 * ```
 * version u8 = 2 | form u8 | key id 8 | tries u64 | issued u64 | expires u64 | id 16 | scope | binding | MAC 32
 * ```
 *
 * Integers are big-endian, and times are in ms since 1970. Scope and binding are digests, each behind its length (u16), so that
 * no byte can be moved from one to the other. The text is base64url (RFC 4648) without padding.
 *
 * The HMAC-SHA-512 over all bytes before the MAC has two halves. The first one is the MAC. The second one stays secret: the forms of
 * ALTCHA draw the answer from it, so that a check needs one HMAC, and a client cannot choose its own answer.
 *
 * Fields are texts instead of views of the bytes: each view costs as much as a digest, for the most part when it is collected.
 */
import { FORM_NAMES, type FormName } from './forms/form.ts';
import { KEY_ID_BYTES, type Keys } from './keys.ts';
import type { RefusalReason } from './reasons.ts';

const { createHmac, timingSafeEqual } = process.getBuiltinModule('node:crypto');

const VERSION = 2;
/** The codes of the forms. A token of one form is not valid in another. */
const FORM_CODES: Readonly<Record<FormName, number>> = {
  native: 1,
  'altcha-v1': 2,
  'altcha-v2': 3,
};
const FORMS: ReadonlyMap<number, FormName> = new Map(FORM_NAMES.map((name) => [FORM_CODES[name], name]));
const MAC_BYTES = 32;
/** The two MACs that are compared. */
const [givenMac, rightMac] = [Buffer.alloc(MAC_BYTES), Buffer.alloc(MAC_BYTES)];
export const ID_BYTES = 16;
const DIGEST_BYTES = 32;
const FIXED_BYTES = 2 + KEY_ID_BYTES + 3 * 8 + ID_BYTES;
/** Without a binding. */
const MIN_BYTES = FIXED_BYTES + 2 + DIGEST_BYTES + 2 + MAC_BYTES;
const MAX_BYTES = MIN_BYTES + DIGEST_BYTES;
/** The longest text of a token, in characters. */
export const MAX_TOKEN_LENGTH = Math.ceil((MAX_BYTES * 4) / 3);

/** What a token says. */
export interface Token {
  /** The form of the challenge that the token is for. */
  readonly form: FormName;
  /** The tries that the challenge takes on average. */
  readonly tries: number;
  /** When the token was made, in ms since 1970. */
  readonly issuedMs: number;
  /** When it expires, in ms since 1970. */
  readonly expiresMs: number;
  /** 16 random bytes in base64url, which may be claimed once. */
  readonly id: string;
  /** The digest of what the challenge is for: 32 bytes in hex. */
  readonly scope: string;
  /** The digest of what the request must have in addition: 32 bytes in hex, or the empty text. */
  readonly binding: string;
}

/** A token whose signature is right. */
export interface SignedToken extends Token {
  /** The token as it is sent. */
  readonly text: string;
  /** The last 32 bytes of the token, which sign the others, in hex. */
  readonly mac: string;
  /** 32 bytes that only the server can compute, in hex. */
  readonly secret: string;
}

/** Signs a token with a key. */
export function signToken(token: Token, keys: Keys): SignedToken {
  const { form, tries, issuedMs, expiresMs, id, scope, binding } = token;
  const bytes = Buffer.allocUnsafe(MIN_BYTES + binding.length / 2);
  bytes[0] = VERSION;
  bytes[1] = FORM_CODES[form];
  bytes.set(keys.id, 2);
  let at = 2 + KEY_ID_BYTES;
  for (const integer of [tries, issuedMs, expiresMs]) at = writeInteger(bytes, integer, at);
  at += bytes.write(id, at, 'base64url');
  for (const field of [scope, binding]) {
    at = bytes.writeUInt16BE(field.length / 2, at);
    at += bytes.write(field, at, 'hex');
  }
  const { mac, secret } = sign(bytes.subarray(0, at), keys);
  bytes.write(mac, at, 'hex');
  return { ...token, text: bytes.toString('base64url'), mac, secret };
}

/**
 * Reads the text of a token, and checks its signature. Returns the reason if it is refused: `malformed`, `unknown-key` or
 * `wrong-signature`. Nothing that the token says is looked at before its signature.
 */
export function readToken(text: string, allKeys: readonly Keys[]): SignedToken | RefusalReason {
  if (text.length > MAX_TOKEN_LENGTH) return 'malformed';
  const bytes = Buffer.from(text, 'base64url');
  const { length } = bytes;
  if (length !== MIN_BYTES && length !== MAX_BYTES) return 'malformed';
  // Other texts are decoded to the same bytes: with padding, characters of base64, or bits behind the last byte.
  if (bytes.toString('base64url') !== text || bytes[0] !== VERSION) return 'malformed';
  const keys = allKeys.find(({ id }) => id.compare(bytes, 2, 2 + KEY_ID_BYTES) === 0);
  if (keys === undefined) return 'unknown-key';
  const signed = bytes.subarray(0, length - MAC_BYTES);
  const { mac, secret } = sign(signed, keys);
  bytes.copy(givenMac, 0, length - MAC_BYTES);
  rightMac.write(mac, 'hex');
  if (!timingSafeEqual(rightMac, givenMac)) return 'wrong-signature';
  const token = fieldsOf(signed);
  return token === undefined ? 'malformed' : { ...token, text, mac, secret };
}

/** Returns undefined for bytes that another release may have signed. */
function fieldsOf(signed: Buffer): Token | undefined {
  const form = FORMS.get(signed[1]!);
  const tries = readInteger(signed, 2 + KEY_ID_BYTES);
  const issuedMs = readInteger(signed, 2 + KEY_ID_BYTES + 8);
  const expiresMs = readInteger(signed, 2 + KEY_ID_BYTES + 16);
  if (form === undefined || !(Number.isSafeInteger(tries) && Number.isSafeInteger(issuedMs)))
    return undefined;
  if (!Number.isSafeInteger(expiresMs)) return undefined;
  const id = signed.toString('base64url', FIXED_BYTES - ID_BYTES, FIXED_BYTES);
  const scopeEnd = FIXED_BYTES + 2 + DIGEST_BYTES;
  const bindingLength = signed.length - scopeEnd - 2;
  if (signed.readUInt16BE(FIXED_BYTES) !== DIGEST_BYTES || signed.readUInt16BE(scopeEnd) !== bindingLength) {
    return undefined;
  }
  const scope = signed.toString('hex', FIXED_BYTES + 2, scopeEnd);
  return { form, tries, issuedMs, expiresMs, id, scope, binding: signed.toString('hex', scopeEnd + 2) };
}

/** Writes a safe integer as u64. This takes less time than with a bigint. */
function writeInteger(bytes: Buffer, integer: number, at: number): number {
  bytes.writeUInt32BE(Math.floor(integer / 2 ** 32), at);
  return bytes.writeUInt32BE(integer % 2 ** 32, at + 4);
}

/** Reads a u64. Above 2^53 the number is not a safe integer. */
function readInteger(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

function sign(bytes: Uint8Array, { token }: Keys): { mac: string; secret: string } {
  const both = createHmac('sha512', token).update(bytes).digest('hex');
  return { mac: both.slice(0, 2 * MAC_BYTES), secret: both.slice(2 * MAC_BYTES) };
}
