/** What is known about a worker: its shares, and the hash rate that they show. */
import { HASHES_PER_DIFFICULTY } from './difficulty.ts';
import type { RefusalCode } from './protocol.ts';

const BUCKET_MS = 10_000;
/** One hour. */
const BUCKETS = 360;

/** The work of the last hour, in steps of 10 s. Times are in ms, from a monotonic clock. */
class WorkWindow {
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

/** A snapshot of a worker. */
export interface WorkerStatus {
  /** The address, then a point and the name of the worker if it has one. */
  readonly name: string;
  /** The number of connections on which the worker is authorized. */
  readonly connections: number;
  /** The number of accepted shares. */
  readonly accepted: number;
  /** The numbers of refused shares, by reason. */
  readonly refused: Readonly<Record<RefusalCode, number>>;
  /** The sum of the difficulties of the accepted shares. */
  readonly work: number;
  /** The number of blocks that the worker found and the DAG accepted. */
  readonly blocks: number;
  /** The hash rate that the shares of the last minute, 5 minutes and hour show. */
  readonly hashesPerSecond: {
    /** Over one minute. */
    readonly minute: number;
    /** Over five minutes. */
    readonly fiveMinutes: number;
    /** Over one hour. */
    readonly hour: number;
  };
  /** The time since the last accepted share, in ms. Undefined before the first one. */
  readonly lastShareAgeMs: number | undefined;
  /** The highest difficulty that the digest of a share of this worker would have met. 0 before the first share. */
  readonly bestShare: number;
}

export class Worker {
  readonly name: string;
  connections = 0;
  blocks = 0;
  #accepted = 0;
  #work = 0;
  #bestShare = 0;
  #lastShareAtMs: number | undefined;
  readonly #refused: Record<RefusalCode, number> = {
    other: 0,
    'stale-job': 0,
    duplicate: 0,
    'low-difficulty': 0,
    unauthorized: 0,
    'not-subscribed': 0,
  };
  readonly #window: WorkWindow;

  constructor(name: string, nowMs: number) {
    this.name = name;
    this.#window = new WorkWindow(nowMs);
  }

  /** `met` is the difficulty that the digest of the share meets, at least `difficulty`. */
  accept(difficulty: number, met: number, nowMs: number): void {
    this.#accepted += 1;
    this.#work += difficulty;
    this.#bestShare = Math.max(this.#bestShare, met);
    this.#lastShareAtMs = nowMs;
    this.#window.add(difficulty, nowMs);
  }

  refuse(code: RefusalCode): void {
    this.#refused[code] += 1;
  }

  status(nowMs: number): WorkerStatus {
    const over = (minutes: number) => this.#window.hashesPerSecond(minutes * 60_000, nowMs);
    return {
      name: this.name,
      connections: this.connections,
      accepted: this.#accepted,
      refused: { ...this.#refused },
      work: this.#work,
      blocks: this.blocks,
      hashesPerSecond: { minute: over(1), fiveMinutes: over(5), hour: over(60) },
      lastShareAgeMs: this.#lastShareAtMs === undefined ? undefined : nowMs - this.#lastShareAtMs,
      bestShare: this.#bestShare,
    };
  }
}

/** The workers of a server. There are at most `maximum`; the one that has been silent for the longest makes room. */
export class Workers {
  readonly #workers = new Map<string, Worker>();
  readonly #maximum: number;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The worker of this name, which is added if it is not known. Undefined if there are too many with connections. */
  get(name: string, nowMs: number): Worker | undefined {
    const known = this.#workers.get(name);
    if (known !== undefined) {
      // The map is in the order of the last use.
      this.#workers.delete(name);
      this.#workers.set(name, known);
      return known;
    }
    if (this.#workers.size >= this.#maximum && !this.#makeRoom()) return undefined;
    const worker = new Worker(name, nowMs);
    this.#workers.set(name, worker);
    return worker;
  }

  status(nowMs: number): WorkerStatus[] {
    return [...this.#workers.values()].map((worker) => worker.status(nowMs));
  }

  #makeRoom(): boolean {
    for (const [name, worker] of this.#workers) {
      if (worker.connections > 0) continue;
      this.#workers.delete(name);
      return true;
    }
    return false;
  }
}
