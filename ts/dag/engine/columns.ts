/**
 * Growable typed arrays. The engine keeps its data in columns indexed by dense block indices (struct of arrays), so that
 * there is no object per block, the garbage collector has nothing to trace, and blocks that arrived together are
 * neighbours in memory.
 */

export type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Columns with more entries than this grow by an eighth instead of a half. */
const LARGE = 2 ** 16;

/**
 * The new length of a column that must hold `needed` entries. It is greater by a fraction, so that growth is amortised: an entry
 * is copied about eight times in a large column, of which at most a ninth is unused. A column that is filled at once has room for
 * a sixteenth more.
 */
export function grownCapacity(current: number, needed: number): number {
  return Math.max(needed + (needed >>> 4), current + (current >>> (current > LARGE ? 3 : 1)), 64);
}

/** A longer copy of a column; the new entries are 0. */
export function enlarged<T extends Column>(column: T, length: number): T {
  const copy = new (column.constructor as new (length: number) => T)(length);
  // Both have the same type, which TypeScript cannot know.
  (copy as Float64Array).set(column as Float64Array);
  return copy;
}

/** Whether two lists hold the same elements in the same order. */
export function sameElements<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** A set of block indices that is emptied in constant time: its members are the blocks marked with the current round. */
export class BlockSet {
  #round = 0;
  #rounds = new Uint32Array(64);

  /** Empties the set, and makes room for indices below `count`. */
  clear(count: number): void {
    if (count > this.#rounds.length) {
      this.#rounds = enlarged(this.#rounds, grownCapacity(this.#rounds.length, count));
    }
    this.#round += 1;
    if (this.#round > 0xffffffff) {
      this.#rounds.fill(0);
      this.#round = 1;
    }
  }

  has(block: number): boolean {
    return this.#rounds[block] === this.#round;
  }

  add(block: number): void {
    this.#rounds[block] = this.#round;
  }

  delete(block: number): void {
    this.#rounds[block] = 0;
  }
}
