import { requireBytes } from '../check-arguments.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/**
 * SHA-256 applied twice, as Bitcoin does for block ids and merkle trees. Returns 32 bytes in the hash
 * function's order. It uses node:crypto, which is faster than a call into the addon for a single short message.
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a Uint8Array.
 */
export function sha256d(bytes: Uint8Array): Uint8Array {
  requireBytes('bytes', bytes);
  return new Uint8Array(hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer'));
}
