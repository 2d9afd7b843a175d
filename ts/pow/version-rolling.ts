/**
 * Version rolling (BIP 320): miners may set some bits of a block header's version freely. The versions that a
 * search tries with one nonce share the part of the work that depends only on the nonce.
 */
import { requireInteger, requireUint32 } from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';

/**
 * The version bits that miners may set freely (BIP 320): 0x1fffe000. The version is the first four bytes of the
 * header (u32 little-endian).
 */
export const VERSION_ROLLING_MASK = 0x1fff_e000;

/** The maximum number of versions that a search tries with each nonce. */
export const MAX_VARIANTS = 16;

/** The lowest bit of the mask. */
const VARIANT_SHIFT = 13;

/**
 * The version (u32) of a variant: `version` with the variant's number, from 0 to 15, in the bits of
 * {@link VERSION_ROLLING_MASK}. Throws `ERR_QANTO_INVALID_ARGUMENT` if the version is not an unsigned 32-bit
 * integer or the variant is not an integer from 0 to 15.
 */
export function rolledVersion(version: number, variant: number): number {
  requireUint32('version', version);
  checkVariant(variant, MAX_VARIANTS);
  return ((version & ~VERSION_ROLLING_MASK) | (variant << VARIANT_SHIFT)) >>> 0;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if a template with this nonce cannot have this number of variants. */
export function checkVersionRolling(variants: number, nonceOffset: number, nonceBytes: number): void {
  if (!Number.isInteger(variants) || variants < 1 || variants > MAX_VARIANTS) {
    throw mustBe('template.versionRolling', variants, `an integer from 1 to ${MAX_VARIANTS}, or undefined`);
  }
  if (nonceOffset < 4 || nonceBytes !== 4) {
    throw new InvalidArgumentError(
      'template.versionRolling',
      variants,
      'template.versionRolling needs a nonce of 4 bytes after the version in bytes 0 to 3; ' +
        `this nonce has ${nonceBytes} bytes at offset ${nonceOffset}`,
    );
  }
}

/**
 * Returns the number of the variant. Its default is 0 if the template has no version rolling. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the template has no such variant.
 */
export function checkVariant(variant: number | undefined, versionRolling: number | undefined): number {
  if (variant == null && versionRolling === undefined) return 0;
  requireInteger('variant', variant, 0, (versionRolling ?? 1) - 1);
  return variant as number;
}
