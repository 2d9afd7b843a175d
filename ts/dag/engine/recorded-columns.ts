/**
 * The columns of an engine that a record of it contains. Their entries never change once they are written, so the entries
 * up to any point can be copied at any later time, in pieces, while the engine goes on.
 */
import { type Column, enlarged, type ListColumn } from './columns.ts';

/** What the entries of a column stand for: the columns of a table have equally many. */
export const TABLES = ['blocks', 'parents', 'mergeSets', 'anticones', 'ranges', 'samples'] as const;

/** The number of entries of each table. */
export type Counts = Readonly<Record<(typeof TABLES)[number], number>>;

export interface RecordedColumn {
  readonly name: string;
  readonly table: keyof Counts;
  /** The name of the type of its elements, and the number of elements of an entry. */
  readonly type: string;
  readonly stride: number;
  /** The bytes of a range of entries, without copying them. Empty if the engine does not need the column yet. */
  bytes(from: number, to: number): Uint8Array;
  /** Makes room for this number of entries. */
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
  const bytes = (from: number, to: number) => {
    const column = get();
    const entryBytes = stride * column.BYTES_PER_ELEMENT;
    return new Uint8Array(
      column.buffer,
      column.byteOffset + (offset + from) * entryBytes,
      (to - from) * entryBytes,
    );
  };
  return {
    name,
    table,
    type: get().constructor.name,
    stride,
    bytes,
    reserve(entries) {
      const length = (offset + entries) * stride;
      if (get().length < length) set(enlarged(get(), length));
    },
    restore(from, saved) {
      const entryBytes = stride * get().BYTES_PER_ELEMENT;
      if (saved.length % entryBytes !== 0) throw new RangeError(`${name} has ${saved.length} bytes`);
      bytes(from, from + saved.length / entryBytes).set(saved);
    },
  };
}

/** Describes the columns of the lists of blocks, whose values are the table `values`. */
export function listColumns(lists: ListColumn, values: keyof Counts): RecordedColumn[] {
  return [
    recordedColumn(
      // Entry i + 1 is the end of list i.
      { name: `${values}.ends`, table: 'blocks', offset: 1 },
      () => lists.starts,
      (column) => {
        lists.starts = column;
      },
    ),
    recordedColumn(
      { name: `${values}.values`, table: values },
      () => lists.values,
      (column) => {
        lists.values = column;
      },
    ),
  ];
}
