/**
 * Limits the refused shares that cost hashes. A miner sends a few, after a change of the difficulty or a lost connection. Whoever
 * sends many makes the server work for nothing, and is banned for a while.
 */
const CAPACITY = 200;
const PER_SECOND = 2;
export const BAN_MS = 600_000;
/** Hosts about which something is remembered. */
const MAX_HOSTS = 10_000;

interface Account {
  tokens: number;
  /** When the tokens were counted, or when the ban ends. */
  atMs: number;
  isBanned: boolean;
}

/** By the host of a client. Times are in ms, from a monotonic clock. */
export class RejectBudget {
  readonly #accounts = new Map<string, Account>();
  #bans = 0;

  /** The number of bans so far. */
  get bans(): number {
    return this.#bans;
  }

  /** Counts a refused share. Returns false if the host is banned from now on. */
  spend(host: string, nowMs: number): boolean {
    const account = this.#accounts.get(host) ?? { tokens: CAPACITY, atMs: nowMs, isBanned: false };
    this.#accounts.delete(host);
    this.#accounts.set(host, account);
    if (this.#accounts.size > MAX_HOSTS) this.#accounts.delete(this.#accounts.keys().next().value!);
    const refilled = account.tokens + ((nowMs - account.atMs) / 1000) * PER_SECOND;
    account.tokens = Math.min(refilled, CAPACITY) - 1;
    account.atMs = nowMs;
    if (account.tokens >= 0) return true;
    if (!account.isBanned) this.#bans += 1;
    account.isBanned = true;
    account.atMs = nowMs + BAN_MS;
    return false;
  }

  isBanned(host: string, nowMs: number): boolean {
    const account = this.#accounts.get(host);
    if (!account?.isBanned) return false;
    if (nowMs < account.atMs) return true;
    this.#accounts.delete(host);
    return false;
  }
}
