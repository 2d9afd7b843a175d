/**
 * Bytes and their text. Digests have two orders in this field: the order the hash function writes them, and
 * the reversed *displayed* order that Bitcoin made customary for block ids. Functions here name which one
 * they mean.
 */
import { requireBytes } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';

/** Lowercase hex, two digits a byte, in the order of the bytes. Throws `ERR_QANTO_INVALID_ARGUMENT` for what is no Uint8Array. */
export function toHex(bytes: Uint8Array): string {
  requireBytes('bytes', bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * The bytes of a hex text in either case. Throws `ERR_QANTO_INVALID_ARGUMENT` for an odd length, another character, or a
 * length other than `byteLength` when that is given; the error calls the text `argument`.
 */
export function fromHex(text: string, byteLength?: number, argument = 'hex'): Uint8Array {
  const wanted = byteLength === undefined ? 'an even number of hex digits' : `${byteLength * 2} hex digits`;
  if (typeof text !== 'string' || text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    throw mustBe(argument, text, wanted);
  }
  if (byteLength !== undefined && text.length !== byteLength * 2) {
    throw mustBe(argument, text, wanted);
  }
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/**
 * A digest in displayed order: its 32 bytes reversed, as 64 lowercase hex digits. Throws `ERR_QANTO_INVALID_ARGUMENT` for
 * another length.
 */
export function displayHash(digest: Uint8Array): string {
  requireBytes('digest', digest, 32);
  return Buffer.from(digest).reverse().toString('hex');
}

/**
 * The 32 bytes, in the hash function's order, of a hash in displayed order. Throws `ERR_QANTO_INVALID_ARGUMENT` unless it is 64
 * hex digits.
 */
export function parseDisplayHash(text: string): Uint8Array {
  return fromHex(text, 32, 'hash').reverse();
}
