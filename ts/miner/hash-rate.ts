interface Sample {
  readonly atMs: number;
  /** Hashes since the meter began. */
  readonly hashes: number;
}

const SAMPLES_PER_WINDOW = 50;

/**
 * Hashes per second over the last seconds of wall time, from the running totals of one search after another. Time
 * spent between searches counts too: it is the rate the machine really delivers.
 */
export class HashRateMeter {
  readonly #windowMs: number;
  readonly #samples: Sample[] = [];
  #finishedHashes = 0;
  #total = 0;

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs;
  }

  /** Hashes since the meter began. */
  get total(): number {
    return this.#total;
  }

  /** A search begins; the first one starts the clock. */
  begin(nowMs: number): void {
    this.#finishedHashes = this.#total;
    if (this.#samples.length === 0) this.#samples.push({ atMs: nowMs, hashes: this.#total });
  }

  /** The search that began last has done so many hashes until now. */
  progress(hashes: number, nowMs: number): void {
    this.#total = Math.max(this.#total, this.#finishedHashes + hashes);
    const [beforeLast, last] = this.#samples.slice(-2);
    // Many short searches a second share a sample, so that their number stays small.
    const shares = beforeLast && last && nowMs - beforeLast.atMs < this.#windowMs / SAMPLES_PER_WINDOW;
    if (shares) this.#samples.pop();
    this.#samples.push({ atMs: nowMs, hashes: this.#total });
    // The newest sample outside the window stays: the window's far edge is measured from it.
    const edge = this.#samples.findIndex(({ atMs }) => atMs > nowMs - this.#windowMs);
    if (edge > 1) this.#samples.splice(0, edge - 1);
  }

  /** Undefined until there is something to measure; then never 0 while hashes are done. */
  get hashesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs || last.hashes === first.hashes) return undefined;
    return ((last.hashes - first.hashes) * 1000) / (last.atMs - first.atMs);
  }

  /** Forgets the window, not the total: nothing is being hashed now. */
  stop(): void {
    this.#samples.length = 0;
  }
}
