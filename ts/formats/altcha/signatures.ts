/** The signatures of challenges of ALTCHA, version 2, and of their keys. */
import { requireOneOf } from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import { type AltchaV2CounterMode, requireMode } from './derive-key.ts';

const { createHmac, timingSafeEqual } = process.getBuiltinModule('node:crypto');

export const HMAC_ALGORITHMS = ['SHA-256', 'SHA-384', 'SHA-512'] as const;

/** One of the hash functions of signatures. */
export type HmacAlgorithm = (typeof HMAC_ALGORITHMS)[number];

/** The options that say how challenges and keys are signed. */
interface SigningOptions {
  readonly hmacKey: string | Uint8Array;
  readonly keyHmacKey?: string | Uint8Array;
  readonly hmacAlgorithm?: HmacAlgorithm;
  readonly counterMode?: AltchaV2CounterMode;
}

/** Returns the signature of a message, in hex. */
export function hmac(algorithm: string, key: string | Uint8Array, message: string | Uint8Array): string {
  return createHmac(algorithm.replace('-', ''), key).update(message).digest('hex');
}

/** Compares two texts in a time that does not depend on where they differ. */
export function isSameText(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Checks the secrets, the hash function of the signatures, and how the counter is written. */
export function requireKeys(
  at: string,
  { hmacKey, keyHmacKey, hmacAlgorithm, counterMode }: SigningOptions,
): void {
  const isKey = (key: unknown) => (typeof key === 'string' || key instanceof Uint8Array) && key.length > 0;
  const wanted = 'a text or a Uint8Array that is not empty';
  if (!isKey(hmacKey)) throw mustBe(`${at}.hmacKey`, '(a secret)', wanted);
  if (keyHmacKey !== undefined && !isKey(keyHmacKey)) throw mustBe(`${at}.keyHmacKey`, '(a secret)', wanted);
  if (hmacAlgorithm !== undefined) requireOneOf(`${at}.hmacAlgorithm`, hmacAlgorithm, HMAC_ALGORITHMS);
  if (counterMode !== undefined) requireMode(`${at}.counterMode`, counterMode);
}
