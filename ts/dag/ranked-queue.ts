/**
 * A queue whose entries have a rank, the highest first. Entries of the same rank keep the order in which they were added. When
 * there is no room, the entries of the lowest rank are dropped, the newest first.
 */
export interface RankedItem {
  readonly rank: number;
  /** The memory that it takes, in bytes. */
  readonly size: number;
}

interface Rank<T> {
  readonly items: T[];
  bytes: number;
}

export class RankedQueue<T extends RankedItem> {
  /** No rank is empty. */
  readonly #ranks = new Map<number, Rank<T>>();
  bytes = 0;

  get isEmpty(): boolean {
    return this.#ranks.size === 0;
  }

  add(item: T): void {
    const rank = this.#ranks.get(item.rank) ?? { items: [], bytes: 0 };
    this.#ranks.set(item.rank, rank);
    rank.items.push(item);
    this.#account(rank, item.size);
  }

  /** Removes and returns the first items, as long as `accepts` returns true for them. */
  takeWhile(accepts: (item: T) => boolean): T[] {
    const taken: T[] = [];
    for (const key of [...this.#ranks.keys()].sort((a, b) => b - a)) {
      const rank = this.#ranks.get(key)!;
      const end = rank.items.findIndex((item) => !accepts(item));
      const items = rank.items.splice(0, end === -1 ? rank.items.length : end);
      taken.push(...items);
      this.#account(rank, -items.reduce((sum, { size }) => sum + size, 0));
      if (rank.items.length > 0) break;
      this.#ranks.delete(key);
    }
    return taken;
  }

  /** The memory of the items whose rank is less than `rank`, in bytes. */
  bytesBelow(rank: number): number {
    let bytes = 0;
    for (const [key, { bytes: ofRank }] of this.#ranks) if (key < rank) bytes += ofRank;
    return bytes;
  }

  /** Removes and returns items of the lowest ranks until they have at least `bytes` bytes or nothing is left. */
  drop(bytes: number): T[] {
    const dropped: T[] = [];
    for (let left = bytes; left > 0 && !this.isEmpty; left -= dropped.at(-1)!.size) {
      const lowest = Math.min(...this.#ranks.keys());
      const rank = this.#ranks.get(lowest)!;
      const item = rank.items.pop()!;
      this.#account(rank, -item.size);
      if (rank.items.length === 0) this.#ranks.delete(lowest);
      dropped.push(item);
    }
    return dropped;
  }

  #account(rank: Rank<T>, bytes: number): void {
    rank.bytes += bytes;
    this.bytes += bytes;
  }
}
