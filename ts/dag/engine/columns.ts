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
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The length up to which a list is sorted by insertion, which takes hardly any time if it is nearly sorted. */
const MOST_INSERTED = 32;

/**
 * Sorts a list and returns it. `sort` allocates memory at each call, which costs more than to sort the short lists of most
 * blocks.
 */
export function sorted(list: number[], compare: (a: number, b: number) => number): number[] {
  if (list.length > MOST_INSERTED) return list.sort(compare);
  for (let i = 1; i < list.length; i++) {
    const value = list[i]!;
    let at = i;
    for (; at > 0 && compare(list[at - 1]!, value) > 0; at--) list[at] = list[at - 1]!;
    list[at] = value;
  }
  return list;
}

/** A list of integers that keeps its memory when it is emptied, which an array does not. */
export class ReusedList {
  values = new Int32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      this.values = enlarged(this.values, grownCapacity(this.length, this.length + 1));
    }
    this.values[this.length++] = value;
  }

  clear(): void {
    this.length = 0;
  }
}

/** A set of block indices that is emptied in constant time: its members are the blocks marked with the current round. */
export class BlockSet {
  #round = 0;
  #rounds = new Uint32Array(64);

  /** Empties the set, and makes room for indices below `count`. */
  clear(count: number): void {
    if (count > this.#rounds.length) {
      // Nothing is copied, because the set becomes empty.
      this.#rounds = new Uint32Array(grownCapacity(this.#rounds.length, count));
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
