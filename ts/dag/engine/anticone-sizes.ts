/**
 * Blue anticone sizes as each block saw them change: per block the blues of its merge set, and the earlier blues
 * whose anticone grew by them, each with its size from there on. The size of a blue in the view of a block is
 * the one recorded nearest down its selected-parent chain.
 */
import { enlarged } from './columns.ts';
import { ListColumn } from './list-column.ts';

export class AnticoneSizes {
  readonly blocks = new ListColumn();
  /** Parallel to `blocks.values`. A size is at most k. */
  sizes = new Uint16Array(256);

  /** Appends the records of the next block. */
  push(blocks: readonly number[], sizes: readonly number[]): void {
    const start = this.blocks.end;
    this.blocks.push(blocks);
    if (this.blocks.values.length > this.sizes.length) {
      this.sizes = enlarged(this.sizes, this.blocks.values.length);
    }
    for (let i = 0; i < sizes.length; i++) this.sizes[start + i] = sizes[i]!;
  }
}
