import { grownCapacity } from './columns.ts';
import { isNearlyFull, Lengthening } from './lengthening.ts';

const NONE = -1;

/** The number of lists that are allocated between two pauses. */
const LISTS_PER_PAUSE = 8192;

/** The capacity of a list: the power of two at or above its length, so that the capacity need not be stored. */
function listCapacity(length: number): number {
  return length <= 2 ? 2 : 1 << (32 - Math.clz32(length - 1));
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
  #lists = 0;
  #used = 0;
  readonly #startLengthening = new Lengthening(
    () => this.start,
    (column) => {
      this.start = column;
    },
  );
  readonly #lengthLengthening = new Lengthening(
    () => this.length,
    (column) => {
      this.length = column;
    },
  );
  readonly #lengthening = new Lengthening(
    () => this.values,
    (column) => {
      this.values = column;
    },
  );
  /**
   * Heads of the chains of free segments, by log2 of the capacity; the first entry of a free segment links to the next.
   */
  readonly #free = new Int32Array(32).fill(NONE);

  /** Makes room for list numbers below `count`. */
  reserve(count: number): void {
    // Both columns are equally long.
    if (isNearlyFull(this.start.length, count)) {
      this.#startLengthening.makeRoom(this.#lists, count);
      this.#lengthLengthening.makeRoom(this.#lists, count);
    }
    this.#lists = count;
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
    if (length === 0) this.#setStart(list, this.#allocate(listCapacity(1)));
    else if (length === listCapacity(length)) this.#move(list, length);
    const at = this.start[list]! + position;
    const end = this.start[list]! + length;
    if (at < end) this.values.copyWithin(at + 1, at, end);
    this.values[at] = value;
    this.length[list] = length + 1;
    this.#lengthLengthening.changed(list, list + 1);
    this.#lengthening.changed(at, end + 1);
  }

  #move(list: number, length: number): void {
    const from = this.start[list]!;
    const to = this.#allocate(listCapacity(length + 1));
    this.values.copyWithin(to, from, from + length);
    const sizeClass = 31 - Math.clz32(listCapacity(length));
    this.values[from] = this.#free[sizeClass]!;
    this.#free[sizeClass] = from;
    this.#setStart(list, to);
    this.#lengthening.changed(from, from + 1);
    this.#lengthening.changed(to, to + length);
  }

  #setStart(list: number, start: number): void {
    this.start[list] = start;
    this.#startLengthening.changed(list, list + 1);
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
    this.#lengthening.makeRoom(start, this.#used);
    return start;
  }
}
