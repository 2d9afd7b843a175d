/** One immutable list of integers per block, appended once in block order: offsets into one flat array. */
import { enlarged, grownCapacity } from './columns.ts';

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

  /** Where the next list will start in `values`. */
  get end(): number {
    return this.starts[this.#count]!;
  }

  /** A view of list i, valid until the next push. */
  of(i: number): Int32Array {
    return this.values.subarray(this.starts[i]!, this.starts[i + 1]!);
  }
}
