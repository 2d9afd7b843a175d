import { requireBytes } from '../check-arguments.ts';
import { displayHashAt } from './hex.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/** Holds the first digest, and then the second. The buffer is reused, since allocation costs as much as hashing. */
const digest = Buffer.alloc(32);

/**
 * SHA-256 applied twice, as Bitcoin does for block ids and merkle trees. Returns 32 bytes in the hash
 * function's order. It uses node:crypto, which is faster than a call into the addon for a single short message. The
 * digests are requested as text with a character for each byte, which `hash` returns faster than bytes or hex.
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a Uint8Array.
 */
export function sha256d(bytes: Uint8Array): Uint8Array {
  compute(bytes);
  return new Uint8Array(digest);
}

/** As {@link sha256d}, as 64 hex digits in displayed order. It creates no array, which would cost as much as hashing. */
export function sha256dDisplayed(bytes: Uint8Array): string {
  compute(bytes);
  return displayHashAt(digest, 0);
}

function compute(bytes: Uint8Array): void {
  requireBytes('bytes', bytes);
  digest.write(hash('sha256', bytes, 'binary'), 'binary');
  digest.write(hash('sha256', digest, 'binary'), 'binary');
}
