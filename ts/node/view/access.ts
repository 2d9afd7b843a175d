/** Who may see the page of a node that other machines can reach. */
import { createHash, randomBytes } from 'node:crypto';

const CODE_MS = 10 * 60_000;
const SESSION_MS = 7 * 24 * 3_600_000;
const MAX_CODES = 16;
const MAX_SESSIONS = 100;

/**
 * A link to the page carries a code that works once. The page exchanges it for a session, which the browser keeps in a cookie
 * that scripts cannot read and that other sites cannot send. Only hashes are kept, in memory: a restart ends all sessions.
 */
export class Access {
  /** By hash; the value is the time at which it expires. The oldest first. */
  readonly #codes = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  readonly #cookie: string;

  /** @param port the port of the server, because a browser sends the cookies of a host to all of its ports */
  constructor(port: number) {
    this.#cookie = `qanto-view-${port}`;
  }

  /** A code of 128 random bits, which works once within ten minutes. */
  newCode(): string {
    return issue(this.#codes, MAX_CODES, CODE_MS);
  }

  /** Returns the header `Set-Cookie` of a new session. Undefined if the code is not valid. */
  exchange(code: string): string | undefined {
    const key = hashOf(code);
    if (!isValid(this.#codes, key)) return undefined;
    this.#codes.delete(key);
    const token = issue(this.#sessions, MAX_SESSIONS, SESSION_MS);
    return `${this.#cookie}=${token}; Path=/view; HttpOnly; SameSite=Strict; Max-Age=${SESSION_MS / 1000}`;
  }

  /** Whether the header `Cookie` of a request has a session. */
  allows(header: string | undefined): boolean {
    const cookies = (header ?? '').split(';').map((cookie) => cookie.trim());
    const start = `${this.#cookie}=`;
    return cookies.some(
      (cookie) => cookie.startsWith(start) && isValid(this.#sessions, hashOf(cookie.slice(start.length))),
    );
  }
}

function issue(kept: Map<string, number>, maximum: number, lifetimeMs: number): string {
  const secret = randomBytes(16).toString('base64url');
  kept.set(hashOf(secret), performance.now() + lifetimeMs);
  if (kept.size > maximum) kept.delete(kept.keys().next().value!);
  return secret;
}

/** A look-up of a hash takes a time that says nothing about the secret. */
function isValid(kept: ReadonlyMap<string, number>, key: string): boolean {
  return (kept.get(key) ?? 0) > performance.now();
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
