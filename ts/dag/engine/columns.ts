/**
 * Growable typed arrays. The engine keeps its data in columns indexed by dense block indices (struct of arrays):
 * no object per block, nothing for the garbage collector to trace, and neighbours in time are neighbours in memory.
 */

export type Column = Float64Array | Int32Array | Uint32Array | Uint16Array;

/** How long a column that must hold `needed` entries should become: half as much again, so that growth is amortised. */
export function grownCapacity(current: number, needed: number): number {
  return Math.max(needed, current + (current >>> 1), 64);
}

/** Whether two lists hold the same elements in the same order. */
export function sameElements<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** A copy of a column with a greater length; the new entries are 0. */
export function enlarged<T extends Column>(column: T, length: number): T {
  const copy = new (column.constructor as new (length: number) => T)(length);
  copy.set(column);
  return copy;
}
