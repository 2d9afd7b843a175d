/** Claims in Redis, which several processes share. The client is that of the host: `redis` or `ioredis`. */
import {
  type Fields,
  refuseUnknown,
  requireInteger,
  requireMethods,
  requireObject,
} from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import type { ClaimStore } from './claims.ts';
import { ClaimFailedError } from './errors.ts';

/** The part of a client of `redis` or `ioredis`, or of their clusters, that {@link redisClaims} uses. */
export interface RedisClient {
  /** Sets a key. */
  set(key: string, value: string, ...options: never[]): Promise<unknown>;
}

/** The options of {@link redisClaims}. */
export interface RedisClaimsOptions {
  /** The text before each id. Default: `qanto:claim:`. */
  readonly prefix?: string;
  /** How long to wait for Redis, in ms, from 1 to 60,000. Default: 1,000. */
  readonly timeoutMs?: number;
  /** The most claims that wait for Redis at a time. Further ones fail at once. Default: 10,000. */
  readonly maxPending?: number;
}

const FIELDS: Fields<RedisClaimsOptions> = { prefix: true, timeoutMs: true, maxPending: true };
type Set = (key: string, value: string, ...options: unknown[]) => Promise<unknown>;

/**
 * Returns a store of claims in Redis. Each claim is one command, `SET key 1 NX PX ttl`, which Redis carries out for one client at
 * a time. A claim fails with `ERR_QANTO_CLAIM_FAILED` if Redis answers with an error or not in time: clients keep commands
 * while they have no connection. Throws `ERR_QANTO_INVALID_ARGUMENT`.
 */
export function redisClaims(client: RedisClient, options: RedisClaimsOptions = {}): ClaimStore {
  requireMethods('client', client, ['set']);
  requireObject('options', options);
  refuseUnknown('options', options, FIELDS);
  const { prefix = 'qanto:claim:', timeoutMs = 1000, maxPending = 10_000 } = options;
  if (typeof prefix !== 'string') throw mustBe('options.prefix', prefix, 'a text');
  requireInteger('options.timeoutMs', timeoutMs, 1, 60_000);
  requireInteger('options.maxPending', maxPending, 1);
  // `redis` takes the options of the command as an object, and `ioredis`, which has the method `call`, as words.
  const takesWords = typeof (client as { call?: unknown }).call === 'function';
  const set: Set = (client.set as Set).bind(client);
  let pending = 0;
  return {
    async claim(id, ttlMs) {
      if (pending >= maxPending) throw new ClaimFailedError(`${maxPending} claims are waiting for Redis`);
      const ttl = Math.ceil(ttlMs);
      pending += 1;
      try {
        const words = takesWords ? ['PX', ttl, 'NX'] : [{ NX: true, PX: ttl }];
        const answer = await inTime(set(`${prefix}${id}`, '1', ...words), timeoutMs);
        if (answer === null || String(answer) === 'OK') return answer !== null;
        throw new ClaimFailedError(`Redis answered ${String(answer)}`);
      } catch (cause) {
        if (cause instanceof ClaimFailedError) throw cause;
        throw new ClaimFailedError('Redis answered with an error', { cause });
      } finally {
        pending -= 1;
      }
    },
  };
}

async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ClaimFailedError(`Redis did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
