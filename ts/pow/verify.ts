import { requireBytes } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { native } from '../native.ts';
import { translated } from './native-errors.ts';
import {
  ALGORITHMS,
  type Algorithm,
  checkNonce,
  checkTemplate,
  type Template,
  toNativeTemplate,
} from './template.ts';
import { checkVariant } from './version-rolling.ts';

/**
 * Whether the nonce is a hit of the template. Computed by the readable reference, never by a fast kernel, so that a
 * wrong kernel cannot vouch for itself. A template with version rolling also takes the variant, as the `Solution`
 * names it. Throws `ERR_QANTO_INVALID_ARGUMENT` for a template, nonce or variant that is none, and `ERR_QANTO_NATIVE_UNAVAILABLE`. Takes
 * as long as one hash, on the calling thread.
 */
export function verifyPow(template: Template, nonce: number | bigint, variant?: number): boolean {
  const checked = checkTemplate(template);
  const value = checkNonce('nonce', nonce, checked.nonce.encoding);
  const number = checkVariant(variant, checked.versionRolling);
  return translated(() => native().verify(toNativeTemplate(checked), value, number));
}

/**
 * The digest (32 bytes, in the hash function's order) of the template's preimage with this nonce written in, and
 * with version rolling this variant's version, by the reference. Throws as {@link verifyPow} does.
 */
export function digestTemplate(template: Template, nonce: number | bigint, variant?: number): Uint8Array {
  const checked = checkTemplate(template);
  const value = checkNonce('nonce', nonce, checked.nonce.encoding);
  const number = checkVariant(variant, checked.versionRolling);
  return translated(() => native().digest(toNativeTemplate(checked), value, number));
}

/**
 * The digest, 32 bytes in the hash function's order, of any bytes by the reference. Throws `ERR_QANTO_INVALID_ARGUMENT` for
 * another algorithm or what is no Uint8Array, and `ERR_QANTO_NATIVE_UNAVAILABLE`.
 */
export function digest(algorithm: Algorithm, bytes: Uint8Array): Uint8Array {
  if (!ALGORITHMS.includes(algorithm)) {
    throw mustBe('algorithm', algorithm, `one of ${ALGORITHMS.join(', ')}`);
  }
  requireBytes('bytes', bytes);
  return translated(() => native().hash(algorithm, bytes));
}
