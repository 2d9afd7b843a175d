import { requireBytes } from '../check-arguments.ts';
import { displayHashOf } from './hex.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/** The length of a digest in bytes. */
const DIGEST_BYTES = 32;

/** Holds the first digest. The buffer is reused, since allocation costs as much as hashing. */
const first = Buffer.alloc(DIGEST_BYTES);

/**
 * SHA-256 applied twice, as Bitcoin does for block ids and merkle trees. Returns 32 bytes in the hash
 * function's order. It uses node:crypto, which is faster than a call into the addon for a single short message. The
 * digests are requested as text with a character for each byte, which `hash` returns faster than bytes or hex.
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a Uint8Array.
 */
export function sha256d(bytes: Uint8Array): Uint8Array {
  const digest = new Uint8Array(DIGEST_BYTES);
  writeDigest(digest, 0, digestOf(bytes));
  return digest;
}

/** As {@link sha256d}, but writes the digest to `target` from `start` on, where there must be room for it. */
export function writeSha256d(bytes: Uint8Array, target: Uint8Array, start: number): void {
  writeDigest(target, start, digestOf(bytes));
}

/** As {@link sha256d}, as 64 hex digits in displayed order. It creates no array, which would cost as much as hashing. */
export function sha256dDisplayed(bytes: Uint8Array): string {
  return displayHashOf(digestOf(bytes));
}

/** The digest as text with a character for each byte. */
function digestOf(bytes: Uint8Array): string {
  requireBytes('bytes', bytes);
  writeDigest(first, 0, hash('sha256', bytes, 'binary'));
  return hash('sha256', first, 'binary');
}

/** A loop takes less time than a call of `Buffer.write`, whose arguments are checked. */
function writeDigest(target: Uint8Array, start: number, digest: string): void {
  for (let i = 0; i < DIGEST_BYTES; i++) target[start + i] = digest.charCodeAt(i);
}
