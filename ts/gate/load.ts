/**
 * The price follows the load: a measure of the load selects a level. It goes up at once when the measure reaches the level, and
 * comes down one level at a time, when the measure has been below four fifths of the level for a whole window. So a measure that
 * swings around a level does not make the price swing.
 */
import {
  type Fields,
  refuseUnknown,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { mustBe } from '../errors.ts';

const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');

/** What the level of load is taken from. */
export const LOAD_MEASURES = ['visitors', 'event-loop-delay', 'requests-in-flight'] as const;
/** One of {@link LOAD_MEASURES}. */
export type LoadMeasure = (typeof LOAD_MEASURES)[number];

/** A level of load. */
export interface LoadLevel {
  /**
   * The measure from which the level applies: a number of visitors in the window, ms of event-loop delay, or a number of
   * requests.
   */
  readonly from: number;
  /** The factor of the expected tries, at least 1. */
  readonly times: number;
}

/** How the price follows the load. */
export interface LoadOptions {
  /** The levels, in ascending order of both fields. Below the first one, the factor is 1. */
  readonly levels: readonly LoadLevel[];
  /**
   * What is measured. `visitors` counts the challenges of the last window, as mCaptcha does; `event-loop-delay` is the 99th
   * percentile of the delay of timers in the last window; `requests-in-flight` counts the accepted requests without a response.
   * Default: `visitors`.
   */
  readonly measure?: LoadMeasure;
  /** The length of the window in ms, from 100 to 3,600,000. Default: 30,000. */
  readonly windowMs?: number;
}

const OPTION_FIELDS: Fields<LoadOptions> = { levels: true, measure: true, windowMs: true };
const LEVEL_FIELDS: Fields<LoadLevel> = { from: true, times: true };
const MAX_LEVELS = 64;
/** A level ends when the measure is below this part of it. */
const LEAVES_BELOW = 0.8;
/** The visitors are counted in this number of parts of a window. */
const PARTS = 30;
const DELAY_RESOLUTION_MS = 10;

/** Follows the load of one gate. */
export class Load {
  readonly #levels: readonly LoadLevel[];
  readonly #measure: LoadMeasure;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #visitors = new Float64Array(PARTS + 1);
  #part = 0;
  #inFlight = 0;
  #level = -1;
  /** Since when the measure has been below the level. */
  #belowSinceMs: number | undefined;
  #followedMs: number;
  #isClosed = false;
  readonly #delay: import('node:perf_hooks').IntervalHistogram | undefined;
  #delayMs = 0;
  #delayReadMs = 0;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT`. */
  constructor(options: LoadOptions, now = () => performance.now()) {
    requireObject('options.load', options);
    refuseUnknown('options.load', options, OPTION_FIELDS);
    const { levels, measure = 'visitors', windowMs = 30_000 } = options;
    requireOneOf('options.load.measure', measure, LOAD_MEASURES);
    requireInteger('options.load.windowMs', windowMs, 100, 3_600_000);
    this.#levels = checkedLevels(levels);
    this.#measure = measure;
    this.#windowMs = windowMs;
    this.#now = now;
    this.#followedMs = now();
    this.#part = this.#partOf(this.#followedMs);
    if (measure === 'event-loop-delay') {
      this.#delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
      this.#delay.enable();
      this.#delayReadMs = now();
    }
  }

  /** The factor of the price. */
  get times(): number {
    if (this.#isClosed) return 1;
    this.#follow();
    return this.#levels[this.#level]?.times ?? 1;
  }

  /** Counts a challenge. */
  visited(): void {
    if (this.#measure !== 'visitors') return;
    this.#advance();
    this.#visitors[this.#part % this.#visitors.length]! += 1;
  }

  /** Counts an accepted request. Returns a function to be called when it has its response. */
  entered(): () => void {
    this.#inFlight += 1;
    let hasLeft = false;
    return () => {
      if (!hasLeft) this.#inFlight -= 1;
      hasLeft = true;
    };
  }

  /** Stops measuring. The factor is 1 from then on. */
  close(): void {
    this.#delay?.disable();
    this.#isClosed = true;
  }

  #follow(): void {
    const value = this.#value();
    const now = this.#now();
    const followedMs = this.#followedMs;
    this.#followedMs = now;
    while (this.#level + 1 < this.#levels.length && value >= this.#levels[this.#level + 1]!.from) {
      this.#level += 1;
      this.#belowSinceMs = undefined;
    }
    if (this.#level < 0 || value >= LEAVES_BELOW * this.#levels[this.#level]!.from) {
      this.#belowSinceMs = undefined;
      return;
    }
    // Without a request in a whole window, the measure was low at its end.
    this.#belowSinceMs ??= Math.min(followedMs + this.#windowMs, now);
    if (now - this.#belowSinceMs < this.#windowMs) return;
    // The window has passed below this level. The measure may be below further levels as well.
    while (this.#level >= 0 && value < LEAVES_BELOW * this.#levels[this.#level]!.from) this.#level -= 1;
    this.#belowSinceMs = undefined;
  }

  #value(): number {
    if (this.#measure === 'requests-in-flight') return this.#inFlight;
    if (this.#measure === 'event-loop-delay') return this.#readDelay();
    this.#advance();
    let sum = 0;
    for (const count of this.#visitors) sum += count;
    return sum;
  }

  /** Empties the parts that have left the window. */
  #advance(): void {
    const part = this.#partOf(this.#now());
    const last = Math.min(part, this.#part + this.#visitors.length);
    for (let at = this.#part + 1; at <= last; at++) this.#visitors[at % this.#visitors.length] = 0;
    this.#part = Math.max(part, this.#part);
  }

  /** The delay of the last half of a window that has ended. It is higher at once if the present one is already worse. */
  #readDelay(): number {
    const histogram = this.#delay!;
    const current = Math.max(histogram.percentile(99) / 1e6 - DELAY_RESOLUTION_MS, 0);
    const now = this.#now();
    if (now - this.#delayReadMs < this.#windowMs / 2) return Math.max(current, this.#delayMs);
    this.#delayReadMs = now;
    this.#delayMs = current;
    histogram.reset();
    return current;
  }

  #partOf(ms: number): number {
    return Math.floor((ms * PARTS) / this.#windowMs);
  }
}

function checkedLevels(levels: unknown): readonly LoadLevel[] {
  const argument = 'options.load.levels';
  if (!Array.isArray(levels) || levels.length === 0 || levels.length > MAX_LEVELS) {
    throw mustBe(argument, levels, `an array of 1 to ${MAX_LEVELS} levels`);
  }
  let [from, times] = [0, 1];
  return levels.map((level: LoadLevel, index) => {
    requireObject(`${argument}[${index}]`, level);
    refuseUnknown(`${argument}[${index}]`, level, LEVEL_FIELDS);
    if (!(level.from > from && level.from < Infinity)) {
      throw mustBe(`${argument}[${index}].from`, level.from, `a finite number greater than ${from}`);
    }
    if (!(level.times >= times && level.times < Infinity)) {
      throw mustBe(`${argument}[${index}].times`, level.times, `a finite number of at least ${times}`);
    }
    ({ from, times } = level);
    return { from, times };
  });
}
