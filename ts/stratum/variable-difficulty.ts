/** Chooses the difficulty of a connection, so that its shares arrive at about the same rate whatever its hash rate is. */

export interface DifficultyRule {
  /** The shares per minute at which the difficulty stays as it is. */
  readonly sharesPerMinute: number;
  /** The lowest difficulty. */
  readonly minDifficulty: number;
}

/** The rate is judged after this number of shares, or this time. */
const ENOUGH_SHARES = 30;
const WINDOW_MS = 30_000;
/** Fewer shares say too little, unless nothing has arrived for so long that the difficulty must be too high. */
const FEWEST_SHARES = 4;
const SILENCE_MS = 60_000;
/** A difficulty within this factor of the best one is left as it is: 30 shares vary by 18 % (one standard deviation). */
const DEAD_BAND = 1.5;
/** The largest step, so that a lucky share or an interruption cannot spoil the difficulty. */
const MAX_STEP = 8;

/** Times are in ms, from a monotonic clock. */
export class VariableDifficulty {
  readonly #rule: DifficultyRule;
  #difficulty: number;
  #since: number;
  #shares = 0;
  #work = 0;

  constructor(rule: DifficultyRule, difficulty: number, nowMs: number) {
    this.#rule = rule;
    this.#difficulty = Math.max(difficulty, rule.minDifficulty);
    this.#since = nowMs;
  }

  /** The difficulty that the miner should have, if the network allows it. */
  get difficulty(): number {
    return this.#difficulty;
  }

  /** Sets the difficulty, for example because the miner suggests it. It is raised to the lowest one. */
  set(difficulty: number, nowMs: number): void {
    this.#difficulty = Math.max(difficulty, this.#rule.minDifficulty);
    this.#restart(nowMs);
  }

  /** Counts an accepted share of this difficulty. Shares that were refused say nothing about the hash rate. */
  accepted(difficulty: number): void {
    this.#shares += 1;
    this.#work += difficulty;
  }

  /** Whether so many shares arrive that the difficulty should be raised at once, by the largest step. */
  isFlooded(nowMs: number): boolean {
    return this.#shares >= ENOUGH_SHARES && this.#best(nowMs - this.#since) >= this.#difficulty * MAX_STEP;
  }

  /** Judges the rate if enough is known about it. Returns whether the difficulty has changed. */
  adjust(nowMs: number): boolean {
    const elapsedMs = nowMs - this.#since;
    if (elapsedMs <= 0 || (this.#shares < ENOUGH_SHARES && elapsedMs < WINDOW_MS)) return false;
    if (this.#shares < FEWEST_SHARES && elapsedMs < SILENCE_MS) return false;
    const step = Math.min(Math.max(this.#best(elapsedMs) / this.#difficulty, 1 / MAX_STEP), MAX_STEP);
    this.#restart(nowMs);
    if (step < DEAD_BAND && step > 1 / DEAD_BAND) return false;
    const before = this.#difficulty;
    this.#difficulty = Math.max(before * step, this.#rule.minDifficulty);
    return this.#difficulty !== before;
  }

  /** The difficulty at which the shares would have arrived at the rate of the rule. */
  #best(elapsedMs: number): number {
    // Without a share, the work is at most about that of half a share.
    const work = this.#work || this.#difficulty / 2;
    return (work / elapsedMs) * (60_000 / this.#rule.sharesPerMinute);
  }

  #restart(nowMs: number): void {
    this.#since = nowMs;
    this.#shares = 0;
    this.#work = 0;
  }
}
