interface Sample {
  readonly atMs: number;
  /** The total of all searches. */
  readonly hashes: number;
}

const SAMPLES_PER_WINDOW = 50;

/**
 * Measures the hash rate over a window of time, from the progress reports of consecutive searches. The time
 * between two searches is included, so that it is the rate at which the machine really hashes.
 */
export class HashRateMeter {
  readonly #windowMs: number;
  readonly #samples: Sample[] = [];
  #finishedHashes = 0;
  #total = 0;

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs;
  }

  /** The hashes of all searches. */
  get total(): number {
    return this.#total;
  }

  /** Records the start of a search. The first one starts the window. */
  begin(nowMs: number): void {
    this.#finishedHashes = this.#total;
    if (this.#samples.length === 0) this.#samples.push({ atMs: nowMs, hashes: this.#total });
  }

  /** Records the number of hashes that the current search has computed so far. */
  progress(hashes: number, nowMs: number): void {
    this.#total = Math.max(this.#total, this.#finishedHashes + hashes);
    const [beforeLast, last] = this.#samples.slice(-2);
    // Short searches share a sample, so that the number of samples stays small.
    const shares = beforeLast && last && nowMs - beforeLast.atMs < this.#windowMs / SAMPLES_PER_WINDOW;
    if (shares) this.#samples.pop();
    this.#samples.push({ atMs: nowMs, hashes: this.#total });
    // The rate is measured from the newest sample before the window, so that sample is kept.
    const edge = this.#samples.findIndex(({ atMs }) => atMs > nowMs - this.#windowMs);
    if (edge > 1) this.#samples.splice(0, edge - 1);
  }

  /** The hash rate. It is undefined until the first progress report, and never 0. */
  get hashesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs || last.hashes === first.hashes) return undefined;
    return ((last.hashes - first.hashes) * 1000) / (last.atMs - first.atMs);
  }

  /** Clears the window, but not the total, because hashing has stopped. */
  stop(): void {
    this.#samples.length = 0;
  }
}
