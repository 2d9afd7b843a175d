/**
 * Conversions between bytes and hex. Digests are written in two byte orders: the order of the hash function's
 * output, and the reversed *displayed* order, which Bitcoin made customary for block ids.
 */
import { requireBytes } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';

/**
 * Converts bytes to lowercase hex digits, two for each byte, in the order of the bytes. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a Uint8Array.
 */
export function toHex(bytes: Uint8Array): string {
  requireBytes('bytes', bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * Converts hex digits, in upper or lower case, to bytes. Throws `ERR_QANTO_INVALID_ARGUMENT` if the number of
 * digits is odd, if there is any other character, or if the text does not have `byteLength` bytes where that is
 * given. `argument` is the name of the argument in the error.
 */
export function fromHex(text: string, byteLength?: number, argument = 'hex'): Uint8Array {
  const wanted = byteLength === undefined ? 'an even number of hex digits' : `${byteLength * 2} hex digits`;
  if (typeof text !== 'string' || text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    throw mustBe(argument, text, wanted);
  }
  if (byteLength !== undefined && text.length !== byteLength * 2) {
    throw mustBe(argument, text, wanted);
  }
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** 32 bytes in the order of their digits. The buffer is reused, since an allocation would take longer than the rest. */
const displayed = Buffer.alloc(32);

/** As {@link toHex}, for the 32 bytes that begin at `start`, which the caller must have checked to exist. */
export function hexAt(bytes: Uint8Array, start: number): string {
  for (let index = 0; index < 32; index++) displayed[index] = bytes[start + index]!;
  return displayed.toString('hex');
}

/** As {@link displayHash}, for the 32 bytes that begin at `start`, which the caller must have checked to exist. */
export function displayHashAt(bytes: Uint8Array, start: number): string {
  for (let index = 0; index < 32; index++) displayed[31 - index] = bytes[start + index]!;
  return displayed.toString('hex');
}

/** As {@link displayHash}, for a digest of 32 bytes that is given as text with a character for each byte. */
export function displayHashOf(digest: string): string {
  for (let index = 0; index < 32; index++) displayed[31 - index] = digest.charCodeAt(index);
  return displayed.toString('hex');
}

/**
 * Converts a digest (32 bytes, in the hash function's order) to displayed order: its bytes reversed, as 64
 * lowercase hex digits. Throws `ERR_QANTO_INVALID_ARGUMENT` if it does not have 32 bytes.
 */
export function displayHash(digest: Uint8Array): string {
  requireBytes('digest', digest, 32);
  return displayHashAt(digest, 0);
}

/**
 * Converts a hash in displayed order (64 hex digits) to its 32 bytes in the hash function's order. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the text is not 64 hex digits.
 */
export function parseDisplayHash(text: string): Uint8Array {
  return fromHex(text, 32, 'hash').reverse();
}
