/**
 * Version rolling (BIP 320): miners may use some bits of a block header's version as they like. A search that tries
 * several versions with each nonce shares what depends on the nonce alone between them.
 */
import { InvalidArgumentError, mustBe } from '../errors.ts';

/**
 * 0x1fffe000: the version bits that are free for miners to roll (BIP 320). The version is the header's first four
 * bytes, u32 LE.
 */
export const VERSION_ROLLING_MASK = 0x1fff_e000;

/** The most versions a search tries with each nonce. */
export const MAX_VARIANTS = 16;

/** The lowest bit of the mask. */
const VARIANT_SHIFT = 13;

/**
 * The version (u32) of a variant: the given one with the variant's number, 0 to 15, in the bits of
 * {@link VERSION_ROLLING_MASK}. Throws `ERR_QANTO_INVALID_ARGUMENT` for a version or variant that is none.
 */
export function rolledVersion(version: number, variant: number): number {
  if (!Number.isInteger(version) || version < 0 || version > 0xffff_ffff) {
    throw mustBe('version', version, 'an unsigned 32-bit integer');
  }
  checkVariant(variant, MAX_VARIANTS);
  return ((version & ~VERSION_ROLLING_MASK) | (variant << VARIANT_SHIFT)) >>> 0;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` unless a template with this nonce can roll so many versions. */
export function checkVersionRolling(variants: number, nonceOffset: number, nonceBytes: number): void {
  if (!Number.isInteger(variants) || variants < 1 || variants > MAX_VARIANTS) {
    throw mustBe('template.versionRolling', variants, `an integer from 1 to ${MAX_VARIANTS}, or left out`);
  }
  if (nonceOffset < 4 || nonceBytes !== 4) {
    throw new InvalidArgumentError(
      'template.versionRolling',
      variants,
      'template.versionRolling needs a nonce of 4 bytes behind the version in bytes 0 to 3; ' +
        `this nonce has ${nonceBytes} bytes at offset ${nonceOffset}`,
    );
  }
}

/**
 * The number of a template's variant, 0 when it is not given and the template rolls no version. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` for one the template does not have.
 */
export function checkVariant(variant: number | undefined, versionRolling: number | undefined): number {
  const number = variant ?? (versionRolling === undefined ? 0 : undefined);
  const last = (versionRolling ?? 1) - 1;
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > last) {
    throw mustBe('variant', variant, `an integer from 0 to ${last}`);
  }
  return number;
}
