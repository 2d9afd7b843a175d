/** The place of the nonce in the message, and how it is written there. */
import {
  type Fields,
  integerAsBigint,
  type NameOf,
  refuseUnknown,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';

/**
 * The encodings of the nonce in the message.
 *
 * - `u32le`, `u32be`, `u64le` and `u64be` are unsigned integers of 4 or 8 bytes, little-endian or big-endian.
 *   `u64le-swapped` has 8 bytes: the upper 32 bits, then the lower 32 bits, both little-endian (Cerberus). These
 *   encodings are *binary*.
 * - `decimal` is a number in decimal digits without leading zeros (ALTCHA v1, Cap, Anubis, mCaptcha).
 *   `decimal-fixed` has a fixed number of decimal digits with leading zeros, and `hex` a fixed number of lowercase
 *   hex digits (hashcash). These encodings are *text*, in ASCII.
 */
export const NONCE_ENCODINGS = [
  'u32le',
  'u32be',
  'u64le',
  'u64be',
  'u64le-swapped',
  'decimal',
  'decimal-fixed',
  'hex',
] as const;
/** One of {@link NONCE_ENCODINGS}. */
export type NonceEncoding = (typeof NONCE_ENCODINGS)[number];

/**
 * The position and the encoding of the nonce. A binary nonce overwrites bytes of the preimage, all of which must
 * exist. A text nonce is inserted: the message is the first `offset` bytes of the preimage, the digits, and the
 * other bytes of the preimage.
 */
export interface NonceField {
  /**
   * The number of bytes before the nonce. A text nonce may also follow the whole preimage; then this is the length
   * of the preimage.
   */
  readonly offset: number;
  /**
   * One of {@link NONCE_ENCODINGS}. It decides what the last nonce is: 2^32 - 1 for 4 bytes, the largest number
   * with `width` digits for `decimal-fixed` and `hex`, but at most 2^64 - 1, and 2^64 - 1 for all others. Searches
   * go by numeric value in every encoding.
   */
  readonly encoding: NameOf<NonceEncoding>;
  /**
   * The number of digits of `decimal-fixed`, from 1 to 20, or of `hex`, from 1 to 16. Other encodings have no
   * width.
   */
  readonly width?: number;
}

export const NONCE_FIELDS: Fields<NonceField> = { offset: true, encoding: true, width: true };

/** A nonce field whose values have been checked. */
export interface CheckedNonceField extends NonceField {
  readonly encoding: NonceEncoding;
}

/** The number of bytes of the preimage that a nonce overwrites. It is 0 for text. */
const OVERWRITTEN_BYTES: Readonly<Record<NonceEncoding, 0 | 4 | 8>> = {
  u32le: 4,
  u32be: 4,
  u64le: 8,
  u64be: 8,
  'u64le-swapped': 8,
  decimal: 0,
  'decimal-fixed': 0,
  hex: 0,
};

/** The encodings with a width: its maximum, and the number of different digits. */
const FIXED_DIGITS: Partial<Record<NonceEncoding, { readonly maxWidth: number; readonly radix: bigint }>> = {
  'decimal-fixed': { maxWidth: 20, radix: 10n },
  hex: { maxWidth: 16, radix: 16n },
};

const MAX_U32 = 0xffff_ffffn;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;
/** The maximum length of a text in the place of a nonce, in bytes. */
const MAX_TEXT_BYTES = 64;
/** A string with a lone surrogate has no encoding in UTF-8. */
export const LONE_SURROGATE = /\p{Cs}/u;

/** Returns how many bytes of the preimage a nonce overwrites: 4, 8, or 0 if it is text, which is inserted. */
export function overwrittenBytes(encoding: NonceEncoding): 0 | 4 | 8 {
  return OVERWRITTEN_BYTES[encoding];
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the field and its value, if the field is invalid or does not fit
 * a preimage of this length. Returns the checked values.
 */
export function checkNonceField(nonce: NonceField, preimage: Uint8Array): CheckedNonceField {
  requireObject('template.nonce', nonce);
  refuseUnknown('template.nonce', nonce, NONCE_FIELDS);
  const { offset, encoding, width } = nonce;
  requireOneOf('template.nonce.encoding', encoding, NONCE_ENCODINGS);
  checkOffset(offset, encoding, preimage);
  checkWidth(width, encoding);
  return width === undefined ? { offset, encoding } : { offset, encoding, width };
}

function checkOffset(offset: number, encoding: NonceEncoding, preimage: Uint8Array): void {
  const overwritten = overwrittenBytes(encoding);
  if (preimage.length < overwritten) {
    throw mustBe('template.preimage', preimage, `long enough for a ${encoding} nonce (${overwritten} bytes)`);
  }
  const lastOffset = preimage.length - overwritten;
  if (Number.isInteger(offset) && offset >= 0 && offset <= lastOffset) return;
  const reason =
    overwritten === 0
      ? `the number of bytes of the preimage before the digits`
      : `so that its ${overwritten} bytes lie within the ${preimage.length} bytes of the preimage`;
  throw mustBe('template.nonce.offset', offset, `an integer from 0 to ${lastOffset}, ${reason}`);
}

function checkWidth(width: number | undefined, encoding: NonceEncoding): void {
  const fixed = FIXED_DIGITS[encoding];
  if (fixed !== undefined) {
    requireInteger('template.nonce.width', width, 1, fixed.maxWidth);
  } else if (width !== undefined) {
    throw new InvalidArgumentError(
      'template.nonce.width',
      width,
      `template.nonce.width must not be given for ${encoding}; only ${Object.keys(FIXED_DIGITS).join(' and ')} have it`,
    );
  }
}

/** Returns whether the value is an integer from 0 to 2^32 - 1. Every encoding without a width has these nonces. */
function isUint32(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

/** The last nonce of the nonce space. */
export function maxNonce({ encoding, width }: CheckedNonceField): bigint {
  if (overwrittenBytes(encoding) === 4) return MAX_U32;
  const fixed = FIXED_DIGITS[encoding];
  if (fixed === undefined || width === undefined) return MAX_U64;
  const last = fixed.radix ** BigInt(width) - 1n;
  return last < MAX_U64 ? last : MAX_U64;
}

/** The digits of a nonce in a text encoding, as they are inserted. */
export function nonceText(nonce: bigint, { encoding, width = 0 }: CheckedNonceField): string {
  const radix = Number(FIXED_DIGITS[encoding]?.radix ?? 10n);
  return nonce.toString(radix).padStart(width, '0');
}

/**
 * Converts a nonce, a number or a bigint, to a bigint. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is out of the
 * range of the encoding, or is a number that is not a safe integer.
 */
export function checkNonce(argument: string, nonce: number | bigint, field: CheckedNonceField): bigint {
  return integerAsBigint(argument, nonce, 0n, maxNonce(field), ` (${field.encoding})`);
}

/**
 * Checks a nonce to be verified: a number, a bigint or, for a text encoding, a string of 1 to 64 bytes in UTF-8.
 * Returns a string as it is, a number from 0 to 2^32 - 1 as it is, and every other nonce as a bigint. Throws
 * `ERR_QANTO_INVALID_ARGUMENT`.
 */
export function checkNonceOrText(
  argument: string,
  nonce: number | bigint | string,
  field: CheckedNonceField,
): number | bigint | string {
  // Making a bigint of a number takes longer than most other checks.
  if (isUint32(nonce) && FIXED_DIGITS[field.encoding] === undefined) return nonce;
  if (typeof nonce !== 'string') return checkNonce(argument, nonce, field);
  if (overwrittenBytes(field.encoding) !== 0) {
    throw mustBe(argument, nonce, `a number or a bigint, because ${field.encoding} is no text`);
  }
  const bytes = Buffer.byteLength(nonce);
  if (bytes < 1 || bytes > MAX_TEXT_BYTES || LONE_SURROGATE.test(nonce)) {
    throw mustBe(argument, nonce, `a text of 1 to ${MAX_TEXT_BYTES} bytes in UTF-8`);
  }
  return nonce;
}
