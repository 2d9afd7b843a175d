/** A search function and a clock that the tests of the miner control. */
import { AbortError, NonceSpaceExhaustedError, TimedOutError } from '../../ts/errors.ts';
import type { Timers } from '../../ts/miner/index.ts';
import {
  expectedHashes,
  type Solution,
  type SolveOptions,
  sha256d,
  type solvePow,
  type Template,
} from '../../ts/pow/index.ts';

/** A queue of values. `take` waits for the next value. */
class Mailbox<T> {
  readonly #values: T[] = [];
  readonly #takers: ((value: T) => void)[] = [];

  put(value: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(value);
    else this.#values.push(value);
  }

  take(): Promise<T> {
    const value = this.#values.shift();
    return value === undefined
      ? new Promise((resolve) => this.#takers.push(resolve))
      : Promise.resolve(value);
  }

  get size(): number {
    return this.#values.length;
  }
}

/** A running search, which the test ends. */
export interface Search {
  readonly template: Template;
  readonly options: SolveOptions;
  /** Searches the template on this thread and resolves to the hit. */
  find(): void;
  timeOut(): void;
  exhaust(): void;
  fail(error: Error): void;
}

/** A search function whose searches run until the test or an abort ends them. */
export class HeldSolver {
  readonly #searches = new Mailbox<Search>();
  /** The number of running searches. */
  running = 0;

  readonly solve: typeof solvePow = (template, options = {}) =>
    new Promise<Solution>((resolve, reject) => {
      this.running += 1;
      const end = (settle: () => void) => () => {
        this.running -= 1;
        settle();
      };
      const effort = { hashes: 1000, elapsedMs: 5 };
      options.signal?.addEventListener(
        'abort',
        end(() => reject(new AbortError(options.signal?.reason))),
      );
      this.#searches.put({
        template,
        options,
        find: end(() => resolve(searchHere(template, options))),
        timeOut: end(() => reject(new TimedOutError(options.timeoutMs ?? 0, effort))),
        exhaust: end(() => reject(new NonceSpaceExhaustedError(options.startNonce ?? 0, effort))),
        fail: (error) => end(() => reject(error))(),
      });
    });

  /** Resolves to the next search that the miner starts. */
  next(): Promise<Search> {
    return this.#searches.take();
  }

  /** The number of started searches that the test has not taken yet. */
  get waiting(): number {
    return this.#searches.size;
  }
}

/** Searches a header with sha256d and a u32le nonce at offset 76 on the calling thread, without version rolling. */
export function searchHere(template: Template, options: SolveOptions = {}): Solution {
  const header = Uint8Array.from(template.preimage);
  const view = new DataView(header.buffer);
  const start = Number(options.startNonce ?? 0);
  for (let nonce = start; nonce < 2 ** 32; nonce += 1) {
    view.setUint32(76, nonce, true);
    const digest = sha256d(header);
    const value = BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`);
    if (value <= (template.target as bigint)) {
      const hashes = nonce - start + 1;
      return {
        ...{ nonce: BigInt(nonce), variant: 0, digest, hashes, elapsedMs: 1 },
        expectedHashes: expectedHashes(template),
      };
    }
  }
  throw new NonceSpaceExhaustedError(start, { hashes: 2 ** 32 - start, elapsedMs: 1 });
}

/** A replacement of `solvePow` that uses no other threads. */
export const searchAtOnce = async (...args: Parameters<typeof searchHere>) => searchHere(...args);

export interface Sleep {
  readonly ms: number;
  /** Advances the clock to the end of the wait and ends the wait. */
  elapse(): void;
}

/** A clock that advances only when the test advances it. */
export class HeldTimers implements Timers {
  readonly #sleeps = new Mailbox<Sleep>();
  #nowMs = 0;

  readonly now = (): number => this.#nowMs;

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.#sleeps.put({
        ms,
        elapse: () => {
          this.advance(ms);
          wake();
        },
      });
    });

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  /** Resolves to the next wait of the miner. */
  next(): Promise<Sleep> {
    return this.#sleeps.take();
  }
}
