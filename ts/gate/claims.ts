/** Remembers which challenges have been used. */
import { requireInteger } from '../check-arguments.ts';
import { ClaimsFullError } from './errors.ts';

/** A store of claims. All processes that accept the same proofs must share one. */
export interface ClaimStore {
  /**
   * Claims an id, a text of 22 characters of base64url, for `ttlMs` ms. Returns true if this is the first claim in this time,
   * and false otherwise. Of several calls at once, in any processes, exactly one may return true.
   */
  claim(id: string, ttlMs: number): boolean | Promise<boolean>;
}

/** The options of {@link MemoryClaims}. */
export interface MemoryClaimsOptions {
  /** The maximum number of claims. Default: 1,000,000. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 1_000_000;
/** Claims that end in the same second are dropped together. */
const BUCKET_MS = 1000;

/**
 * The claims of one process. When it is full, `claim` throws `ERR_QANTO_CLAIMS_FULL`: dropping a claim before its challenge
 * has expired would make a replay possible. It needs no timer, because each call drops the claims that have ended.
 */
export class MemoryClaims implements ClaimStore {
  readonly #limit: number;
  readonly #ids = new Set<string>();
  /** The ids by the number of the period in which they end. */
  readonly #buckets = new Map<number, string[]>();
  /** The period before which all claims have been dropped. */
  #dropped: number;
  readonly #now: () => number;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT` if the limit is not an integer of at least 1. */
  constructor({ limit = DEFAULT_LIMIT }: MemoryClaimsOptions = {}, now = () => performance.now()) {
    requireInteger('options.limit', limit, 1, 2 ** 24 - 1);
    this.#limit = limit;
    this.#now = now;
    this.#dropped = this.#period(now());
  }

  /** The number of claims that have not ended. */
  get size(): number {
    this.#drop();
    return this.#ids.size;
  }

  claim(id: string, ttlMs: number): boolean {
    this.#drop();
    if (this.#ids.has(id)) return false;
    if (this.#ids.size >= this.#limit) throw new ClaimsFullError(this.#limit);
    this.#ids.add(id);
    const period = this.#period(this.#now() + ttlMs) + 1;
    const bucket = this.#buckets.get(period);
    if (bucket) bucket.push(id);
    else this.#buckets.set(period, [id]);
    return true;
  }

  /** Drops the claims that have ended. */
  #drop(): void {
    const period = this.#period(this.#now());
    if (period <= this.#dropped) return;
    // There are as many buckets as seconds in the longest lifetime at most.
    for (const [end, ids] of this.#buckets) {
      if (end > period) continue;
      for (const id of ids) this.#ids.delete(id);
      this.#buckets.delete(end);
    }
    this.#dropped = period;
  }

  #period(ms: number): number {
    return Math.floor(ms / BUCKET_MS);
  }
}
