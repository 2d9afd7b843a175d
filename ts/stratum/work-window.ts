/** The work of the last hour, in steps of 10 s. Times are in ms, from a monotonic clock. */
import { HASHES_PER_DIFFICULTY } from './difficulty.ts';

const BUCKET_MS = 10_000;
/** One hour. */
const BUCKETS = 360;

export class WorkWindow {
  readonly #work = new Float64Array(BUCKETS);
  readonly #since: number;
  #latest: number;

  constructor(nowMs: number) {
    this.#since = nowMs;
    this.#latest = Math.floor(nowMs / BUCKET_MS);
  }

  add(difficulty: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#work[this.#latest % BUCKETS]! += difficulty;
  }

  /** Hashes per second over the last `windowMs`, or since the first share if that is less. */
  hashesPerSecond(windowMs: number, nowMs: number): number {
    this.#advance(nowMs);
    const count = Math.min(Math.ceil(windowMs / BUCKET_MS), BUCKETS);
    let work = 0;
    for (let back = 0; back < count; back += 1) {
      work += this.#work[(this.#latest - back + BUCKETS) % BUCKETS]!;
    }
    // The latest bucket is not over yet.
    const coveredMs = (count - 1) * BUCKET_MS + (nowMs % BUCKET_MS);
    const elapsedMs = Math.max(Math.min(coveredMs, nowMs - this.#since), 1000);
    return (work * HASHES_PER_DIFFICULTY * 1000) / elapsedMs;
  }

  #advance(nowMs: number): void {
    const now = Math.floor(nowMs / BUCKET_MS);
    const passed = Math.min(now - this.#latest, BUCKETS);
    for (let step = 1; step <= passed; step += 1) this.#work[(this.#latest + step) % BUCKETS] = 0;
    this.#latest = Math.max(now, this.#latest);
  }
}
