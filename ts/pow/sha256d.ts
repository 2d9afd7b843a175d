import { requireBytes } from '../check-arguments.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/**
 * SHA-256 applied twice, 32 bytes in the hash function's order: Bitcoin's hash for block ids and merkle trees.
 * Runs on node:crypto, which for a single short message beats a call into the addon. Throws `ERR_QANTO_INVALID_ARGUMENT` for what
 * is no Uint8Array.
 */
export function sha256d(bytes: Uint8Array): Uint8Array {
  requireBytes('bytes', bytes);
  return new Uint8Array(hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer'));
}
