/** Who may use JSON-RPC: whoever knows the user and the password, or can read the file with the token of this run. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RpcCookieError } from './errors.ts';

/** The name of the file with the token, in the data directory. */
export const COOKIE_NAME = 'rpc.cookie';
/** The user of the token, as in Bitcoin Core, so that its clients can read the file. */
const COOKIE_USER = '__cookie__';
const TOKEN_BYTES = 32;

/** Whether the value of the header `Authorization` has the credentials `user:password`. */
export function hasCredentials(header: string, expected: string): boolean {
  const [, encoded] = /^Basic +([\w+/=]+) *$/i.exec(header) ?? [];
  const given = Buffer.from(encoded ?? '', 'base64');
  // Digests have the same length, which timingSafeEqual needs.
  return timingSafeEqual(sha256(given), sha256(Buffer.from(expected)));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** A file with credentials that are valid until the node stops. */
export interface Cookie {
  /** The file. */
  readonly path: string;
  /** `user:password` */
  readonly credentials: string;
  /** Removes the file, unless another process has replaced it. */
  remove(): void;
}

/**
 * Writes a new cookie into a data directory. Only the owner of the store's lock may call this: it replaces a file that an earlier
 * node left behind. Nobody else can read the file, or sees a part of it. Throws `ERR_QANTO_RPC_COOKIE`.
 */
export function writeCookie(directory: string): Cookie {
  const file = path.join(directory, COOKIE_NAME);
  const credentials = `${COOKIE_USER}:${randomBytes(TOKEN_BYTES).toString('hex')}`;
  const temporary = `${file}.new`;
  try {
    rmSync(temporary, { force: true });
    // "wx" does not follow a link that somebody has put there meanwhile.
    writeFileSync(temporary, credentials, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new RpcCookieError(file, error as Error);
  }
  return {
    path: file,
    credentials,
    remove() {
      try {
        if (readFileSync(file, 'utf8') === credentials) rmSync(file);
      } catch {
        // It is gone already, or cannot be read. The token in it is worthless from now on.
      }
    },
  };
}
