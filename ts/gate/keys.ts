/** The keys of a gate, which are derived from its secrets. */
import { mustBe } from '../errors.ts';

const { createSecretKey, hkdfSync } = process.getBuiltinModule('node:crypto');
type KeyObject = import('node:crypto').KeyObject;

/** The least length of a secret, in bytes. */
export const MIN_SECRET_BYTES = 32;
export const KEY_ID_BYTES = 8;

/** The keys of one secret. */
export interface Keys {
  /** Names the secret in a challenge. It does not reveal anything about the secret. */
  readonly id: Buffer;
  /** Signs tokens. */
  readonly token: KeyObject;
}

/** Derives the keys of a secret (HKDF, RFC 5869). Throws `ERR_QANTO_INVALID_ARGUMENT`, without the secret, if it is too short. */
export function keysOf(argument: string, secret: unknown): Keys {
  const isSecret = typeof secret === 'string' || secret instanceof Uint8Array;
  const bytes = isSecret ? Buffer.from(secret as string) : Buffer.alloc(0);
  if (bytes.length < MIN_SECRET_BYTES) {
    const given = isSecret
      ? `(a secret of ${bytes.length} bytes)`
      : secret === undefined
        ? undefined
        : '(a value)';
    throw mustBe(
      argument,
      given,
      `a text or a Uint8Array of at least ${MIN_SECRET_BYTES} bytes; make one with "openssl rand -base64 48"`,
    );
  }
  const derive = (use: string, length: number) =>
    Buffer.from(hkdfSync('sha256', bytes, '', `qanto gate ${use}`, length));
  return {
    id: derive('key id', KEY_ID_BYTES),
    token: createSecretKey(derive('token', 64)),
  };
}
