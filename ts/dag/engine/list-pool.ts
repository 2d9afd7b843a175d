/**
 * One short mutable list of integers per block, all in one array: the children of a tree node, a future covering
 * set. A list's room is the power of two at or above its length, so the room need not be stored; outgrown rooms
 * are kept by size and used again.
 */
import { enlarged, grownCapacity } from './columns.ts';

const NONE = -1;

function roomFor(length: number): number {
  return length <= 2 ? 2 : 2 ** (32 - Math.clz32(length - 1));
}

export class ListPool {
  /** The members of list i are `values[start[i]]` … `values[start[i] + length[i] - 1]`. */
  values = new Int32Array(256);
  start = new Uint32Array(64);
  length = new Uint32Array(64);
  #used = 0;
  /** Heads of the chains of free rooms, by log2 of the room; a free room's first entry links to the next. */
  readonly #free = new Int32Array(32).fill(NONE);

  /** Makes room for list numbers below `count`. */
  reserve(count: number): void {
    if (count <= this.start.length) return;
    const capacity = grownCapacity(this.start.length, count);
    this.start = enlarged(this.start, capacity);
    this.length = enlarged(this.length, capacity);
  }

  push(list: number, value: number): void {
    this.insert(list, this.length[list]!, value);
  }

  /** Inserts a value before `position` (0 … length). */
  insert(list: number, position: number, value: number): void {
    const length = this.length[list]!;
    if (length === 0) this.start[list] = this.#take(roomFor(1));
    else if (length === roomFor(length)) this.#move(list, length);
    const at = this.start[list]! + position;
    const end = this.start[list]! + length;
    if (at < end) this.values.copyWithin(at + 1, at, end);
    this.values[at] = value;
    this.length[list] = length + 1;
  }

  #move(list: number, length: number): void {
    const from = this.start[list]!;
    const to = this.#take(roomFor(length + 1));
    this.values.copyWithin(to, from, from + length);
    const sizeClass = 31 - Math.clz32(roomFor(length));
    this.values[from] = this.#free[sizeClass]!;
    this.#free[sizeClass] = from;
    this.start[list] = to;
  }

  #take(room: number): number {
    const sizeClass = 31 - Math.clz32(room);
    const free = this.#free[sizeClass]!;
    if (free !== NONE) {
      this.#free[sizeClass] = this.values[free]!;
      return free;
    }
    const start = this.#used;
    this.#used += room;
    if (this.#used > this.values.length) {
      this.values = enlarged(this.values, grownCapacity(this.values.length, this.#used));
    }
    return start;
  }
}
