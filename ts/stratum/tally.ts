/** What is counted about shares: of one worker, or of all workers that have no series of their own. */
import type { RefusalCode } from './protocol.ts';
import { WorkWindow } from './work-window.ts';

/** What is known about the shares of a worker, or of several. */
export interface ShareCounts {
  /** The number of accepted shares. */
  readonly accepted: number;
  /** The numbers of refused shares, by reason. */
  readonly refused: Readonly<Record<RefusalCode, number>>;
  /** The sum of the difficulties of the accepted shares. */
  readonly work: number;
  /** The number of blocks that were found and the DAG accepted. */
  readonly blocks: number;
  /** The hash rate that the accepted shares of the last minute, 5 minutes and hour show. */
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
  /** The highest difficulty that the digest of an accepted share would have met. 0 before the first share. */
  readonly bestShare: number;
}

export class Tally {
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

  constructor(nowMs: number) {
    this.#window = new WorkWindow(nowMs);
  }

  /** When the last share was accepted. Undefined before the first one. */
  get lastShareAtMs(): number | undefined {
    return this.#lastShareAtMs;
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

  counts(nowMs: number): ShareCounts {
    const over = (minutes: number) => this.#window.hashesPerSecond(minutes * 60_000, nowMs);
    return {
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
