/**
 * Makes columns longer without blocking the event loop. Copying a large column takes long, so a longer one is allocated before the
 * column is full, and filled a piece at a time while more entries are appended.
 */
import { type Column, grownCapacity } from './columns.ts';

/** A column with less room than this part of its length, as a shift, is made longer. */
const SPARE_SHIFT = 5;

/** The least number of elements that are copied at a time. */
const PIECE = 4096;
/** The number of elements that are copied for each element that is appended, so that the copy is complete in time. */
const COPIED_PER_APPENDED = 64;

/** Whether a column of this length that is to hold `needed` elements should be made longer. */
export function isNearlyFull(length: number, needed: number): boolean {
  return needed > length - (length >>> SPARE_SHIFT);
}

export class Lengthening<T extends Column> {
  readonly #get: () => T;
  readonly #set: (column: T) => void;
  /** The longer column, and the number of elements that were copied to it. */
  #longer: T | undefined;
  #copied = 0;

  /** `get` returns the column, and `set` replaces it. */
  constructor(get: () => T, set: (column: T) => void) {
    this.#get = get;
    this.#set = set;
  }

  /** Call when elements of the column from `from` up to `to` have changed. */
  changed(from: number, to: number): void {
    if (this.#longer === undefined || from >= this.#copied) return;
    const end = Math.min(to, this.#copied);
    (this.#longer as Float64Array).set((this.#get() as Float64Array).subarray(from, end), from);
  }

  /** Call before elements are appended to `used` others, so that there are `needed`. The column then has room for them. */
  makeRoom(used: number, needed: number): void {
    const column = this.#get();
    if (!isNearlyFull(column.length, needed)) return;
    if (this.#longer === undefined) {
      const create = column.constructor as new (length: number) => T;
      this.#longer = new create(grownCapacity(column.length, needed));
      this.#copied = 0;
    }
    const piece = needed > column.length ? used : Math.max(PIECE, COPIED_PER_APPENDED * (needed - used));
    const end = Math.min(used, this.#copied + piece);
    // Both have the same type, which TypeScript cannot know.
    (this.#longer as Float64Array).set((column as Float64Array).subarray(this.#copied, end), this.#copied);
    this.#copied = end;
    if (end < used) return;
    const longer = this.#longer;
    this.#longer = undefined;
    this.#set(longer);
    // It may have become too short since it was allocated.
    if (needed > longer.length) this.makeRoom(used, needed);
  }
}
