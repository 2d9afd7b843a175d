/** The tips: the blocks without children, ascending by key. */
import type { Blocks } from './blocks.ts';

export class Tips {
  readonly #blocks: Blocks;
  readonly #sorted: number[] = [];

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  get ascending(): readonly number[] {
    return this.#sorted;
  }

  /** Adds a new block as a tip; its parents are no longer tips. */
  add(block: number, parents: readonly number[]): void {
    for (const parent of parents) {
      const at = this.#position(parent);
      if (this.#sorted[at] === parent) this.#sorted.splice(at, 1);
    }
    this.#sorted.splice(this.#position(block), 0, block);
  }

  #position(block: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks.compareKeys(this.#sorted[middle]!, block) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
