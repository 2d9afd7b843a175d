import { requireBytes, requireOneOf } from '../check-arguments.ts';
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
 * Returns whether the nonce is a hit of the template. It computes one hash, on the calling thread, with the
 * reference implementation instead of a fast kernel, so that a bug in a kernel cannot go unnoticed. With
 * version rolling, `variant` is required; it is the `variant` of the `Solution`. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the template, the nonce or the variant is invalid, and
 * `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function verifyPow(template: Template, nonce: number | bigint, variant?: number): boolean {
  const checked = checkTemplate(template);
  const value = checkNonce('nonce', nonce, checked.nonce.encoding);
  const number = checkVariant(variant, checked.versionRolling);
  return translated(() => native().verify(toNativeTemplate(checked), value, number));
}

/**
 * The digest (32 bytes, in the hash function's order) of the template's preimage with this nonce and, with
 * version rolling, with the version of this variant. It is computed by the reference implementation. Throws the
 * errors of {@link verifyPow}.
 */
export function digestTemplate(template: Template, nonce: number | bigint, variant?: number): Uint8Array {
  const checked = checkTemplate(template);
  const value = checkNonce('nonce', nonce, checked.nonce.encoding);
  const number = checkVariant(variant, checked.versionRolling);
  return translated(() => native().digest(toNativeTemplate(checked), value, number));
}

/**
 * The digest (32 bytes, in the hash function's order) of any bytes. It is computed by the reference
 * implementation. Throws `ERR_QANTO_INVALID_ARGUMENT` if `algorithm` is not one of {@link ALGORITHMS} or
 * `bytes` is not a Uint8Array, and `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function digest(algorithm: Algorithm, bytes: Uint8Array): Uint8Array {
  requireOneOf('algorithm', algorithm, ALGORITHMS);
  requireBytes('bytes', bytes);
  return translated(() => native().hash(algorithm, bytes));
}
