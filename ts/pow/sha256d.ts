import { createHash } from 'node:crypto';

/**
 * SHA-256 applied twice, 32 bytes in the hash function's order: Bitcoin's hash for block ids and merkle trees.
 * Runs on node:crypto, which for single hashes beats a call into the addon.
 */
export function sha256d(bytes: Uint8Array): Uint8Array {
  const once = createHash('sha256').update(bytes).digest();
  return new Uint8Array(createHash('sha256').update(once).digest());
}
