/**
 * The series of the metrics of workers. The names of workers come from outside, so there are at most a few series: a worker gets
 * one of its own with its first accepted share, which has cost it hashes, and the rest share one.
 */
import { type ShareCounts, Tally } from './tally.ts';

/** The label of the workers that have no series of their own. The name of a worker begins with 64 hex digits. */
export const OTHER_WORKERS = 'other';
/** A worker that has had no share for this time gives up its series if another one needs it. */
const SILENT_MS = 3_600_000;

/** The counts of one series. */
export interface WorkerSeries extends ShareCounts {
  /** The name of the worker, or `other`. */
  readonly worker: string;
}

/** Times are in ms, from a monotonic clock. */
export class SeriesSet {
  readonly other: Tally;
  readonly #own = new Map<string, Tally>();
  readonly #maximum: number;

  constructor(maximum: number, nowMs: number) {
    this.#maximum = maximum;
    this.other = new Tally(nowMs);
  }

  /** The series in which a worker counts from its first accepted share on. */
  of(name: string, nowMs: number): Tally {
    const known = this.#own.get(name);
    if (known !== undefined) return known;
    if (this.#own.size >= this.#maximum && !this.#makeRoom(nowMs)) return this.other;
    const own = new Tally(nowMs);
    this.#own.set(name, own);
    return own;
  }

  /** Whether the series is shown. One that another worker has replaced is not. */
  holds(name: string, series: Tally): boolean {
    return series === this.other || this.#own.get(name) === series;
  }

  counts(nowMs: number): WorkerSeries[] {
    const all: [string, Tally][] = [...this.#own, [OTHER_WORKERS, this.other]];
    return all.map(([worker, series]) => ({ worker, ...series.counts(nowMs) }));
  }

  #makeRoom(nowMs: number): boolean {
    for (const [name, { lastShareAtMs }] of this.#own) {
      if (lastShareAtMs !== undefined && nowMs - lastShareAtMs < SILENT_MS) continue;
      this.#own.delete(name);
      return true;
    }
    return false;
  }
}
