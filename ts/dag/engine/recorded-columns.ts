/**
 * The columns of an engine that a record of it contains. Their entries never change once they are written, so the entries
 * up to any point can be copied at any later time, in pieces, while the engine goes on.
 */
import { type Column, enlarged, grownCapacity } from './columns.ts';

/** What the entries of a column stand for: the columns of a table have equally many. */
export const TABLES = ['blocks', 'parents', 'mergeSets', 'anticones', 'ranges', 'samples'] as const;

/** The number of entries of each table. */
export type Counts = Readonly<Record<(typeof TABLES)[number], number>>;

/** The counts of an engine with genesis only, which is not recorded. */
export const GENESIS_ONLY: Counts = {
  blocks: 1,
  parents: 0,
  mergeSets: 0,
  anticones: 0,
  ranges: 0,
  samples: 1,
};

export interface RecordedColumn {
  readonly name: string;
  readonly table: keyof Counts;
  /** The name of the type of its elements, and the number of elements of an entry. */
  readonly type: string;
  readonly stride: number;
  /** The number of bytes of an entry. */
  readonly entryBytes: number;
  /** Whether the column is left out, and its entries are 0, as long as the engine does not need it. */
  readonly isOptional?: true;
  /** The bytes of a range of entries, without copying them. They are valid until the next block is added. */
  bytes(from: number, to: number): Uint8Array;
  /** Makes room for this number of entries, and for some more. */
  reserve(entries: number): void;
  /** Writes entries from `from` on, for which there must be room. */
  restore(from: number, bytes: Uint8Array): void;
}

interface ColumnOptions {
  readonly name: string;
  readonly table: keyof Counts;
  /** The number of elements of an entry. The default is 1. */
  readonly stride?: number;
  /** The index of the first entry in the array. The default is 0. */
  readonly offset?: number;
}

/** Describes a column that `get` returns and `set` replaces. */
export function recordedColumn<T extends Column>(
  { name, table, stride = 1, offset = 0 }: ColumnOptions,
  get: () => T,
  set: (column: T) => void,
): RecordedColumn {
  const { BYTES_PER_ELEMENT, constructor: type } = get();
  const entryBytes = stride * BYTES_PER_ELEMENT;
  const bytes = (from: number, to: number) => {
    const column = get();
    return new Uint8Array(
      column.buffer,
      column.byteOffset + (offset + from) * entryBytes,
      (to - from) * entryBytes,
    );
  };
  return {
    name,
    table,
    type: type.name,
    stride,
    entryBytes,
    bytes,
    reserve(entries) {
      if (get().length >= (offset + entries) * stride) return;
      // There is room for more blocks, so that the column need not grow soon.
      set(enlarged(get(), grownCapacity(0, offset + entries) * stride));
    },
    restore(from, saved) {
      bytes(from, from + saved.length / entryBytes).set(saved);
    },
  };
}
