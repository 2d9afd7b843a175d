import { requireBytes, requireOneOf } from '../check-arguments.ts';
import { native } from '../native.ts';
import { toQantoError, translated } from './native-errors.ts';
import { checkNonceOrText } from './nonce.ts';
import { lowerBound, packTemplate } from './packed.ts';
import {
  ALGORITHMS,
  type Algorithm,
  checkDigestLength,
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
 * `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary. {@link prepare} is faster for many nonces of one
 * template, and {@link verifyPowBatch} for many templates.
 *
 * In a template whose nonce is text, a string of 1 to 64 bytes in UTF-8 is hashed exactly as it is, whatever its
 * characters are: the counter of a hashcash stamp, or `007`. A server must do as its protocol does. If the protocol
 * hashes what the client sent, pass the string. If it hashes the number that was parsed from it, parse it as the
 * protocol does and pass the number; `+5` and `007` are then 5 and 7 (Anubis, which parses signed integers of 64
 * bits). A number and a string are therefore not interchangeable.
 */
export function verifyPow(template: Template, nonce: number | bigint | string, variant?: number): boolean {
  const checked = checkTemplate(template);
  const value = checkNonceOrText('nonce', nonce, checked.nonce);
  const number = checkVariant(variant, checked.versionRolling);
  try {
    if (typeof value === 'string') {
      return new (native().PreparedTemplate)(toNativeTemplate(checked)).verifyText(value);
    }
    if (checked.repeated !== undefined) {
      return new (native().PreparedTemplate)(toNativeTemplate(checked)).verifyLarge(BigInt(value), number);
    }
    const packed = packTemplate(checked, value, number);
    return native().verify(packed, checked.preimage, checked.rule.hi, lowerBound(checked));
  } catch (error) {
    throw toQantoError(error);
  }
}

/**
 * The digest of any bytes, in the hash function's order. It has 20 bytes for `sha1`, 64 for `sha512` and `sha512d`,
 * `digestLength` (1 to 64, default 64) for `blake2b`, and 32 for the others. It is computed by the reference
 * implementation. Throws `ERR_QANTO_INVALID_ARGUMENT` if `algorithm` is not one of {@link ALGORITHMS}, if `bytes`
 * is not a Uint8Array, or if `digestLength` is invalid or is given for another hash function, and
 * `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function digest(algorithm: Algorithm, bytes: Uint8Array, digestLength?: number): Uint8Array {
  requireOneOf('algorithm', algorithm, ALGORITHMS);
  requireBytes('bytes', bytes);
  const length = checkDigestLength('digestLength', digestLength, algorithm);
  return translated(() => native().hash(algorithm, bytes, length));
}
