import { enlarged, grownCapacity } from './columns.ts';

/**
 * A list of blocks that changes at its end only, such as a chain. It takes four bytes per block, and the garbage collector has
 * nothing to trace.
 */
export class BlockStack {
  #blocks = new Int32Array(64);
  #length = 0;

  /** The number of blocks. */
  get length(): number {
    return this.#length;
  }

  /** The block at an index, or undefined beyond the end. */
  at(index: number): number | undefined {
    return index < this.#length ? this.#blocks[index] : undefined;
  }

  push(block: number): void {
    if (this.#length === this.#blocks.length) this.reserve(this.#length + 1);
    this.#blocks[this.#length++] = block;
  }

  /** Makes room for this number of blocks. */
  reserve(count: number): void {
    if (count <= this.#blocks.length) return;
    this.#blocks = enlarged(this.#blocks, grownCapacity(this.#blocks.length, count));
  }

  /** Removes the blocks from an index on. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** A copy of a part, as `slice` of an array. */
  slice(from: number, to?: number): number[] {
    return Array.from(this.#blocks.subarray(0, this.#length).subarray(from, to));
  }
}
