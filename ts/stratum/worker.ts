/** The workers of a server, and what is known about each of them. */
import type { RefusalCode } from './protocol.ts';
import { SeriesSet, type WorkerSeries } from './series.ts';
import { type ShareCounts, Tally } from './tally.ts';

/** A snapshot of a worker. */
export interface WorkerStatus extends ShareCounts {
  /** The address, then a point and the name of the worker if it has one. */
  readonly name: string;
  /** The number of connections on which the worker is authorized. */
  readonly connections: number;
}

export class Worker {
  readonly name: string;
  connections = 0;
  readonly #tally: Tally;
  readonly #set: SeriesSet;
  /** The series of the metrics in which the worker counts as well. */
  #series: Tally;

  constructor(name: string, set: SeriesSet, nowMs: number) {
    this.name = name;
    this.#tally = new Tally(nowMs);
    this.#set = set;
    this.#series = set.other;
  }

  /** `met` is the difficulty that the digest of the share meets, at least `difficulty`. */
  accept(difficulty: number, met: number, nowMs: number): void {
    if (this.#tally.lastShareAtMs === undefined || !this.#set.holds(this.name, this.#series)) {
      this.#series = this.#set.of(this.name, nowMs);
    }
    this.#tally.accept(difficulty, met, nowMs);
    this.#series.accept(difficulty, met, nowMs);
  }

  refuse(code: RefusalCode): void {
    this.#tally.refuse(code);
    this.#series.refuse(code);
  }

  /** The DAG accepted a block of this worker. */
  found(): void {
    this.#tally.blocks += 1;
    this.#series.blocks += 1;
  }

  status(nowMs: number): WorkerStatus {
    return { name: this.name, connections: this.connections, ...this.#tally.counts(nowMs) };
  }
}

/** The workers of a server. There are at most `maximum`; the one that has been silent for the longest makes room. */
export class Workers {
  readonly #workers = new Map<string, Worker>();
  readonly #maximum: number;
  readonly #series: SeriesSet;

  constructor(maximum: number, maximumSeries: number, nowMs: number) {
    this.#maximum = maximum;
    this.#series = new SeriesSet(maximumSeries, nowMs);
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
    const worker = new Worker(name, this.#series, nowMs);
    this.#workers.set(name, worker);
    return worker;
  }

  status(nowMs: number): WorkerStatus[] {
    return [...this.#workers.values()].map((worker) => worker.status(nowMs));
  }

  /** The number of workers. */
  get count(): number {
    return this.#workers.size;
  }

  /** Some of the workers, in the opposite order: those that were seen last come first. */
  page(from: number, count: number, nowMs: number): WorkerStatus[] {
    const end = Math.max(this.#workers.size - from, 0);
    const page = [...this.#workers.values()].slice(Math.max(end - count, 0), end).reverse();
    return page.map((worker) => worker.status(nowMs));
  }

  /** The series of the metrics of workers. */
  series(nowMs: number): WorkerSeries[] {
    return this.#series.counts(nowMs);
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
