/**
 * The form of qanto. The challenge is a token. The proof is the token, a dot and a nonce in decimal digits: a text, which is
 * hashed as it is. It is a hit if the first 8 bytes of its SHA-256, as a big-endian integer, are less than 2^64 / tries.
 */
import type { Template } from '../../pow/template.ts';
import { MAX_TOKEN_LENGTH } from '../token.ts';
import type { Proof } from './form.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/** The longest text of a proof. A nonce has at most 20 digits. */
export const MAX_NATIVE_PROOF = MAX_TOKEN_LENGTH + 1 + 20;
const SYNTAX = /^([A-Za-z0-9_-]{1,400})\.(?:0|[1-9][0-9]{0,19})$/;
const WIDTH = 8;

/** Returns the largest integer that is a hit. */
function lastHit(tries: number): bigint {
  return (1n << BigInt(8 * WIDTH)) / BigInt(tries) - 1n;
}

/** Returns the template of a challenge. */
export function nativeTemplate(token: string, tries: number): Template {
  const preimage = Buffer.from(`${token}.`);
  return {
    algorithm: 'sha256',
    preimage,
    nonce: { offset: preimage.length, encoding: 'decimal' },
    target: { lo: 0n, hi: lastHit(tries), width: WIDTH, endian: 'big' },
  };
}

/** Reads a proof. Returns undefined if it is not one. */
export function readNativeProof(text: string): Proof | undefined {
  const [, token] = text.length <= MAX_NATIVE_PROOF ? (SYNTAX.exec(text) ?? []) : [];
  if (token === undefined) return undefined;
  return {
    form: 'native',
    token,
    // One SHA-256 takes less time here than handing it to another thread: docs/gate.md has the figures.
    solves: ({ tries }) => BigInt(`0x${hash('sha256', text, 'hex').slice(0, 2 * WIDTH)}`) <= lastHit(tries),
  };
}
