/**
 * A memory of the latest hashes: at least as many as it is created for, and less than twice as many. Many are forgotten at
 * once. To remove the oldest member of one large set for each new one would take longer, because a set keeps the places of
 * removed members for a while, and a search for the oldest member passes them all.
 */
export class RecentHashes {
  readonly #count: number;
  #latest = new Set<string>();
  #earlier = new Set<string>();

  constructor(count: number) {
    this.#count = count;
  }

  has(hash: string): boolean {
    return this.#latest.has(hash) || this.#earlier.has(hash);
  }

  /** Adds a hash, which becomes the latest one. */
  add(hash: string): void {
    this.#latest.add(hash);
    if (this.#latest.size < this.#count) return;
    this.#earlier = this.#latest;
    this.#latest = new Set();
  }

  delete(hash: string): void {
    this.#latest.delete(hash);
    this.#earlier.delete(hash);
  }
}
