/**
 * Where blocks are: a column for each length of the longest path, so that a block is to the right of its parents, and a row
 * within the column. The selected chain is row 0, so that it is a straight line.
 */
interface Placed {
  readonly parents: readonly Placed[];
  readonly selectedParent: Placed | undefined;
  readonly timestampMs: number;
  column: number;
  row: number;
  x: number;
  y: number;
}

export class Layout {
  /** By column: the blocks by row. */
  readonly #columns = new Map<number, Map<number, Placed>>();
  #lowest = 0;
  #highest = -1;

  /** The column furthest to the right, or -1. */
  get lastColumn(): number {
    return this.#highest;
  }

  get firstColumn(): number {
    return this.#lowest;
  }

  /** The time of a column, in milliseconds since the Unix epoch: that of one of its blocks. Undefined for an empty column. */
  timeOf(column: number): number | undefined {
    const rows = this.#columns.get(column);
    return (rows?.get(0) ?? rows?.values().next().value)?.timestampMs;
  }

  /** Places a new block: beside its selected parent if that place is free, otherwise as near as possible. */
  place(block: Placed): void {
    const column = 1 + Math.max(this.#lowest - 1, ...block.parents.map((parent) => parent.column));
    const rows = this.#columns.get(column) ?? new Map<number, Placed>();
    this.#columns.set(column, rows);
    this.#highest = Math.max(this.#highest, column);
    block.column = column;
    block.row = freeRow(rows, towardsChain(block.selectedParent?.row ?? 0));
    rows.set(block.row, block);
    block.x = column;
    // It grows out of its selected parent.
    block.y = block.selectedParent?.y ?? block.row;
  }

  /** Moves a block to row 0, and the block that is there to its place. */
  moveToChain(block: Placed): void {
    const rows = this.#columns.get(block.column);
    if (rows === undefined || block.row === 0) return;
    const other = rows.get(0);
    rows.delete(block.row);
    if (other) {
      other.row = block.row;
      rows.set(other.row, other);
    }
    block.row = 0;
    rows.set(0, block);
  }

  remove(block: Placed): void {
    const rows = this.#columns.get(block.column);
    if (rows?.get(block.row) !== block) return;
    rows.delete(block.row);
    if (rows.size > 0) return;
    this.#columns.delete(block.column);
    while (this.#lowest < this.#highest && !this.#columns.has(this.#lowest)) this.#lowest++;
  }
}

/** Branches lean towards the chain, so that they do not drift away from it for ever. */
function towardsChain(row: number): number {
  return row - Math.sign(row) * (Math.abs(row) > 1 ? 1 : 0);
}

function freeRow(rows: ReadonlyMap<number, Placed>, wanted: number): number {
  for (let distance = 0; ; distance++) {
    // On both sides of the chain alike.
    const first = wanted > 0 || (wanted === 0 && rows.size % 2 === 1) ? distance : -distance;
    for (const row of [wanted + first, wanted - first]) if (!rows.has(row)) return row;
  }
}
