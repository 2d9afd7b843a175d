/**
 * Growable typed arrays. The engine keeps its data in columns indexed by dense block indices (struct of arrays), so that
 * there is no object per block, the garbage collector has nothing to trace, and blocks that arrived together are
 * neighbours in memory.
 */

export type Column = BigUint64Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** The new length of a column that must hold `needed` entries: half as much again, so that growth is amortised. */
export function grownCapacity(current: number, needed: number): number {
  return Math.max(needed, current + (current >>> 1), 64);
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

/** One immutable list of integers per block, appended in block order: offsets into one flat array. */
export class ListColumn {
  /** List i is `values[starts[i]]` up to, not including, `values[starts[i + 1]]`. */
  starts = new Uint32Array(64);
  values = new Int32Array(256);
  #count = 0;

  /** Appends the list of the next block. */
  push(list: ArrayLike<number>): void {
    const start = this.starts[this.#count]!;
    const end = start + list.length;
    if (end > this.values.length) this.values = enlarged(this.values, grownCapacity(this.values.length, end));
    for (let i = 0; i < list.length; i++) this.values[start + i] = list[i]!;
    this.#count += 1;
    if (this.#count >= this.starts.length) {
      this.starts = enlarged(this.starts, grownCapacity(this.starts.length, this.#count + 1));
    }
    this.starts[this.#count] = end;
  }

  /** The offset in `values` at which the next list will start. */
  get end(): number {
    return this.starts[this.#count]!;
  }

  /** Continues after lists that were restored from a record: `starts` and `values` hold this number of them. */
  restored(count: number): void {
    this.#count = count;
  }

  /** A view of list i. It is valid until the next push. */
  of(i: number): Int32Array {
    return this.values.subarray(this.starts[i]!, this.starts[i + 1]!);
  }
}

const NONE = -1;

/** The number of lists that are allocated between two pauses. */
const LISTS_PER_PAUSE = 8192;

/** The capacity of a list: the power of two at or above its length, so that the capacity need not be stored. */
function listCapacity(length: number): number {
  return length <= 2 ? 2 : 2 ** (32 - Math.clz32(length - 1));
}

/**
 * One short mutable list of integers per block, all in one array: a future covering set.
 * A list that outgrows its segment of the array moves to a larger one; free segments are kept by size and used again.
 */
export class ListPool {
  /** The members of list i are `values[start[i]]` … `values[start[i] + length[i] - 1]`. */
  values = new Int32Array(256);
  start = new Uint32Array(64);
  length = new Uint32Array(64);
  #used = 0;
  /**
   * Heads of the chains of free segments, by log2 of the capacity; the first entry of a free segment links to the next.
   */
  readonly #free = new Int32Array(32).fill(NONE);

  /** Makes room for list numbers below `count`. */
  reserve(count: number): void {
    if (count <= this.start.length) return;
    const capacity = grownCapacity(this.start.length, count);
    this.start = enlarged(this.start, capacity);
    this.length = enlarged(this.length, capacity);
  }

  /**
   * Makes room for lists with these lengths in a pool that has none yet. The lists are empty afterwards, and `append` fills
   * them.
   */
  *allocateAll(lengths: Uint32Array): Generator<void, void> {
    this.reserve(lengths.length);
    for (let list = 0; list < lengths.length; list++) {
      if (list % LISTS_PER_PAUSE === 0) yield;
      if (lengths[list] === 0) continue;
      this.start[list] = this.#used;
      this.#used += listCapacity(lengths[list]!);
    }
    if (this.#used > this.values.length) this.values = new Int32Array(grownCapacity(this.#used, this.#used));
  }

  /** Adds a value to the end of a list that was made with {@link allocateAll} and is not full. */
  append(list: number, value: number): void {
    const length = this.length[list]!;
    this.values[this.start[list]! + length] = value;
    this.length[list] = length + 1;
  }

  /** Inserts a value before `position` (0 … length). */
  insert(list: number, position: number, value: number): void {
    const length = this.length[list]!;
    if (length === 0) this.start[list] = this.#allocate(listCapacity(1));
    else if (length === listCapacity(length)) this.#move(list, length);
    const at = this.start[list]! + position;
    const end = this.start[list]! + length;
    if (at < end) this.values.copyWithin(at + 1, at, end);
    this.values[at] = value;
    this.length[list] = length + 1;
  }

  #move(list: number, length: number): void {
    const from = this.start[list]!;
    const to = this.#allocate(listCapacity(length + 1));
    this.values.copyWithin(to, from, from + length);
    const sizeClass = 31 - Math.clz32(listCapacity(length));
    this.values[from] = this.#free[sizeClass]!;
    this.#free[sizeClass] = from;
    this.start[list] = to;
  }

  #allocate(capacity: number): number {
    const sizeClass = 31 - Math.clz32(capacity);
    const free = this.#free[sizeClass]!;
    if (free !== NONE) {
      this.#free[sizeClass] = this.values[free]!;
      return free;
    }
    const start = this.#used;
    this.#used += capacity;
    if (this.#used > this.values.length) {
      this.values = enlarged(this.values, grownCapacity(this.values.length, this.#used));
    }
    return start;
  }
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
