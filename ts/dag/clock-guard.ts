/**
 * Guards a DAG against a wall clock that is wrong for a while. Without a guard, a clock that jumps a day forward leads to
 * blocks that are a day ahead. When the clock is corrected, no further block is valid for a day: its timestamp would have
 * to be later than those blocks, and so too far ahead of the clock.
 *
 * The guard compares the wall clock with a continued time, which advances with a monotonic clock. Which of the two is
 * used depends on the recent timestamps of the DAG.
 */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../environment.ts';
import { rethrowLater } from '../rethrow.ts';
import type { DagEngine } from './engine/engine.ts';
import { ClockBehindError } from './errors.ts';
import type { QantoDagEvents } from './status.ts';

const { AsyncResource } = process.getBuiltinModule('node:async_hooks');
const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/**
 * The wall clock may differ from the continued time by this part of `maxTimeAheadMs`. A block with such a timestamp is
 * valid, whichever of the two times is right.
 */
const TOLERATED_PART = 0.5;
/** The difference that is tolerated even if a network allows no timestamp to be ahead, in ms. */
const MIN_TOLERANCE_MS = 1000;
/** Two clocks that nobody sets drift apart by less than this part of the elapsed time. */
const MAX_DRIFT = 0.001;
/** The interval in ms at which the continued time is set to the wall clock while they agree, so that drift does not add up. */
const ANCHOR_INTERVAL_MS = 10_000;
/** The interval in ms at which clocks that disagree are compared again. */
const COMPARE_INTERVAL_MS = 1000;
/** A wall clock that has been ahead for this time, in ms, is used although no block confirms it. */
const ACCEPTED_AFTER_MS = 600_000;
/**
 * The rate of the continued time while the wall clock is behind, so that the wall clock catches up. It changes the time
 * between two blocks by 5 %, and makes up for a day in 20 days.
 */
const RATE_WHILE_BEHIND = 0.95;
const DAY_MS = 86_400_000;

/**
 * How a DAG uses the wall clock.
 * - `agrees`: it agrees again with the time that the DAG uses, or is later than the recent blocks again. It is used.
 * - `ahead`: it was set forward, and the recent blocks do not confirm the new time. The DAG uses a continued time: the time
 *   before the change, advanced with a monotonic clock.
 * - `confirmed`: it was set forward, and the past median time is now closer to it than to the continued time. It is used.
 * - `accepted`: it has been `ahead` for ten minutes. It is used, although the recent blocks do not confirm it.
 * - `behind`: it is earlier than the recent blocks. The DAG continues the time of these blocks, at 95 % of the rate of real
 *   time, until the wall clock has caught up or is corrected. With `trustClock`, the wall clock is used. It is also used if
 *   it is behind the past median time by at most half of `maxTimeAheadMs` when the DAG is opened.
 * - `day-ahead`: it was more than a day later than the sink when the DAG was opened, or when it was set after it had been
 *   behind since then. It is used, because it may be that no block was mined for so long.
 */
export type ClockState = 'agrees' | 'ahead' | 'confirmed' | 'accepted' | 'behind' | 'day-ahead';

/** A change in how a DAG uses the wall clock. The times are in milliseconds since the Unix epoch. */
export interface ClockReport {
  /** How the DAG uses the wall clock from now on. */
  readonly state: ClockState;
  /** The time of the wall clock. */
  readonly wallMs: number;
  /** The time that is used for templates. */
  readonly usedMs: number;
  /** The timestamp of the sink. */
  readonly sinkTimestampMs: number;
}

/** The timestamps of a DAG with which the wall clock is compared. */
export interface RecentTimestamps {
  /** The past median time of the virtual block, in ms. */
  readonly pastMedianTimeMs: number;
  readonly sinkTimestampMs: number;
  readonly isSinkGenesis: boolean;
}

export function recentTimestamps(engine: DagEngine): RecentTimestamps {
  const { timestampMs, blueScore } = engine.get(engine.sink())!;
  return {
    pastMedianTimeMs: engine.virtual.pastMedianTimeMs,
    sinkTimestampMs: timestampMs,
    isSinkGenesis: blueScore === 0,
  };
}

export interface ClockGuardParts {
  readonly clock: Clock;
  readonly maxTimeAheadMs: number;
  /** Whether the wall clock is always used. */
  readonly trustClock: boolean;
  /** Called only when the clocks disagree, and for each template. */
  readonly recent: () => RecentTimestamps;
}

/** A moment at which the continued time and the other clocks were read together. */
interface Anchor {
  readonly timeMs: number;
  readonly monotonicMs: number;
  readonly suspendedMs: number;
}

type Mode = 'agrees' | 'ahead' | 'behind';

/** The time of the wall clock, and the time to use instead if they differ. */
interface Reading {
  readonly wallMs: number;
  /** The time that is used for templates. */
  readonly usedMs: number;
}

export class ClockGuard {
  readonly #parts: ClockGuardParts;
  readonly #events: EventEmitter<QantoDagEvents>;
  /** The async context of the call that opened the DAG. Any caller may be the one that reads a changed clock. */
  readonly #context = new AsyncResource('QantoClock');
  readonly #toleranceMs: number;
  /** Undefined if the wall clock is used as it is. */
  readonly #monotonic: (() => number) | undefined;
  #mode: Mode = 'agrees';
  #anchor: Anchor;
  /**
   * The time in ms by which the continued time may be late: what it has lost at its reduced rate. It is infinite if it is a
   * time of the DAG, because nobody knows how long ago that was.
   */
  #lateMs = 0;
  /** When the wall clock was first ahead, and by how much. */
  #ahead = { sinceMs: 0, byMs: 0 };

  /** `events` emits the events of the DAG. */
  constructor(parts: ClockGuardParts, events: EventEmitter<QantoDagEvents>) {
    const { clock, maxTimeAheadMs, trustClock } = parts;
    this.#parts = parts;
    this.#events = events;
    this.#toleranceMs = Math.max(maxTimeAheadMs * TOLERATED_PART, MIN_TOLERANCE_MS);
    this.#monotonic = clock.monotonicMs && !trustClock ? () => clock.monotonicMs!() : undefined;
    this.#anchor = {
      timeMs: clock.now(),
      monotonicMs: this.#monotonic?.() ?? 0,
      suspendedMs: this.#suspendedMs(),
    };
  }

  /** Compares the clock with the blocks of the store. Call it once, when the DAG has them. */
  async start(): Promise<void> {
    const { clock, recent } = this.#parts;
    if (!clock.monotonicMs) return;
    const wallMs = clock.now();
    const { pastMedianTimeMs, sinkTimestampMs, isSinkGenesis } = recent();
    if (this.#monotonic && pastMedianTimeMs - wallMs > this.#toleranceMs) this.#adoptTimeOfDag();
    const isDayAhead = wallMs - sinkTimestampMs > DAY_MS && !isSinkGenesis;
    const report = this.#reportOf(isDayAhead ? 'day-ahead' : 'behind', wallMs);
    // Give the caller that opens the DAG time to add a listener.
    await nextTurn();
    if (isDayAhead || wallMs < sinkTimestampMs) this.#emit(report);
  }

  /** The time that is used for templates minus that of the wall clock, in ms. */
  get offsetMs(): number {
    const { wallMs, usedMs } = this.#read();
    return usedMs - wallMs;
  }

  /**
   * The time with which the timestamps of blocks are compared: the wall clock or the continued time, whichever is later, so
   * that the blocks of others can confirm a wall clock that was set forward.
   */
  latestMs(): number {
    const { wallMs, usedMs } = this.#read();
    return Math.max(wallMs, usedMs);
  }

  /**
   * The timestamp of a new block. It is later than the past median time, and the DAG accepts it. Throws
   * `ERR_QANTO_CLOCK_BEHIND` if there is no such timestamp, because the wall clock is used as it is.
   */
  timestampMs(): number {
    const { maxTimeAheadMs, recent } = this.#parts;
    const earliestMs = recent().pastMedianTimeMs + 1;
    const { wallMs, usedMs } = this.#read();
    const latestMs = Math.max(wallMs, usedMs);
    if (earliestMs <= latestMs + maxTimeAheadMs) return Math.max(usedMs, earliestMs);
    if (!this.#monotonic) throw new ClockBehindError(latestMs, earliestMs, maxTimeAheadMs);
    // The clock went back in steps, none of which was large enough to be noticed.
    this.#adoptTimeOfDag();
    this.#report('behind', wallMs);
    return this.#usedMs();
  }

  /** Reports an accepted block to the clock, which may be logical. */
  observeBlock(timestampMs: number, targetTimePerBlockMs: number): void {
    this.#parts.clock.observeBlock(timestampMs, targetTimePerBlockMs);
  }

  /** Reads both clocks. It is called for every offered block, so it compares no more than these while they agree. */
  #read(): Reading {
    const wallMs = this.#parts.clock.now();
    if (!this.#monotonic) return { wallMs, usedMs: wallMs };
    const monotonicMs = this.#monotonic();
    const elapsedMs = monotonicMs - this.#anchor.monotonicMs;
    if (this.#mode === 'agrees') {
      const differenceMs = wallMs - (this.#anchor.timeMs + elapsedMs);
      if (Math.abs(differenceMs) <= this.#toleranceMs + elapsedMs * MAX_DRIFT) {
        if (elapsedMs >= ANCHOR_INTERVAL_MS) {
          this.#anchor = { timeMs: wallMs, monotonicMs, suspendedMs: this.#suspendedMs() };
        }
        return { wallMs, usedMs: wallMs };
      }
      this.#compare(wallMs, monotonicMs);
    } else if (elapsedMs >= COMPARE_INTERVAL_MS) this.#compare(wallMs, monotonicMs);
    return { wallMs, usedMs: this.#mode === 'agrees' ? wallMs : this.#usedMs(monotonicMs) };
  }

  /** Compares the wall clock with the continued time, and chooses the one to use. */
  #compare(wallMs: number, monotonicMs: number): void {
    const suspendedMs = this.#suspendedMs();
    const before = this.#anchor;
    const sinceMs = monotonicMs - before.monotonicMs + Math.max(suspendedMs - before.suspendedMs, 0);
    const timeMs = before.timeMs + sinceMs * this.#rate;
    this.#lateMs += sinceMs * (1 - this.#rate);
    this.#anchor = { timeMs, monotonicMs, suspendedMs };
    const differenceMs = wallMs - timeMs;
    const toleranceMs = this.#toleranceMs + sinceMs * MAX_DRIFT;
    const { pastMedianTimeMs, sinkTimestampMs } = this.#parts.recent();
    if (differenceMs >= -toleranceMs && differenceMs <= toleranceMs + this.#lateMs) {
      const isDayAhead = this.#lateMs === Number.POSITIVE_INFINITY && wallMs - sinkTimestampMs > DAY_MS;
      this.#use(isDayAhead ? 'day-ahead' : 'agrees', wallMs);
    } else if (differenceMs > 0) this.#compareAhead(wallMs, differenceMs);
    else if (pastMedianTimeMs < wallMs) this.#use('agrees', wallMs);
    else if (this.#mode !== 'behind') {
      this.#mode = 'behind';
      this.#report('behind', wallMs);
    }
  }

  #compareAhead(wallMs: number, byMs: number): void {
    const { timeMs, monotonicMs } = this.#anchor;
    if (this.#parts.recent().pastMedianTimeMs > timeMs + byMs / 2) {
      this.#use('confirmed', wallMs);
      return;
    }
    const isSteady = Math.abs(byMs - this.#ahead.byMs) <= this.#toleranceMs;
    if (this.#mode !== 'ahead' || !isSteady) this.#ahead = { sinceMs: monotonicMs, byMs };
    if (monotonicMs - this.#ahead.sinceMs >= ACCEPTED_AFTER_MS) this.#use('accepted', wallMs);
    else if (this.#mode !== 'ahead') {
      this.#mode = 'ahead';
      this.#report('ahead', wallMs);
    }
  }

  /** Uses the wall clock from now on. */
  #use(state: ClockState, wallMs: number): void {
    const wasUsed = this.#mode === 'agrees';
    this.#anchor = { ...this.#anchor, timeMs: wallMs };
    this.#lateMs = 0;
    this.#mode = 'agrees';
    if (!wasUsed || state !== 'agrees') this.#report(state, wallMs);
  }

  /**
   * Continues the time of the recent blocks. Call it only if the wall clock cannot be right: the bound for the timestamps of
   * others follows the continued time, so blocks that are ahead of it must not be able to push it.
   */
  #adoptTimeOfDag(): void {
    const { sinkTimestampMs, pastMedianTimeMs } = this.#parts.recent();
    const timeMs = Math.max(sinkTimestampMs, pastMedianTimeMs + 1);
    this.#anchor = { timeMs, monotonicMs: this.#monotonic!(), suspendedMs: this.#suspendedMs() };
    this.#lateMs = Number.POSITIVE_INFINITY;
    this.#mode = 'behind';
  }

  get #rate(): number {
    return this.#mode === 'behind' ? RATE_WHILE_BEHIND : 1;
  }

  /** The continued time in whole milliseconds. */
  #usedMs(monotonicMs = this.#monotonic!()): number {
    return Math.floor(this.#anchor.timeMs + (monotonicMs - this.#anchor.monotonicMs) * this.#rate);
  }

  #suspendedMs(): number {
    return (this.#monotonic && this.#parts.clock.suspendedMs?.()) ?? 0;
  }

  #reportOf(state: ClockState, wallMs: number): ClockReport {
    const usedMs = this.#mode === 'agrees' ? wallMs : this.#usedMs();
    return { state, wallMs, usedMs, sinkTimestampMs: this.#parts.recent().sinkTimestampMs };
  }

  #report(state: ClockState, wallMs: number): void {
    this.#emit(this.#reportOf(state, wallMs));
  }

  #emit(report: ClockReport): void {
    this.#context.runInAsyncScope(rethrowLater, undefined, () => this.#events.emit('clock-changed', report));
  }
}
