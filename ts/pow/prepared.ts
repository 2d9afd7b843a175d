/** Templates that are checked and copied once, to verify many nonces. */
import { type NativePreparedTemplate, native } from '../native.ts';
import { fromHex } from './hex.ts';
import { meanHashes } from './hit-rule.ts';
import { translated } from './native-errors.ts';
import { type CheckedNonceField, checkNonceOrText, maxNonce } from './nonce.ts';
import { checkTemplate, type Template, toNativeTemplate } from './template.ts';
import { checkVariant } from './version-rolling.ts';

const MAX_SAFE_NONCE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A template that has been checked and copied by {@link prepare}. Changes of the template, of its preimage and of its
 * rule after that call have no effect on it.
 */
export interface PreparedTemplate {
  /**
   * The expected number of hashes until a hit of the template, as {@link expectedHashes} returns it: rounded to the
   * precision of a number.
   */
  readonly expectedHashes: number;
  /**
   * Returns whether the nonce is a hit, as {@link verifyPow} does for the template. It computes one hash, on the
   * calling thread, with the reference implementation. Throws `ERR_QANTO_INVALID_ARGUMENT` if the nonce or the variant
   * is invalid.
   */
  verify(nonce: number | bigint | string, variant?: number): boolean;
  /**
   * The digest, in the hash function's order, of the template's message with this nonce and, with version rolling, with
   * the version of this variant. The nonce and the variant are those of {@link verifyPow}. It has as many bytes as
   * digests of the template have, and is computed by the reference implementation. Throws `ERR_QANTO_INVALID_ARGUMENT`
   * if the nonce or the variant is invalid.
   */
  digest(nonce: number | bigint | string, variant?: number): Uint8Array;
}

class Prepared implements PreparedTemplate {
  readonly expectedHashes: number;
  readonly #native: NativePreparedTemplate;
  readonly #nonce: CheckedNonceField;
  /** The largest nonce that is passed to the addon as a number, which is faster than a bigint. */
  readonly #maxNumber: number;
  readonly #versionRolling: number | undefined;
  #verifier: ((nonce: number) => boolean) | undefined;

  constructor(template: Template) {
    const checked = checkTemplate(template);
    const last = maxNonce(checked.nonce);
    this.expectedHashes = meanHashes(checked.rule);
    this.#native = translated(() => new (native().PreparedTemplate)(toNativeTemplate(checked)));
    this.#nonce = checked.nonce;
    this.#maxNumber = Number(last < MAX_SAFE_NONCE ? last : MAX_SAFE_NONCE);
    this.#versionRolling = checked.versionRolling;
  }

  verify(nonce: number | bigint | string, variant?: number): boolean {
    if (
      typeof nonce === 'number' &&
      Number.isInteger(nonce) &&
      nonce >= 0 &&
      nonce <= this.#maxNumber &&
      variant === undefined &&
      this.#versionRolling === undefined
    ) {
      this.#verifier ??= this.#native.verifier();
      return this.#verifier(nonce);
    }
    const value = checkNonceOrText('nonce', nonce, this.#nonce);
    const number = checkVariant(variant, this.#versionRolling);
    return translated(() =>
      typeof value === 'string'
        ? this.#native.verifyText(value)
        : this.#native.verifyLarge(BigInt(value), number),
    );
  }

  digest(nonce: number | bigint | string, variant?: number): Uint8Array {
    const value = checkNonceOrText('nonce', nonce, this.#nonce);
    const number = checkVariant(variant, this.#versionRolling);
    const digest = translated(() =>
      typeof value === 'string' ? this.#native.digestText(value) : this.#native.digest(BigInt(value), number),
    );
    return fromHex(digest);
  }
}

/**
 * Checks a template and copies everything that it refers to, so that many nonces can be verified faster than with
 * {@link verifyPow}. Throws `ERR_QANTO_INVALID_ARGUMENT` if the template is invalid, and `ERR_QANTO_NATIVE_UNAVAILABLE`
 * if there is no native binary.
 */
export function prepare(template: Template): PreparedTemplate {
  return new Prepared(template);
}
